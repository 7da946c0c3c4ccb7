"""Workers killed and connections cut at random moments of an import: it ends as if nothing had happened.

Real processes, the real broker, the real database. Only the lease is not waited for: it is made to run out.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from config.processes import wait_until
from core import jobs, scope
from core.imports.jobs import start_check, start_commit, start_undo
from core.models import AuditEvent, History, ImportBatch, ImportRow, Job
from members.models import Membership, Person
from tests.imports.conftest import upload
from tests.workers import Worker
from tests.world import World, id_number

ROWS = 3_000
KILLS = 3
LONGEST = 25.0
SEED = int(os.environ.get("FAULT_SEED", time.time()))


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.kill()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    lines = ["姓名,身份证号,所在工会,入会日期"]
    for n in range(ROWS):
        born = f"{1965 + n % 35}{1 + n // 500:02d}15"
        lines.append(f"测试人,{id_number(n % 500 + 100, born)},632322-0001,2023-01-05")
    path = tmp_path / "members.csv"
    path.write_text("\n".join(lines))
    return path


def cut_connections() -> None:
    """End every connection to this database but our own, as a failing network or database would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
        )


def everywhere(ask: Callable[[], Any]) -> Any:
    with transaction.atomic():
        scope.apply_everywhere()
        return ask()


def is_at_work(job: Job) -> bool:
    return bool(everywhere(lambda: Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).exists()))


def is_finished(job: Job) -> bool:
    return bool(everywhere(lambda: Job.objects.get(pk=job.pk)).is_finished)


def lose_time() -> None:
    """As if leases had run out and the sweeper had come by; every message is delivered three times."""
    long_ago = timezone.now() - timedelta(minutes=5)
    unfinished = Job.objects.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING))
    everywhere(lambda: unfinished.update(lease_until=long_ago, created_at=long_ago))
    for number in jobs.sweep(timezone.now()):
        jobs.send(number)
        jobs.send(number)


def finish(job: Job, worker: Worker, harms: list[Callable[[], None]], chance: random.Random) -> None:
    """See the job through, doing harm at a random moment of each of its attempts."""
    for harm in harms:
        worker.keep()
        if not wait_until(lambda: is_at_work(job) or is_finished(job), LONGEST, 0.01) or is_finished(job):
            break
        time.sleep(chance.uniform(0, 0.3))
        harm()
        lose_time()
    worker.keep()
    assert wait_until(lambda: is_finished(job), LONGEST, 0.05)
    assert everywhere(lambda: Job.objects.get(pk=job.pk)).state == Job.State.SUCCEEDED


def imported(clerk: Any, table: Path, see_through: Callable[[Job], None]) -> ImportBatch:
    batch = upload(clerk, table)
    with scope.applied(clerk):
        job: Job | None = start_check(batch, by=clerk)
    assert job is not None
    see_through(job)
    with scope.applied(clerk):
        job = start_commit(batch, by=clerk)
    assert job is not None
    see_through(job)
    with scope.applied(clerk):
        return ImportBatch.objects.get(pk=batch.pk)


def register() -> Any:
    """What stands in the register, without numbers that only say in which order it came there."""
    persons = Person.objects.order_by("id_hash").values_list("name", "id_hash", "birth_date", "union__code")
    spells = Membership.objects.order_by("person__id_hash", "valid_from")
    return everywhere(
        lambda: (
            [(*row[:1], bytes(row[1]), *row[2:]) for row in persons],
            [(bytes(h), day) for h, day in spells.values_list("person__id_hash", "valid_from")],
        )
    )


def trace(batch: ImportBatch) -> dict[str, int]:
    """What the import left behind, each of which there must be exactly once."""
    written = History.objects.filter(event_id=batch.committed_event_id or 0)
    return everywhere(  # type: ignore[no-any-return]
        lambda: {
            "planned": ImportRow.objects.filter(batch=batch, plan=ImportRow.Plan.NEW).count(),
            "written": written.filter(table_name="members_person").count(),
            "events": AuditEvent.objects.filter(verb="imports.commit", target_id=batch.pk).count(),
        }
    )


def test_an_import_under_fire_ends_like_one_in_peace(world: World, worker: Worker, table: Path) -> None:
    clerk, chance = world.account("632322.clerk"), random.Random(SEED)
    peaceful = imported(clerk, table, lambda job: finish(job, worker, [], chance))
    wanted = register(), trace(peaceful)
    assert wanted[1] == {"planned": ROWS, "written": ROWS, "events": 1}
    with scope.applied(clerk):
        undoing = start_undo(peaceful, by=clerk)
    finish(undoing, worker, [worker.kill], chance)
    assert len(register()[0]) == len(wanted[0][0]) - ROWS

    harms = [worker.kill] * KILLS + [cut_connections]
    chance.shuffle(harms)
    harmed = imported(clerk, table, lambda job: finish(job, worker, harms, chance))
    assert (register(), trace(harmed)) == wanted, f"FAULT_SEED={SEED}"
