"""undo_import BATCH --account NAME: take a committed batch back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from core import scope
from core.actions import Refused
from core.imports import actions
from core.imports.console import AccountCommand
from core.models import ImportBatch


class Command(AccountCommand):
    help = "撤销一批导入；之后又被修改、使用过或已不能再改的行保留，并逐行说明。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", type=int, help="批次号")
        super().add_arguments(parser)

    def work(self, by: Any, options: dict[str, Any]) -> dict[str, Any]:
        with scope.applied(by):
            batch = ImportBatch.objects.visible_to(by).filter(pk=options["batch"]).first()
        if batch is None:
            raise Refused(f"没有批次 {options['batch']}，或它不在这个账号的管辖范围内。")
        batch = actions.undo(by=by, row=batch)
        return {"batch": batch.pk, "state": batch.state, "kept": batch.kept}

    def sentence(self, result: dict[str, Any]) -> str:
        kept = [f"  第 {row['row']} 行 {row['what']}：{row['reason']}" for row in result["kept"]]
        return "\n".join([f"批次 {result['batch']} 已撤销，保留 {len(kept)} 行。", *kept])
