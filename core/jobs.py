"""Background work as rows: queued in the caller's transaction, carried by Celery, owned through a lease.

A handler gets the job and a `Progress`; it must be idempotent, because a job whose lease ran out is started
again. Nothing depends on the broker's memory: what it loses, the sweeper sends again.

A number that arrives is a turn, not an order: the turn goes to the county that has the fewest jobs at work, so
that one county's twenty files do not keep the others waiting.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.module_loading import import_string

from core import scope
from core.models import Job

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
BEAT_SECONDS = 10
QUEUED_TOO_LONG = timedelta(seconds=10)
SENT_AGAIN_AFTER = timedelta(seconds=60)
MAX_ATTEMPTS = 5
# Names the lock under which a worker chooses its job.
TAKING = 0x6A6F6273
GIVEN_UP = "后台处理没有完成，已自动重试多次。请稍后再试，或联系管理员（任务 %s）。"


class LostLease(Exception):
    """Another worker has taken the job over; this one must write nothing more."""


class JobFailed(Exception):
    """The job cannot be done; the message is a sentence for the user."""


def enqueue(kind: str, *, by: Any, arguments: dict[str, Any]) -> Job:
    """Create a job row in the current transaction and send it once that commits."""
    job = Job.objects.create(
        kind=kind, by=by, union_id=by.union_id, county_id=by.county_id, arguments=arguments
    )
    transaction.on_commit(lambda: send(job.pk))
    return job


def send(job_id: int) -> None:
    """Hand the job's number to the broker. A broker that is away is no error: the sweeper comes by."""
    from core.tasks import run_job

    try:
        run_job.delay(job_id)
    except Exception as error:
        # Whatever the transport raises, the row is safe.
        log.warning("job %s waits for the sweeper: %s", job_id, type(error).__name__)


def sweep(now: datetime) -> list[int]:
    """Send jobs again that waited too long or whose worker died. Returns their numbers.

    `lease_until` of a waiting job is the time until which it is on its way: in a long queue it is not sent
    again and again.
    """
    with transaction.atomic():
        scope.apply_everywhere()
        waiting = Q(state=Job.State.QUEUED, created_at__lt=now - QUEUED_TOO_LONG)
        lost = Job.objects.filter(waiting | Q(state=Job.State.RUNNING)).exclude(lease_until__gte=now)
        numbers = list(lost.order_by("pk").values_list("pk", flat=True))
        lost.filter(state=Job.State.QUEUED).update(lease_until=now + SENT_AGAIN_AFTER)
    for number in numbers:
        send(number)
    return numbers


class Progress:
    """What a handler reports through; every report proves that the job is still ours."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def report(self, done: int, total: int) -> None:
        """Store progress in its own transaction; call it between the handler's transactions."""
        with transaction.atomic():
            self.guard()
            Job.objects.filter(pk=self.job.pk).update(done=min(done, total), total=total)

    def guard(self) -> None:
        """Inside the transaction that writes results: raise `LostLease` unless the job is still ours."""
        scope.apply(self.job.by)
        owned = Job.objects.select_for_update().filter(
            pk=self.job.pk, lease_token=self.job.lease_token, state=Job.State.RUNNING
        )
        if not owned.exists():
            raise LostLease


Handler = Callable[[Job, Progress], dict[str, Any]]


def run(job_id: int) -> None:
    """Use a turn: take the job whose turn it is, run its handler, store the outcome."""
    job = _take(job_id, timezone.now())
    if job is None:
        return
    handler: Handler = import_string(settings.JOB_HANDLERS[job.kind])
    try:
        with _heartbeat(job):
            result = handler(job, Progress(job))
    except LostLease:
        return
    except JobFailed as failure:
        _finish(job, Job.State.FAILED, error=str(failure))
    except Exception as error:
        log.exception("job %s failed", job.pk)
        _give_back(job, error)
    else:
        _finish(job, Job.State.SUCCEEDED, result=result)


def _take(job_id: int, now: datetime) -> Job | None:
    """The free job whose turn it is: of the county with the fewest at work, this one before others."""
    with transaction.atomic():
        scope.apply_everywhere()
        _one_at_a_time()
        job = _in_turn(job_id, now).select_for_update(of=("self",), skip_locked=True).first()
        if job is None:
            return None
        if job.attempt >= MAX_ATTEMPTS:
            # Its workers died every time, without a word: what kills them must not do so for ever.
            _give_up(job)
            return None
        job.state = Job.State.RUNNING
        job.attempt += 1
        job.lease_token = uuid.uuid4()
        job.lease_until = now + LEASE
        job.started_at = job.started_at or now
        job.save()
        return job


def _one_at_a_time() -> None:
    """Two workers that look at the same moment would both find the same county idle."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [TAKING])


def _in_turn(job_id: int, now: datetime) -> QuerySet[Job]:
    """Free jobs, the one whose turn it is first."""
    at_work = Job.objects.filter(
        state=Job.State.RUNNING, lease_until__gte=now, county_id=OuterRef("county_id")
    )
    counted = at_work.order_by().values("county_id").annotate(count=Count("pk")).values("count")
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    return Job.objects.filter(free).order_by(
        Coalesce(Subquery(counted), 0),
        Case(When(pk=job_id, then=Value(0)), default=Value(1), output_field=IntegerField()),
        "pk",
    )


def _give_up(job: Job) -> None:
    """Let the job be failed, and whatever shows its progress too."""
    error = GIVEN_UP % job.pk
    _store(job, Job.State.FAILED, error=error)
    told = settings.JOB_GIVEN_UP.get(job.kind)
    if told:
        import_string(told)(job, error)


def _give_back(job: Job, error: Exception) -> None:
    if job.attempt >= MAX_ATTEMPTS:
        _finish(job, Job.State.FAILED, error=GIVEN_UP % job.pk)
        return
    with transaction.atomic():
        Progress(job).guard()
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() + timedelta(seconds=5))


def _finish(job: Job, state: str, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    with transaction.atomic():
        try:
            Progress(job).guard()
        except LostLease:
            return
        _store(job, state, result=result, error=error)


def _store(job: Job, state: str, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    Job.objects.filter(pk=job.pk).update(
        state=state, result=result or {}, error=error[:500], finished_at=timezone.now()
    )


@contextmanager
def _heartbeat(job: Job) -> Iterator[None]:
    """Renew the lease from a second connection while one long statement runs in the first."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(BEAT_SECONDS):
            try:
                _renew(job)
            except Exception as error:
                # The lease simply runs out.
                log.warning("heartbeat of job %s: %s", job.pk, type(error).__name__)
            finally:
                close_old_connections()
        connection.close()

    thread = threading.Thread(target=beat, name=f"job-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _renew(job: Job) -> None:
    with transaction.atomic():
        scope.apply(job.by)
        Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(lease_until=timezone.now() + LEASE)
