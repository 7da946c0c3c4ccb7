"""`manage.py load_demo`: the demonstration province, once or anew."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from config.demo.load import QUARTERS, load
from config.demo.waiting import load_waiting
from core import scope
from metrics.actions import compute_quarters
from metrics.models import ComputationRun
from unions.models import Account

KEPT_TABLES = frozenset({"django_migrations", "django_content_type"})


class Command(BaseCommand):
    """Refused outside demonstration mode: its accounts share a password that is printed."""

    help = "载入演示省份"

    def add_arguments(self, parser: ArgumentParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--if-empty", action="store_true", help="已有账号时什么也不做")
        choice.add_argument("--reload", action="store_true", help="先清空数据库，再载入")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_MODE:
            raise CommandError("正式环境不能载入演示数据：演示账号共用一个公开的密码。")
        is_empty = not Account.objects.exists()
        if not is_empty and options["if_empty"]:
            self._finish_interrupted_load()
            return
        if not is_empty and not options["reload"]:
            raise CommandError("数据库里已有数据。要清空并重新载入，请用 load_demo --reload。")
        started = time.monotonic()
        if options["reload"]:
            empty_database()
        self._compute(load(self._tell))
        asked, batch = load_waiting()
        self._tell(f"{len(asked)}份转会申请等答复，一份会员表格等处理（{batch.rows_doubtful}行存疑）")
        self._tell(f"演示数据已载入，用时{time.monotonic() - started:.1f}秒")

    def _compute(self, administrator: Account) -> None:
        _refresh_statistics()
        run = compute_quarters(by=administrator, quarters=QUARTERS)
        self._tell(f"{QUARTERS[0]}至{QUARTERS[-1]}的指标{run.figures_written}个，并已核对")

    def _finish_interrupted_load(self) -> None:
        """A load that was stopped after its rows and before its figures is finished now."""
        administrator = Account.objects.filter(username="admin").first()
        if administrator is None:
            return
        with scope.applied(administrator):
            has_figures = ComputationRun.objects.exists()
        if not has_figures:
            self._compute(administrator)

    def _tell(self, line: str) -> None:
        self.stdout.write(f"  {line}")


def _refresh_statistics() -> None:
    """Without them PostgreSQL plans the first computation for empty tables, and takes minutes."""
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def empty_database() -> None:
    """Empty every table, the audit trail included. Only the owner of the tables may."""
    tables = [t for t in connection.introspection.table_names() if t not in KEPT_TABLES]
    if not _owns_all(tables):
        raise CommandError("当前数据库账号不能清空数据。请在 DATABASE_URL 中改用表的所有者账号。")
    names = ", ".join(connection.ops.quote_name(table) for table in tables)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"truncate {names} restart identity cascade")


def _owns_all(tables: list[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_tables where schemaname = 'public' and tablename = any(%s)"
            " and pg_has_role(tableowner, 'member')",
            [tables],
        )
        return bool(cursor.fetchone()[0] == len(tables))
