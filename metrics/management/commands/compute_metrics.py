"""Compute one quarter and print its figures."""

import json
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core import scope
from core.actions import Refused
from core.clock import NoSystemAccount, system_account
from metrics import actions
from metrics.indicators import REGISTRY
from metrics.models import Figure
from metrics.words import percent
from unions.models import Account, Union


class Command(BaseCommand):
    help = "计算一个季度的全部指标，并逐行打印：指标、工会、组别、分子、分母、数值。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("quarter", metavar="QUARTER", help="季度，写成 2023Q1")
        parser.add_argument("--union", metavar="CODE", help="只算这个县、市（州）或省及其下级，例如 632322")
        parser.add_argument("--account", metavar="NAME", help="以谁的名义计算，默认为第一个管理员")
        parser.add_argument("--json", action="store_true", help="以 JSON 打印")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = computed(options["quarter"], options["union"], options["account"])
        except (Refused, NoSystemAccount) as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
        else:
            self._print(rows)

    def _print(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            value = percent(None if row["value"] is None else Decimal(str(row["value"])) / 100)
            halves = f"{_text(row['numerator'])} / {_text(row['denominator'])}"
            self.stdout.write(
                f"{row['indicator']}\t{row['union']}\t{row['group'] or '全部'}\t{halves}\t{value}"
            )


def computed(quarter: str, code: str | None, username: str | None) -> list[dict[str, Any]]:
    """Compute the quarter in the account's name and read the figures of the union, or of every place."""
    with transaction.atomic():
        by = _account(username)
        scope.apply(by)
        union = _union(by, code) if code else None
        run = actions.compute_quarters(by=by, quarters=[quarter], county=union)
        figures = Figure.objects.visible_to(by).filter(quarter=run.quarters[0], indicator__in=REGISTRY)
        if union:
            figures = figures.filter(union=union)
        ordered = figures.select_related("union").order_by(
            "union__path", "indicator", "group_key", "group_value"
        )
        return [_row(figure) for figure in ordered]


def _account(username: str | None) -> Account:
    if username is None:
        unattended: Account = system_account()
        return unattended
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise CommandError(f"没有名为“{username}”的启用账号。")
    return account


def _union(by: Account, code: str) -> Union:
    union = Union.objects.visible_to(by).filter(code=code).first()
    if union is None:
        raise CommandError(f"账号 {by.username} 的范围内没有编码为“{code}”的工会。")
    return union


def _row(figure: Figure) -> dict[str, Any]:
    return {
        "indicator": figure.indicator,
        "name": REGISTRY[figure.indicator].name,
        "quarter": figure.quarter,
        "union": figure.union.code,
        "union_name": figure.union.name,
        "group": "=".join(filter(None, (figure.group_key, figure.group_value))),
        "numerator": _number(figure.numerator),
        "denominator": _number(figure.denominator),
        "value": None if figure.rate is None else round(float(figure.rate * 100), 4),
    }


def _number(value: Any) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def _text(value: int | float | None) -> str:
    return "—" if value is None else f"{value:,}"
