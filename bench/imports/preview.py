"""What the peers' admin does with an uploaded file: import it without keeping anything, then once more."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import tablib  # type: ignore[import-untyped]
from import_export.resources import ModelResource
from python_calamine import CalamineWorkbook


def preview_and_import(
    resource: type[ModelResource], read: Callable[[], tablib.Dataset], size: int
) -> dict[str, Any]:
    """Both passes read the file, as the admin's two requests do."""
    begun = perf_counter()
    resource().import_data(read(), dry_run=True, raise_errors=True)
    result = resource().import_data(read(), dry_run=False, raise_errors=True)
    seconds = perf_counter() - begun
    known = size // 5
    found = (result.totals["new"], result.totals["update"], result.totals["invalid"])
    if found != (size - known, known, 0):
        raise RuntimeError(f"the peer imported {found}")
    return {"seconds": seconds}


def quickly_read(file: str) -> tablib.Dataset:
    """A workbook parsed the fastest way."""
    header, *rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    return tablib.Dataset(*rows, headers=header)
