"""A batch that several hands touch at once: given up, checked again or left behind while it is being checked."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from core import jobs, scope
from core.actions import Refused
from core.imports import actions, checking
from core.imports import jobs as import_jobs
from core.imports.checking import Alone, check_batch
from core.imports.jobs import start_check, start_commit
from core.models import AuditEvent, ImportBatch, Job
from tests.imports.conftest import check, commit, upload, work
from tests.world import World, id_number

ROWS = 12


@pytest.fixture
def table(tmp_path: Path) -> Path:
    lines = ["姓名,身份证号,所在工会,入会日期"]
    lines += [f"测试人,{id_number(100 + n)},632322-0001,2023-01-05" for n in range(ROWS)]
    path = tmp_path / "members.csv"
    path.write_text("\n".join(lines))
    return path


def between_chunks(monkeypatch: pytest.MonkeyPatch, what: Any) -> None:
    """Have `what` happen once, after the first of several chunks was staged."""
    monkeypatch.setattr(checking, "CHUNK", 5)
    waiting = [what]

    def report(self: Any, done: int, total: int) -> None:
        if waiting:
            waiting.pop()()

    monkeypatch.setattr(Alone, "report", report)
    monkeypatch.setattr(jobs.Progress, "report", report)


def test_a_batch_given_up_while_it_is_checked_stays_given_up(
    county: World, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = county.account("632322.clerk")
    batch = upload(clerk, table)
    between_chunks(monkeypatch, lambda: actions.discard(by=clerk, row=batch))
    left = check_batch(batch.pk, clerk, Alone(clerk))
    with scope.applied(clerk):
        assert left.state == ImportBatch.objects.get(pk=batch.pk).state == "discarded"
        assert not batch.rows.exists()


def test_a_second_check_takes_over_from_the_first(
    county: World, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, reviewer = county.account("632322.clerk"), county.account("632300.reviewer")
    batch = upload(clerk, table)

    def check_again() -> None:
        with scope.applied(clerk):
            second = start_check(batch, by=clerk)
        jobs.run(second.pk)

    between_chunks(monkeypatch, check_again)
    with scope.applied(reviewer):
        first = start_check(batch, by=reviewer)
    jobs.run(first.pk)
    with transaction.atomic():
        scope.apply_everywhere()
        checked = ImportBatch.objects.get(pk=batch.pk)
        assert (checked.state, checked.rows_new) == ("checked", ROWS)
        assert sorted(checked.rows.values_list("number", flat=True)) == list(range(2, ROWS + 2))
        states = Job.objects.filter(kind="imports.check").order_by("pk").values_list("state", flat=True)
        assert list(states) == ["failed", "succeeded"]


def test_a_commit_that_gave_up_can_be_checked_again(county: World, table: Path) -> None:
    clerk = county.account("632322.clerk")
    batch = upload(clerk, table)
    with scope.applied(clerk):
        start_check(batch, by=clerk)
    work()
    with scope.applied(clerk):
        job = start_commit(batch, by=clerk)
        assert job is not None
        with pytest.raises(Refused, match="写入中"):
            start_check(batch, by=clerk)
        Job.objects.filter(pk=job.pk).update(state="failed")
        start_check(batch, by=clerk)
    work()
    with scope.applied(clerk):
        assert ImportBatch.objects.get(pk=batch.pk).state == "checked"


def test_a_commit_whose_worker_died_afterwards_is_audited_once(county: World, table: Path) -> None:
    clerk = county.account("632322.clerk")
    batch = commit(clerk, check(clerk, table))
    job = Job(by=clerk, arguments={"batch": batch.pk})
    for _ in range(2):
        assert import_jobs.commit(job, jobs.Progress(job))["state"] == ImportBatch.State.COMMITTED
    with scope.applied(clerk):
        assert AuditEvent.objects.filter(verb="imports.commit", target_id=batch.pk).count() == 1
