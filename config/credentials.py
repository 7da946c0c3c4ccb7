"""Ports, roles and passwords of the portal's own servers, kept in a file that only its owner may read."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from config.processes import LOOPBACK, free_port, is_port_free

DATABASE = "portal"
OWNER = "portal_owner"
APP = "portal_app"
SUPERUSER = "postgres"


@dataclass(frozen=True)
class Credentials:
    """Ports and passwords of one data directory, chosen once and remembered."""

    postgres_port: int
    valkey_port: int
    superuser_password: str
    owner_password: str
    app_password: str
    valkey_password: str

    @classmethod
    def load(cls, path: Path) -> "Credentials":
        """Read what is remembered; a port that somebody else took meanwhile is chosen anew."""
        known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        for name, other in (("postgres_port", "valkey_port"), ("valkey_port", "postgres_port")):
            if name not in known or not is_port_free(known[name]):
                known[name] = free_port(known.get(other, 0))
        for name in ("superuser_password", "owner_password", "app_password", "valkey_password"):
            known.setdefault(name, secrets.token_hex(24))
        credentials = cls(**known)
        write_private(path, json.dumps(asdict(credentials)))
        return credentials

    @classmethod
    def read(cls, path: Path) -> "Credentials":
        """Read those of servers that are running."""
        return cls(**json.loads(path.read_text()))

    def database_url(self, role: str, database: str = DATABASE) -> str:
        """The address of the database for one role."""
        password = {
            OWNER: self.owner_password,
            APP: self.app_password,
            SUPERUSER: self.superuser_password,
        }[role]
        return f"postgres://{role}:{password}@{LOOPBACK}:{self.postgres_port}/{database}"

    def redis_url(self) -> str:
        """The address of the broker and cache."""
        return f"redis://:{self.valkey_password}@{LOOPBACK}:{self.valkey_port}"


def write_private(path: Path, text: str) -> None:
    """Replace a file that only its owner may read, all or nothing."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
