"""The engines: started on demand, shared, stopped after the last, recovered after any death."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg2
import pytest

from config.credentials import DATABASE
from config.engines import APP, OWNER, REPOSITORY, Lease
from config.home import Home
from config.locks import is_held
from config.processes import processes_in, wait_until

AWKWARD = "工会 数据 " + "很长的目录" * 14


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory whose path has spaces, Chinese and more than 200 bytes."""
    data = tmp_path_factory.mktemp("engines") / AWKWARD
    yield data
    # Root's servers may live outside it, where `nobody` can go.
    shutil.rmtree(Home(data).path)


@pytest.fixture
def lease(data: Path) -> Iterator[Lease]:
    lease = Lease(data)
    yield lease
    lease.close()


def _query(lease: Lease, sql: str, role: str = APP) -> tuple[object, ...]:
    with psycopg2.connect(lease.credentials.database_url(role)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    connection.close()
    assert row is not None
    return tuple(row)


def _keepers(data: Path) -> list[int]:
    """Keepers of this directory, by their command lines."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"config.keeper" in words and str(data).encode() in words:
            found.append(int(entry.parent.name))
    return found


def test_the_roles_have_no_special_power(lease: Lease) -> None:
    for role in (APP, OWNER):
        power = "select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = current_user"
        assert _query(lease, power, role) == (False,)


def test_the_application_works_on_the_owners_tables_but_cannot_change_them(lease: Lease) -> None:
    connection = psycopg2.connect(lease.credentials.database_url(OWNER))
    with connection, connection.cursor() as cursor:
        cursor.execute("create table probe (id serial primary key, name text)")
    inserted = "insert into probe (name) values ('工会') returning id"
    try:
        assert _query(lease, inserted) == (1,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            _query(lease, "drop table probe")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            _query(lease, "truncate probe")
    finally:
        with connection, connection.cursor() as cursor:
            cursor.execute("drop table probe")
        connection.close()


def test_trigrams_see_chinese(lease: Lease) -> None:
    connection = psycopg2.connect(lease.credentials.database_url(OWNER))
    with connection, connection.cursor() as cursor:
        cursor.execute("create extension if not exists pg_trgm")
        cursor.execute("create extension if not exists btree_gist")
        cursor.execute("select similarity('泽库县总工会', '泽库县总工会')")
        assert cursor.fetchone() == (1.0,)
    connection.close()


def test_passwords_are_asked_for(lease: Lease) -> None:
    url = lease.credentials.database_url(APP).replace(lease.credentials.app_password, "wrong")
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(url)


def test_the_remembered_file_is_private(lease: Lease, data: Path) -> None:
    assert (data / "engines.json").stat().st_mode & 0o077 == 0


def test_a_second_user_shares_and_the_last_one_stops(data: Path) -> None:
    first, second = Lease(data), Lease(data)
    assert len(_keepers(data)) == 1
    first.close()
    assert _query(second, "select 1") == (1,)
    second.close()
    assert not is_held(data / "keeper.lock")


def _use_and_be_killed(data: Path, until: str) -> None:
    """Another process has the engines to itself until it is killed, when a lock was taken."""
    code = f"from pathlib import Path; from config.engines import Lease; Lease(Path({str(data)!r})); input()"
    user = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdin=subprocess.PIPE)
    assert wait_until(lambda: is_held(data / until), 20, 0.01)
    user.kill()
    user.wait()
    assert user.stdin is not None
    user.stdin.close()


@pytest.mark.skipif(sys.platform != "linux", reason="process folders are Linux's")
def test_a_killed_user_leaves_nothing_running(data: Path) -> None:
    _use_and_be_killed(data, until="ready.lock")
    assert wait_until(lambda: not is_held(data / "keeper.lock"), 20)
    home = Home(data).path
    assert not list(processes_in(home / "pg18", home / "valkey"))


def test_who_comes_after_one_killed_during_the_start_waits_for_the_engines(data: Path) -> None:
    _use_and_be_killed(data, until="keeper.lock")
    _find_the_engines(data)


@pytest.mark.parametrize("_time", range(4))
def test_who_comes_while_a_keeper_ends_waits_and_starts_the_next(data: Path, _time: int) -> None:
    _use_and_be_killed(data, until="ready.lock")
    assert wait_until(lambda: is_held(data / "users.lock"), 20, 0.01)
    _find_the_engines(data)


def _find_the_engines(data: Path) -> None:
    lease = Lease(data)
    try:
        assert _query(lease, "select 1") == (1,)
    finally:
        lease.close()


@pytest.mark.skipif(sys.platform != "linux", reason="process folders are Linux's")
@pytest.mark.parametrize("server", ["pg18", "valkey"])
def test_a_killed_server_comes_back(lease: Lease, data: Path, server: str) -> None:
    folder = Home(data).path / server
    before = set(processes_in(folder))
    _kill(before)
    assert wait_until(lambda: bool(set(processes_in(folder)) - before), 20)
    assert wait_until(lambda: _answers(lease), 20)


@pytest.mark.skipif(sys.platform != "linux", reason="process folders are Linux's")
@pytest.mark.parametrize("server", ["pg18", "valkey"])
def test_a_server_killed_again_while_it_starts_comes_back_all_the_same(
    lease: Lease, data: Path, server: str
) -> None:
    keepers, until = _keepers(data), time.monotonic() + 3
    while time.monotonic() < until:
        _kill(processes_in(Home(data).path / server))
        time.sleep(0.05)
    assert wait_until(lambda: _answers(lease), 20)
    assert _keepers(data) == keepers


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        # Some are PostgreSQL's helpers, which end with it.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _answers(lease: Lease) -> bool:
    try:
        return _query(lease, "select 1") == (1,)
    except psycopg2.OperationalError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="process folders are Linux's")
def test_a_killed_keeper_is_replaced_on_the_same_ports(lease: Lease, data: Path) -> None:
    before = json.loads((data / "engines.json").read_text())
    for pid in _keepers(data):
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not lease.is_alive(), 5)
    lease.ensure()
    assert json.loads((data / "engines.json").read_text()) == before
    assert _query(lease, "select current_database()") == (DATABASE,)
