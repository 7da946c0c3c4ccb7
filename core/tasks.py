"""What Celery carries: numbers of job rows."""

from celery import shared_task
from django.utils import timezone

from core import jobs
from core.clock import system_account
from core.imports.clearing import give_up_forgotten, remove_finished_files, remove_orphans


@shared_task
def run_job(job_id: int) -> None:
    """Run one job; a second delivery finds it taken or finished and does nothing."""
    jobs.run(job_id)


@shared_task
def sweep_jobs() -> None:
    """Every few seconds: send lost jobs again."""
    jobs.sweep(timezone.now())


@shared_task
def clear_imports() -> list[int]:
    """Every night: give up batches that nobody decided upon, remove files that nothing waits for."""
    now = timezone.now()
    return [give_up_forgotten(now, system_account()), remove_finished_files(), remove_orphans(now)]
