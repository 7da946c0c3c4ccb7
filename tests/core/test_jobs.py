"""Jobs are rows: taken once, given back when their worker dies, never finished by one that lost its lease."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core import jobs, scope
from core.models import Job
from tests.world import World

SEEN: list[int] = []


def count_up(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    SEEN.append(job.pk)
    progress.report(1, 2)
    return {"answer": 42}


def refuse(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    raise jobs.JobFailed("表格是空的，请检查后重新上传。")


def break_down(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    raise ZeroDivisionError


def lose_lease(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    with transaction.atomic():
        scope.apply(job.by)
        Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4())
    return {"answer": "too late"}


@pytest.fixture(autouse=True)
def handlers(settings: Any) -> None:
    SEEN.clear()
    names = ("count_up", "refuse", "break_down", "lose_lease")
    settings.JOB_HANDLERS = {name: f"tests.core.test_jobs.{name}" for name in names}


def queued(world: World, kind: str, **values: Any) -> Job:
    clerk = world.account("632322.clerk")
    with scope.applied(clerk):
        job = jobs.enqueue(kind, by=clerk, arguments={})
        Job.objects.filter(pk=job.pk).update(**values)
    return job


def read(world: World, job: Job) -> Job:
    with scope.applied(world.account("632322.clerk")):
        return Job.objects.get(pk=job.pk)


def test_a_job_runs_once_and_keeps_its_result(world: World) -> None:
    job = queued(world, "count_up")
    jobs.run(job.pk)
    jobs.run(job.pk)
    done = read(world, job)
    assert (done.state, done.result, done.done, done.attempt) == ("succeeded", {"answer": 42}, 1, 1)
    assert [job.pk] == SEEN


def test_a_refusal_is_a_sentence_for_the_user(world: World) -> None:
    job = queued(world, "refuse")
    jobs.run(job.pk)
    assert (read(world, job).state, read(world, job).error) == ("failed", "表格是空的，请检查后重新上传。")


def test_a_breakdown_is_tried_again_and_given_up_without_a_trace(world: World) -> None:
    job = queued(world, "break_down")
    for _ in range(jobs.MAX_ATTEMPTS):
        with scope.applied(world.account("632322.clerk")):
            Job.objects.filter(pk=job.pk, state="running").update(lease_until=timezone.now() - timedelta(1))
        jobs.run(job.pk)
    failed = read(world, job)
    assert failed.state == "failed" and failed.attempt == jobs.MAX_ATTEMPTS
    assert "重试" in failed.error and "ZeroDivision" not in failed.error


def test_a_job_of_a_dead_worker_is_taken_over(world: World) -> None:
    past = timezone.now() - timedelta(minutes=5)
    job = queued(world, "count_up", state="running", lease_token=uuid.uuid4(), lease_until=past, attempt=1)
    assert jobs.sweep(timezone.now()) == [job.pk]
    jobs.run(job.pk)
    assert (read(world, job).state, read(world, job).attempt) == ("succeeded", 2)


def test_a_job_that_kills_every_worker_is_given_up(world: World) -> None:
    past, attempts = timezone.now() - timedelta(minutes=5), jobs.MAX_ATTEMPTS
    lost = {"lease_token": uuid.uuid4(), "lease_until": past, "attempt": attempts}
    job = queued(world, "count_up", state="running", **lost)
    jobs.run(job.pk)
    assert SEEN == [] and (read(world, job).state, read(world, job).attempt) == ("failed", attempts)
    assert "重试" in read(world, job).error and read(world, job).finished_at


def test_a_long_queue_is_not_sent_again_and_again(world: World) -> None:
    long_ago = timezone.now() - timedelta(minutes=1)
    waiting = [queued(world, "count_up", created_at=long_ago).pk for _ in range(3)]
    now = timezone.now()
    assert jobs.sweep(now) == waiting
    assert jobs.sweep(now + timedelta(seconds=15)) == []
    assert jobs.sweep(now + timedelta(seconds=75)) == waiting
    jobs.run(waiting[0])
    assert [waiting[0]] == SEEN


def test_a_running_job_is_left_alone(world: World) -> None:
    later = timezone.now() + timedelta(minutes=1)
    job = queued(world, "count_up", state="running", lease_token=uuid.uuid4(), lease_until=later)
    jobs.run(job.pk)
    assert SEEN == [] and jobs.sweep(timezone.now()) == []


def test_a_worker_that_lost_its_lease_writes_nothing(world: World) -> None:
    job = queued(world, "lose_lease")
    jobs.run(job.pk)
    assert (read(world, job).state, read(world, job).result) == ("running", {})


def test_only_jobs_that_waited_too_long_are_sent_again(world: World) -> None:
    fresh = queued(world, "count_up")
    stale = queued(world, "count_up", created_at=timezone.now() - timedelta(minutes=1))
    assert jobs.sweep(timezone.now()) == [stale.pk] and fresh.pk != stale.pk


def test_a_broker_that_is_away_is_no_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.tasks import run_job

    def away(job_id: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(run_job, "delay", away)
    jobs.send(1)


def queued_by(world: World, name: str, **values: Any) -> Job:
    by = world.account(name)
    with scope.applied(by):
        job = jobs.enqueue("count_up", by=by, arguments={})
        Job.objects.filter(pk=job.pk).update(**values)
    return job


def test_a_turn_goes_to_the_county_that_has_nothing_at_work(world: World) -> None:
    """Twenty files of one county, then one of another: it is next, not the twenty-first."""
    later = timezone.now() + timedelta(minutes=1)
    busy = {"state": "running", "lease_token": uuid.uuid4(), "lease_until": later}
    queued_by(world, "632322.clerk", **busy)
    many = [queued_by(world, "632322.clerk") for _ in range(20)]
    other = queued_by(world, "632323.clerk")
    jobs.run(many[0].pk)
    assert [other.pk] == SEEN
    jobs.run(other.pk)
    jobs.run(many[1].pk)
    assert [other.pk, many[0].pk, many[1].pk] == SEEN


def test_a_lost_worker_does_not_count_as_work(world: World) -> None:
    """A county whose worker died is not pushed back for the lease that ran out."""
    past = timezone.now() - timedelta(minutes=5)
    first = queued_by(world, "632322.clerk", state="running", lease_token=uuid.uuid4(), lease_until=past)
    second = queued_by(world, "632323.clerk")
    jobs.run(first.pk)
    jobs.run(second.pk)
    assert [first.pk, second.pk] == SEEN
