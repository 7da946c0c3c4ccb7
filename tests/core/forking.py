"""Runs the sandbox's work on many files, a forked process for each: the imports are paid for once.

Lines on standard input are requests of `core.sheets.child`, without their data file; each is answered by one line.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import time
from typing import Any

from core.sheets import child


def read_apart(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of a process of its own, or how it ended."""
    with tempfile.TemporaryFile() as data, tempfile.TemporaryFile("w+") as index:
        number = os.fork()
        if not number:
            _work(request | {"data": os.dup(data.fileno())}, index)
        status = _wait(number, time.monotonic() + request["limits"]["wall_seconds"])
        index.seek(0)
        text = index.read()
        return json.loads(text) if status == 0 else {"refused": "timeout" if status is None else "crashed"}


def _work(request: dict[str, Any], index: Any) -> None:
    """In the fork: what `python -m core.sheets.child` does, and never back into the loop."""
    code = 1
    with contextlib.suppress(BaseException):
        sys.stdin, sys.stdout = io.StringIO(json.dumps(request)), index
        child.main()
        index.flush()
        code = 0
    os._exit(code)


def _wait(number: int, until: float) -> int | None:
    while time.monotonic() < until:
        done, status = os.waitpid(number, os.WNOHANG)
        if done:
            return status
        time.sleep(0.001)
    os.kill(number, 9)
    os.waitpid(number, 0)
    return None


def main() -> None:
    for line in sys.stdin:
        sys.__stdout__.write(json.dumps(read_apart(json.loads(line))) + "\n")  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
