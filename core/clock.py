"""In whose name the clock acts: unattended work leaves audit events like any other."""

from typing import Any

from django.contrib.auth import get_user_model

from core.rights import Role


class NoSystemAccount(RuntimeError):
    """Nobody in whose name the clock could act."""


def system_account() -> Any:
    """The account in whose name unattended work is done: the oldest active administrator."""
    accounts = get_user_model()._default_manager
    account = accounts.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
    if account is None:
        raise NoSystemAccount("没有启用的管理员账号，夜间的工作无人可代。请先建立一个管理员账号。")
    return account
