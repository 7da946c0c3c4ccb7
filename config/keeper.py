"""The process that keeps the embedded servers alive for as long as somebody uses them.

Users hold a shared lock on `users.lock`. When the keeper can own that file, nobody is left, however the
last user ended; it then stops the servers and goes. It restarts a server that dies. It owns `keeper.lock` as
long as it lives and `ready.lock` from when the servers answer until it begins to stop them.
"""

import contextlib
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.home import EngineError
from config.locks import FileLock
from config.processes import stop_child
from config.servers import Server, bring_up, servers

PAUSE = 0.2
PATIENCE = 60.0
STOP_TIMEOUT = 20.0
READY = "ready"


def _watch(users: FileLock, running: "dict[Server, subprocess.Popen[bytes]]") -> None:
    """Until nobody uses them: restart what died."""
    while not users.try_own():
        for server, child in running.items():
            if child.poll() is not None:
                running[server] = _bring_back(server)
        time.sleep(PAUSE)


def _bring_back(server: Server) -> "subprocess.Popen[bytes]":
    """Start a server that died; what kills it may strike again before it is up."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return bring_up(server)
        except EngineError:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE)


def keep(data: Path, *, throwaway: bool) -> None:
    """Run the servers of one data directory; say `ready` or one sentence of refusal on standard output."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    alone = FileLock(data / "keeper.lock")
    if not alone.try_own():
        raise EngineError("另一个进程正在管理同一数据目录的内置数据库。")
    users, ready = FileLock(data / "users.lock"), FileLock(data / "ready.lock")
    running: dict[Server, subprocess.Popen[bytes]] = {}
    try:
        for server in servers(data, throwaway=throwaway):
            running[server] = bring_up(server)
        ready.own()
        # Who started it may have been killed since.
        with contextlib.suppress(BrokenPipeError):
            print(READY, flush=True)
            sys.stdout.close()
        _watch(users, running)
    finally:
        ready.close()
        for server, child in running.items():
            stop_child(child, server.stop_signal, STOP_TIMEOUT)
        if throwaway:
            shutil.rmtree(data, ignore_errors=True)


def main() -> int:
    """`python -m config.keeper DATA [--throwaway]`."""
    try:
        keep(Path(sys.argv[1]), throwaway="--throwaway" in sys.argv[2:])
    except EngineError as error:
        print(error, file=sys.stderr if sys.stdout.closed else sys.stdout, flush=True)
        return 1
    except OSError as error:
        print(
            f"无法使用数据目录：{error.strerror}：{error.filename}",
            file=sys.stderr if sys.stdout.closed else sys.stdout,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
