"""The peer as most projects write it: openpyxl, full_clean, one query per look-up, a diff per row."""

from pathlib import Path
from typing import Any

import tablib  # type: ignore[import-untyped]
from import_export.formats.base_formats import XLSX

from bench.imports.preview import preview_and_import
from bench.imports.resources import StockResource


def run(size: int, file: str) -> dict[str, Any]:
    """Seconds of preview and import."""

    def read() -> tablib.Dataset:
        return XLSX().create_dataset(Path(file).read_bytes())

    return preview_and_import(StockResource, read, size)
