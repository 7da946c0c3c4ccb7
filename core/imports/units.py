"""The units of money in which the columns of a batch were read: what is typed into a column is meant in them, and
what leaves a batch names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.checks.numbers import in_unit, is_plain_amount
from core.models import ImportBatch
from core.resource import Column, Kind, Resource, registry
from core.sheets import YUAN, headed


def units_of(batch: ImportBatch) -> dict[str, str]:
    """The columns that are kept in another unit than yuan."""
    columns = batch.reading.get("columns", ())
    return {c["key"]: c["unit"] for c in columns if c["key"] and c.get("unit", YUAN) != YUAN}


def meant(units: Mapping[str, str], key: str, typed: Any) -> Any:
    """What was typed into a column, a plain number with the unit of the column."""
    return in_unit(typed, units[key]) if key in units else typed


def unclear(batch: ImportBatch, typed: Mapping[str, Any]) -> list[str]:
    """The columns where what was typed says too little: some of their numbers were read in another unit, as Excel
    shows them, and these name none.
    """
    return [key for key in _mixed(batch) if is_plain_amount(typed.get(key))]


def unclear_said(batch: ImportBatch, key: str) -> str:
    """What to do then."""
    label, unit = registry()[batch.resource].column(key).label, _mixed(batch)[key]
    return f"“{label}”没有写明单位：这一列有的数字按 Excel 显示的“{unit}”读。请写成 3{unit} 或 30000元"


def _mixed(batch: ImportBatch) -> dict[str, str]:
    """The columns of money where only Excel's format of some cells names a unit other than yuan."""
    resource = registry()[batch.resource]
    return {
        c["key"]: other[0]
        for c in batch.reading.get("columns", ())
        if c["key"] and resource.column(c["key"]).kind is Kind.MONEY and c.get("unit", YUAN) == YUAN
        if (other := [suffix for suffix in c.get("shown", ()) if suffix not in (YUAN, "%")])
    }


def taken_out(units: Mapping[str, str], key: str, cell: Any) -> Any:
    """A cell of a batch for a heading in another unit: what a batch holds as a plain number is yuan."""
    return in_unit(cell, YUAN) if key in units else cell


def head(units: Mapping[str, str], column: Column) -> str:
    """The heading of a column with the unit of what stands below it."""
    return headed(column.label, units[column.key]) if column.key in units else column.label


def heads_by_label(batch: ImportBatch) -> dict[str, str]:
    """The headings that differ from the labels, by which problems know their columns."""
    units, resource = units_of(batch), registry()[batch.resource]
    columns = (resource.column(key) for key in units)
    return {column.label: head(units, column) for column in columns}


def units_said(reading: Mapping[str, Any], resource: Resource) -> list[str]:
    """In which unit columns were read and where the table says so, and what was read as Excel shows it."""
    columns = [column for column in reading.get("columns", ()) if column["key"]]
    texts = [_unit_said(column, resource) for column in columns]
    texts += [_formats_said(column, resource) for column in columns]
    return [text for text in texts if text]


def _unit_said(column: Mapping[str, Any], resource: Resource) -> str:
    unit, beside = column.get("unit", YUAN), column.get("units_beside", ())
    if unit == YUAN and not beside:
        return ""
    heading = column["text"] or resource.column(column["key"]).label
    how = f"“{heading}”按{unit}读{'' if unit == YUAN else '，已换算成元'}"
    named = "、".join((unit, *beside))
    told = [f"表上写着“{column['unit_text']}”"] * (column["unit_text"] != heading)
    told += [f"写了不止一个单位：{named}，请核对"] * bool(beside)
    place = f"（{'，'.join(told)}）" if told else ""
    return f"{how}{place}；格子里自己写明单位的，照格子里的读，在网页上改正的也一样"


def _formats_said(column: Mapping[str, Any], resource: Resource) -> str:
    suffixes = column.get("shown", ())
    label = resource.column(column["key"]).label
    return f"“{label}”列的数字照 Excel 显示的读，连同后面的“{'”“'.join(suffixes)}”" if suffixes else ""
