"""Imports beside each other and beside everybody else: real connections, real workers."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from config.processes import wait_until
from core import scope
from core.imports import actions
from core.imports.actions import settling
from core.imports.jobs import start_check
from core.imports.undoing import Undoer
from core.models import ImportBatch, ImportRow, Job
from members.models import Person
from tests.imports.conftest import check, commit, upload
from tests.workers import Worker
from tests.world import PASSWORD, World, build, id_number

OWN, SHARED, FILES = 300, 40, 20
LONGEST = 60.0
A, B = "632322", "632323"
NAMES = {A: "尖扎人", B: "泽库人"}
# The only lock that keeps readers of a table waiting is AccessExclusiveLock; these are what writing rows takes.
OF_WRITERS = {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}
_LOCKS = """
select distinct l.mode from pg_locks l join pg_class c on c.oid = l.relation
where l.pid = %s and l.database = (select oid from pg_database where datname = current_database())
  and c.relpersistence <> 't'"""


@pytest.fixture
def world(transactional_db: None) -> World:
    return build()


@pytest.fixture
def pair() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def roll(folder: Path, county: str, serials: list[int]) -> Path:
    """A file of members, one for each serial number."""
    lines = ["姓名,身份证号,所在工会,入会日期"]
    for n in serials:
        born = f"{1970 + n // 900}0315"
        lines.append(f"{NAMES[county]},{id_number(n % 900 + 50, born)},{county}-0001,2023-01-05")
    path = folder / f"{county}.csv"
    path.write_text("\n".join(lines))
    return path


def import_at_once(world: World, county: str, path: Path, together: Barrier) -> ImportBatch:
    """Check and commit, each beginning when the other county's begins."""
    try:
        clerk = world.account(f"{county}.clerk")
        together.wait(LONGEST)
        batch = check(clerk, path)
        together.wait(LONGEST)
        return commit(clerk, batch)
    finally:
        connection.close()


def test_two_counties_import_at_once_and_see_only_their_own(
    world: World, pair: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """Some people stand in both files, in opposite order: each is registered in one county only."""
    shared = list(range(SHARED))
    serials = {A: [*range(100, 100 + OWN), *shared], B: [*shared[::-1], *range(1000, 1000 + OWN)]}
    paths = {county: roll(tmp_path, county, serials[county]) for county in (A, B)}
    together = Barrier(2)
    running = {
        county: pair.submit(import_at_once, world, county, paths[county], together) for county in (A, B)
    }
    batches = {county: run.result(LONGEST) for county, run in running.items()}
    assert sum(batch.rows_new for batch in batches.values()) == 2 * OWN + SHARED
    assert sum(batch.rows_held for batch in batches.values()) == SHARED
    for county, other in ((A, B), (B, A)):
        with scope.applied(world.account(f"{county}.clerk")):
            assert Person.objects.filter(name=NAMES[county]).count() == batches[county].rows_new
            assert not Person.objects.filter(name=NAMES[other]).exists(), "without any filter of ours"
            assert not ImportRow.objects.filter(batch=batches[other]).exists()
            assert not ImportBatch.objects.filter(pk=batches[other].pk).exists()


@contextmanager
def held_open(
    monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor, write: Callable[[], Any]
) -> Iterator[int]:
    """`write` in a connection of its own, stopped when all its rows are written; gives that backend's pid."""
    written, go_on, pids = Event(), Event(), []
    follow = settling._follow

    def stop(*given: Any) -> None:
        follow(*given)
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            pids.append(cursor.fetchone()[0])
        written.set()
        assert go_on.wait(LONGEST)

    def run() -> None:
        try:
            write()
        finally:
            written.set()
            connection.close()

    monkeypatch.setattr(settling, "_follow", stop)
    running = pool.submit(run)
    try:
        assert written.wait(LONGEST)
        yield pids[0]
    finally:
        go_on.set()
        running.result(LONGEST)


def lock_modes(pid: int) -> set[str]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCKS, [pid])
        return {mode for (mode,) in cursor.fetchall()}


def read_register(client: Client, world: World) -> list[str]:
    """The list, a person's page and the number of rows, none of which may wait."""
    pages = ["/members/", f"/members/{world.persons[f'{A}-1'].pk}/", "/api/v1/members/"]
    answers = [client.get(page) for page in pages]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return [answer.content.decode() for answer in answers]


