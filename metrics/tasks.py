"""What the clock does with figures."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from core.clock import system_account
from core.quarters import Quarter
from metrics import actions


@shared_task
def compute_running_quarter() -> int:
    """Every night: ask for the running quarter. Returns the number of the run."""
    with transaction.atomic():
        by = system_account()
        quarter = str(Quarter.of(timezone.localdate()))
        return int(actions.request_computation(by=by, quarters=[quarter]).pk)
