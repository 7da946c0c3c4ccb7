"""What Celery carries: numbers of job rows."""

from celery import shared_task
from django.utils import timezone

from core import jobs


@shared_task
def run_job(job_id: int) -> None:
    """Run one job; a second delivery finds it taken or finished and does nothing."""
    jobs.run(job_id)


@shared_task
def sweep_jobs() -> None:
    """Every few seconds: send lost jobs again."""
    jobs.sweep(timezone.now())
