"""The same code on an installed PostgreSQL and Redis, where Debian's packages are present."""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from config.engines import REPOSITORY
from config.processes import LOOPBACK, free_port, wait_until

OLDEST_POSTGRES = 15
SMOKE = """
from django.core.cache import cache
from django.db import connection
from django.test import Client
from config.celery import app
cache.set("smoke", "工会")
assert cache.get("smoke") == "工会"
assert Client(headers={"host": "localhost"}).get("/healthz").content == b"ok"
app.send_task("core.tasks.sweep_jobs")
print(connection.settings_dict["PORT"])
"""


def _postgres_bin() -> Path | None:
    """The newest of Debian's PostgreSQL versions, if new enough."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    versions = {int(match[0]): path for path in found if (match := re.search(r"\d+", path.parent.name))}
    newest = max(versions, default=0)
    return versions[newest] if newest >= OLDEST_POSTGRES else None


POSTGRES = _postgres_bin()
REDIS = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(
    not (POSTGRES and REDIS), reason="needs Debian's postgresql (15 or newer) and redis-server"
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder of the user the servers run as: `nobody` when the tests run as root."""
    path = Path(tempfile.mkdtemp(prefix="portal-debian-", dir="/tmp"))
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    yield path
    shutil.rmtree(path)


def _as_user() -> dict[str, object]:
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(command: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, **_as_user())  # type: ignore[call-overload,no-any-return]


def _can_connect(port: int) -> bool:
    try:
        psycopg2.connect(host=LOOPBACK, port=port, user="postgres", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def database_url(folder: Path) -> Iterator[str]:
    """An empty database of Debian's PostgreSQL, owned by a role that is no superuser."""
    assert POSTGRES
    port, data = free_port(), folder / "pg"
    made = _run(
        [f"{POSTGRES}/initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"], folder
    )
    assert made.wait() == 0
    options = ["-h", LOOPBACK, "-p", str(port), "-k", "", "-F"]
    server = _run([f"{POSTGRES}/postgres", "-D", str(data), *options], folder)
    try:
        assert wait_until(lambda: _can_connect(port), 30)
        connection = psycopg2.connect(host=LOOPBACK, port=port, user="postgres", dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("create role portal_owner login")
            cursor.execute("create database portal owner portal_owner")
        connection.close()
        yield f"postgres://portal_owner@{LOOPBACK}:{port}/portal"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def redis_url(folder: Path) -> Iterator[str]:
    """Debian's Redis."""
    assert REDIS
    port = free_port()
    server = _run([REDIS, "--bind", LOOPBACK, "--port", str(port), "--save", ""], folder)
    try:
        yield f"redis://{LOOPBACK}:{port}"
    finally:
        server.terminate()
        server.wait()


def test_the_portal_runs_on_installed_servers(
    tmp_path: Path, folder: Path, database_url: str, redis_url: str
) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PORTAL_DATA": str(tmp_path),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
    }
    for arguments in (["migrate", "--verbosity=0"], ["migrate", "--check"], ["shell", "-v0", "-c", SMOKE]):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] in database_url
    assert not (tmp_path / "engines").exists()
