"""The peer tuned: calamine, bulk writes, cached look-ups, no diff, the same checks."""

from typing import Any

import tablib  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook

from bench.imports.preview import preview_and_import
from bench.imports.resources import TunedResource


def run(size: int, file: str) -> dict[str, Any]:
    """Seconds of preview and import."""

    def read() -> tablib.Dataset:
        header, *rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
        return tablib.Dataset(*rows, headers=header)

    return preview_and_import(TunedResource, read, size)
