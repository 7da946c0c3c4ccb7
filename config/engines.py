"""PostgreSQL and Valkey on demand: shared by every process of a data directory, stopped after the last one.

`DATABASE_URL` and `REDIS_URL` name real servers; only where one is absent do the engines start.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from config.credentials import APP, OWNER, Credentials
from config.home import EngineError
from config.keeper import READY
from config.locks import FileLock, is_held
from config.processes import wait_until

__all__ = ["APP", "OWNER", "EngineError", "Lease", "data_directory", "engines", "portal_mode"]

REPOSITORY = Path(__file__).resolve().parent.parent
STOP_TIMEOUT = 20.0
# Two servers may each take their time to start or to stop.
SETTLE_TIMEOUT = 120.0


def data_directory() -> Path:
    """Where everything is kept that is not in the repository: `PORTAL_DATA`, or `var` beside the code."""
    return Path(os.environ.get("PORTAL_DATA") or REPOSITORY / "var").absolute()


def portal_mode() -> str:
    """`production` or `demo`: a portal that was given a secret key is in production unless told otherwise."""
    return os.environ.get("PORTAL_MODE") or ("production" if os.environ.get("PORTAL_SECRET_KEY") else "demo")


def are_named() -> bool:
    """Whether the environment names real servers for both."""
    return bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


class Lease:
    """The right to find the engines running, held until `close` or the end of the process."""

    def __init__(self, data: Path, *, throwaway: bool = False) -> None:
        self._data = data
        self._throwaway = throwaway
        try:
            data.mkdir(mode=0o711, parents=True, exist_ok=True)
            self._users = FileLock(data / "users.lock")
        except OSError as error:
            raise EngineError(f"无法使用数据目录 {data}：{error.strerror}。") from error
        self.ensure()

    @property
    def credentials(self) -> Credentials:
        """Ports and passwords of the running engines."""
        return Credentials.read(self._data / "engines.json")

    def ensure(self) -> None:
        """Start the engines unless they run; to be called again when their keeper was killed.

        A keeper that is just starting or ending is waited for.
        """
        start = FileLock(self._data / "start.lock")
        try:
            start.own()
            self._users.share()
            wait_until(lambda: self.is_alive() or not self._is_kept(), SETTLE_TIMEOUT)
            if not self.is_alive():
                self._start_keeper()
        finally:
            start.close()

    def _is_kept(self) -> bool:
        """Whether there is a keeper, be its servers up or not."""
        return is_held(self._data / "keeper.lock")

    def _start_keeper(self) -> None:
        command = [sys.executable, "-m", "config.keeper", str(self._data)]
        with (self._data / "keeper.log").open("ab") as log:
            keeper = subprocess.Popen(
                command + (["--throwaway"] if self._throwaway else []),
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert keeper.stdout is not None
        with keeper.stdout as answer:
            said = answer.readline().decode().strip()
        if said != READY:
            raise EngineError(said or f"内置数据库没有启动，原因见 {self._data / 'keeper.log'}。")
        # The keeper outlives this process on purpose.
        keeper.returncode = 0

    def is_alive(self) -> bool:
        """Whether the engines are up and being kept."""
        return is_held(self._data / "ready.lock")

    def environment(self, role: str) -> dict[str, str]:
        """The two addresses, for one role; what the environment names already stays."""
        credentials = self.credentials
        return {
            "DATABASE_URL": os.environ.get("DATABASE_URL") or credentials.database_url(role),
            "REDIS_URL": os.environ.get("REDIS_URL") or credentials.redis_url(),
        }

    def close(self) -> None:
        """Let go; the last user waits until the engines have stopped."""
        is_last = self._users.try_own()
        self._users.close()
        if is_last:
            wait_until(lambda: not self._is_kept(), STOP_TIMEOUT)


@contextlib.contextmanager
def engines(role: str) -> Iterator[None]:
    """Put the addresses of running engines into the environment, for as long as the block runs."""
    if are_named() or portal_mode() != "demo":
        yield
        return
    lease = Lease(data_directory())
    try:
        os.environ.update(lease.environment(role))
        yield
    finally:
        lease.close()
