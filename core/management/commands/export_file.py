"""export_file RESOURCE --account NAME --output FILE: what the account sees, as .xlsx or .csv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from core.actions import Refused
from core.exports import export_rows, notes_for
from core.imports.console import AccountCommand
from core.resource import registry

SUFFIXES = (".xlsx", ".csv")


class Command(AccountCommand):
    help = "把账号看得到的内容导出为 .xlsx 或 .csv；导出的文件可以再导入。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("resource", help="内容，如 members、unions、employers")
        parser.add_argument("--output", required=True, metavar="FILE", help="写入的文件，.xlsx 或 .csv")
        super().add_arguments(parser)

    def work(self, by: Any, options: dict[str, Any]) -> dict[str, Any]:
        resource = registry().get(options["resource"])
        if resource is None:
            raise Refused(f"没有内容“{options['resource']}”，可选：{'、'.join(registry())}。")
        path = Path(options["output"])
        if path.suffix.lower() not in SUFFIXES:
            raise Refused("输出文件的扩展名应为 .xlsx 或 .csv。")
        rows = _write(by, resource, path)
        return {"resource": resource.key, "rows": rows, "file": str(path)}

    def sentence(self, result: dict[str, Any]) -> str:
        return f"已导出 {result['rows']} 行到 {result['file']}。"


def _write(by: Any, resource: Any, path: Path) -> int:
    from core import scope

    with scope.applied(by):
        notes = notes_for(by, resource.label, ())
        rows = resource.rows(by)
    try:
        with path.open("wb") as stream:
            return export_rows(
                by=by, resource=resource, rows=rows, stream=stream, suffix=path.suffix.lower(), notes=notes
            )
    except OSError as error:
        raise Refused(f"无法写入文件 {path}：{error.strerror}。") from None
