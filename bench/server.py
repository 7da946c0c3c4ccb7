"""The database server of a run: the portal's own engines, settings durable as ever, thrown away after.

With `DATABASE_URL` and `REDIS_URL` set, those servers are used; the databases made on them are dropped again.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from config.engines import OWNER, Lease, are_named

PREFIX = f"bench_{os.getpid()}"


class Server:
    """Makes databases, from nothing or as copies of a prepared one."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self._environment = environment
        self._made: list[str] = []
        self.lasting = ""

    def environment(self, database: str) -> dict[str, str]:
        """What a child process needs to work on one database."""
        url = urlsplit(self._environment["DATABASE_URL"])._replace(path=f"/{database}").geturl()
        return {**self._environment, "DATABASE_URL": url, "PORTAL_DATA": str(self.folder)}

    def create(self, name: str, template: str = "template1") -> str:
        """A new database, copied from a template nobody is connected to.

        Copied as files: what goes through the server's memory would be written out again while others are timed.
        """
        database = f"{PREFIX}_{name}"
        self._execute(f'create database "{database}" template "{template}" strategy file_copy')
        self._made.append(database)
        return database

    def keep(self, database: str) -> None:
        """Let all comparisons of a run begin with this database."""
        self._made.remove(database)
        self.lasting = database

    def drop(self, database: str) -> None:
        """Remove a database that was made here."""
        try:
            # Sends autovacuum away, which `force` may not: it is the superuser's.
            self._execute(f'drop database if exists "{database}"')
        except psycopg2.errors.ObjectInUse:
            self._execute(f'drop database if exists "{database}" with (force)')
        self._made.remove(database)

    def drop_all(self) -> None:
        """Remove what one comparison made."""
        for database in list(self._made):
            self.drop(database)

    def leave(self) -> None:
        """Leave the server as it was found."""
        if self.lasting:
            self._made.append(self.lasting)
        self.drop_all()

    def version(self) -> str:
        """The server's version in words."""
        with self._connected() as cursor:
            cursor.execute("show server_version")
            return str(cursor.fetchone()[0])

    def _execute(self, statement: str) -> None:
        with self._connected() as cursor:
            cursor.execute(statement)

    @contextmanager
    def _connected(self) -> Iterator[psycopg2.extensions.cursor]:
        connection = psycopg2.connect(self._environment["DATABASE_URL"])
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


@contextmanager
def running() -> Iterator[Server]:
    """Servers for one run of the benchmarks."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    folder.chmod(0o711)
    lease = None if are_named() else Lease(folder)
    environment = dict(os.environ) if lease is None else {**os.environ, **lease.environment(OWNER)}
    server = Server(folder, environment)
    try:
        yield server
    finally:
        server.leave()
        if lease is not None:
            lease.close()
        shutil.rmtree(folder, ignore_errors=True)
