"""import_file RESOURCE FILE --account NAME: check a spreadsheet, and with --commit write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import CommandParser

from core import scope
from core.actions import Refused
from core.imports import actions
from core.imports.checking import Alone, check_batch
from core.imports.console import AccountCommand
from core.imports.jobs import commit_or_reopen
from core.models import ImportBatch, ImportRow

ROWS_SHOWN = 1_000


class Command(AccountCommand):
    help = "核对一个表格；加 --commit 时把没有问题的行写入登记册。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("resource", help="内容，如 members、unions、employers")
        parser.add_argument("file", help="xlsx、xls 或 csv 文件")
        parser.add_argument("--commit", action="store_true", help="核对后写入没有问题的行")
        parser.add_argument("--union", metavar="CODE", help="没有写工会的行算作哪个工会（工会编码）")
        parser.add_argument("--joined-on", metavar="DATE", help="没有写入会日期的行的入会日期")
        super().add_arguments(parser)

    def work(self, by: Any, options: dict[str, Any]) -> dict[str, Any]:
        given = {"union": options["union"], "joined_on": options["joined_on"]}
        defaults = {key: value for key, value in given.items() if value}
        batch = check_batch(self._upload(by, options, defaults).pk, by, Alone(by))
        if batch.state == ImportBatch.State.REFUSED:
            raise Refused(batch.message)
        if options["commit"]:
            batch = commit_or_reopen(batch, by)
        return summary(batch, by)

    def _upload(self, by: Any, options: dict[str, Any], defaults: dict[str, str]) -> ImportBatch:
        path = Path(options["file"])
        try:
            with path.open("rb") as stream:
                file = File(stream, name=path.name)
                return actions.upload(by=by, resource=options["resource"], file=file, defaults=defaults)
        except OSError as error:
            raise Refused(f"无法读取文件 {path}：{error.strerror}。") from None

    def sentence(self, result: dict[str, Any]) -> str:
        errors = [f"  第 {e['row']} 行 {e['column']}：{e['message']}" for e in result["errors"]]
        counts = "读到 {rows_read} 行：新增 {new}，变更 {changed}，无变化 {unchanged}，有问题 {held}。"
        if result["held"] > ROWS_SHOWN:
            errors.append(f"  只列出前 {ROWS_SHOWN:,} 行，其余请在网页上查看或下载。")
        return "\n".join(
            [f"批次 {result['batch']}（{result['state_label']}）", counts.format(**result), *errors]
        )


def summary(batch: ImportBatch, by: Any) -> dict[str, Any]:
    """Counts and errors of a batch; of hundreds of thousands of held rows the first are enough to see why."""
    with scope.applied(by):
        held = batch.rows.filter(plan=ImportRow.Plan.HELD).order_by("number")
        errors = [
            {"row": number, "column": problem["column"], "message": problem["message"]}
            for number, problems in held.values_list("number", "problems")[:ROWS_SHOWN]
            for problem in problems
        ]
    return {
        "batch": batch.pk,
        "state": batch.state,
        "state_label": batch.get_state_display(),
        "rows_read": batch.rows_read,
        "new": batch.rows_new,
        "changed": batch.rows_changed,
        "unchanged": batch.rows_unchanged,
        "held": batch.rows_held,
        "errors": errors,
        "notes": batch.notes,
    }
