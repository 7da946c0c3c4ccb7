"""How much memory a process and what it started hold together, watched from outside while it runs."""

import os
from pathlib import Path
from threading import Event, Thread
from typing import Self

PAUSE_SECONDS = 0.02
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Watch:
    """Samples one process tree while the block runs; `peak_mb` is the highest sum seen, 0 without /proc."""

    def __init__(self, pid: int) -> None:
        self.peak_mb = 0.0
        self._pid, self._over = pid, Event()
        self._thread = Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            self.peak_mb = max(self.peak_mb, tree_mb(self._pid))


def tree_mb(pid: int) -> float:
    """Resident memory of a process and its descendants; what has just ended counts nothing."""
    process = Path("/proc") / str(pid)
    try:
        pages = int((process / "statm").read_text().split()[1])
        children = (process / "task" / str(pid) / "children").read_text().split()
    except (OSError, IndexError):
        return 0.0
    return pages * PAGE_BYTES / 2**20 + sum(tree_mb(int(child)) for child in children)
