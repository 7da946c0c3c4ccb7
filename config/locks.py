"""Advisory file locks: who uses the engines is known to the kernel, so a killed process leaves no trace."""

import fcntl
import os
from pathlib import Path


class FileLock:
    """One `flock` on one file; released by `close` or by the end of the process."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _try(self, operation: int) -> bool:
        try:
            fcntl.flock(self._fd, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def share(self) -> None:
        """Wait for a shared lock."""
        fcntl.flock(self._fd, fcntl.LOCK_SH)

    def own(self) -> None:
        """Wait for the exclusive lock."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def try_own(self) -> bool:
        """Take the exclusive lock if nobody holds the file; a shared lock held before may be lost."""
        return self._try(fcntl.LOCK_EX)

    def close(self) -> None:
        """Let go."""
        os.close(self._fd)


def is_held(path: Path) -> bool:
    """Whether some process holds the exclusive lock on this file."""
    try:
        lock = FileLock(path)
    except FileNotFoundError:
        return False
    try:
        return not lock._try(fcntl.LOCK_SH)
    finally:
        lock.close()
