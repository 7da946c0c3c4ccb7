"""What the import and export commands share: the account, refusals as one sentence, results as JSON."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import Http404

from core.actions import Refused


class AccountCommand(BaseCommand):
    """A command that acts as an account (`--account`); a refusal is one sentence and exit code 1."""

    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="以哪个账号的权限和范围执行")
        parser.add_argument("--json", action="store_true", help="输出一行 JSON")

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            result = self.work(account(options["account"]), options)
        except (Refused, PermissionDenied) as refused:
            raise CommandError(str(refused)) from None
        except Http404:
            raise CommandError("没有找到，或不在这个账号的管辖范围内。") from None
        text = json.dumps(result, ensure_ascii=False) if options["json"] else self.sentence(result)
        self.stdout.write(text)

    def work(self, by: Any, options: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def sentence(self, result: dict[str, Any]) -> str:
        raise NotImplementedError


def account(name: str) -> Any:
    """The active account of that name."""
    accounts = get_user_model()._default_manager
    found = accounts.filter(**{get_user_model().USERNAME_FIELD: name, "is_active": True}).first()
    if found is None:
        raise Refused(f"没有名为“{name}”的可用账号。")
    return found