@pytest.fixture
def reader(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A clerk whose pages are given up at once when they have to wait for somebody."""
    assert client.login(username=f"{A}.clerk", password=PASSWORD)
    monkeypatch.setattr(settings, "WEB_STATEMENT_SECONDS", 2)
    return client


def test_readers_never_wait_for_a_commit_or_its_undoing(
    world: World,
    reader: Client,
    pair: ThreadPoolExecutor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clerk, mine = world.account(f"{A}.clerk"), world.persons[f"{A}-1"]
    path = roll(tmp_path, A, list(range(20)))
    known = f"{mine.name},{id_number(221)},{A}-0001,2022-03-01,藏族"
    path.write_text(path.read_text().replace("入会日期", "入会日期,民族") + f"\n{known}")
    batch = check(clerk, path)
    assert (batch.rows_new, batch.rows_changed) == (20, 1)
    with held_open(monkeypatch, pair, lambda: commit(clerk, batch)) as pid:
        assert not any(NAMES[A] in page for page in read_register(reader, world))
        assert lock_modes(pid) - OF_WRITERS == set()
    assert NAMES[A] in read_register(reader, world)[0]
    with held_open(monkeypatch, pair, lambda: actions.undo(by=clerk, row=batch)) as pid:
        assert NAMES[A] in read_register(reader, world)[0]
        assert lock_modes(pid) - OF_WRITERS == set()
    assert NAMES[A] not in read_register(reader, world)[0]


def test_nobody_changes_a_row_while_it_is_taken_back(
    world: World, pair: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, mine = world.account(f"{A}.clerk"), world.persons[f"{A}-1"]
    path = tmp_path / "change.csv"
    path.write_text(
        f"姓名,身份证号,所在工会,入会日期,民族\n{mine.name},{id_number(221)},{A}-0001,2022-03-01,藏族"
    )
    batch = commit(clerk, check(clerk, path))
    assert batch.rows_changed == 1
    said = []

    def change() -> str:
        try:
            with scope.applied(clerk), connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = '300ms'")
                return str(Person.objects.select_for_update().get(pk=mine.pk))
        except OperationalError:
            return "waits"
        finally:
            connection.close()

    tables = Undoer._tables

    def meanwhile(undoer: Undoer) -> Any:
        said.append(pair.submit(change).result(LONGEST))
        return tables(undoer)

    monkeypatch.setattr(Undoer, "_tables", meanwhile)
    assert actions.undo(by=clerk, row=batch).kept == [] and said == ["waits"]


def test_the_same_money_committed_twice_at_once_is_written_once(
    world: World, pair: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No constraint keeps two lines apart that say the same: the second commit waits for the first."""
    clerk, path = world.account(f"{A}.clerk"), tmp_path / "lines.csv"
    path.write_text("建设项目,资金来源,阶段,金额,日期\n尖扎职工氧吧,县级配套,到位,120万元,2023-03-05")
    one, other = (check(clerk, path, "funding_lines") for _ in range(2))

    def commit_other() -> ImportBatch:
        try:
            return commit(clerk, other)
        finally:
            connection.close()

    with held_open(monkeypatch, pair, lambda: commit(clerk, one)):
        waiting = pair.submit(commit_other)
        with pytest.raises(TimeoutError):
            waiting.result(0.5)
    batch = waiting.result(LONGEST)
    assert (batch.rows_new, batch.rows_held) == (0, 1)


@pytest.fixture
def two_workers(transactional_db: None) -> Iterator[list[Worker]]:
    workers = [Worker(), Worker()]
    yield workers
    for worker in workers:
        worker.kill()


def everywhere(ask: Callable[[], Any]) -> Any:
    with transaction.atomic():
        scope.apply_everywhere()
        return ask()


def ask_for_check(world: World, county: str, path: Path) -> int:
    clerk = world.account(f"{county}.clerk")
    batch = upload(clerk, path)
    with scope.applied(clerk):
        return start_check(batch, by=clerk).pk


def test_twenty_files_of_one_county_do_not_starve_another(
    world: World, two_workers: list[Worker], tmp_path: Path
) -> None:
    """Both workers are busy with the first county: the next free one is the second county's."""
    path = roll(tmp_path, A, list(range(500)))
    many = [ask_for_check(world, A, path) for _ in range(FILES)]
    for worker in two_workers:
        worker.keep()
    begun = Job.objects.filter(pk__in=many, started_at__isnull=False)
    assert wait_until(lambda: everywhere(begun.count) >= 2, LONGEST)
    before = timezone.now()
    small = ask_for_check(world, B, roll(tmp_path, B, list(range(1000, 1010))))
    is_over = Job.objects.filter(pk=small, state=Job.State.SUCCEEDED)
    assert wait_until(lambda: everywhere(is_over.exists), LONGEST)
    started = everywhere(lambda: Job.objects.get(pk=small).started_at)
    jumped = everywhere(Job.objects.filter(pk__in=many, started_at__range=(before, started)).count)
    assert jumped <= len(two_workers), "only what was being taken at that moment"
    waiting = everywhere(Job.objects.filter(pk__in=many, state=Job.State.QUEUED).count)
    assert waiting >= FILES // 2
    left = Job.objects.filter(pk__in=many).exclude(state=Job.State.SUCCEEDED)
    assert wait_until(lambda: not everywhere(left.exists), LONGEST), "and the many are done all the same"
