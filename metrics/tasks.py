"""What the clock does with figures."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from core.quarters import Quarter
from core.rights import Role
from metrics import actions
from unions.models import Account


class NoSystemAccount(RuntimeError):
    """Nobody in whose name the clock could act."""


def system_account() -> Account:
    """The account in whose name unattended work is done: the oldest active administrator."""
    account = Account.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
    if account is None:
        raise NoSystemAccount("没有启用的管理员账号，夜间计算无人可代。请先建立一个管理员账号。")
    return account


@shared_task
def compute_running_quarter() -> int:
    """Every night: ask for the running quarter. Returns the number of the run."""
    with transaction.atomic():
        by = system_account()
        quarter = str(Quarter.of(timezone.localdate()))
        return int(actions.request_computation(by=by, quarters=[quarter]).pk)
