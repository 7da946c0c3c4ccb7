"""Cells by the kind of their column: how each is read, and what of it may be shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from django.db.models import CharField, DecimalField

from core import checks
from core.checks import CodeList, Problem
from core.imports.draft import Masked
from core.quarters import Quarter
from core.resource import Column, Exposure, Kind, Resource
from core.sheets import YUAN, ColumnWords

Reader = Callable[[Any], Any]
_SEPARATORS = re.compile(r"[,，、;；/|\n]+")
_MASKED = re.compile(r"\*{4,}(?P<tail>[0-9Xx]{2,6})")
_SHOWN = 80
LONGEST = 500
_LENGTHS: dict[Kind, int] = {Kind.ID_NUMBER: 18, Kind.MOBILE: 11}
_UNKNOWN_LENGTH = 12
_RECOGNISABLE: dict[Kind, Reader] = {
    Kind.ID_NUMBER: checks.id_number,
    Kind.MOBILE: checks.mobile_phone,
    Kind.CREDIT_CODE: checks.credit_code,
}
_PLAIN: dict[Kind, Reader] = {
    **_RECOGNISABLE,
    Kind.NAME: checks.person_name,
    Kind.DATE: checks.day,
    Kind.INTEGER: checks.integer,
    Kind.PERCENT: checks.percent,
    Kind.YES_NO: checks.yes_no,
}


def vocabulary(resource: Resource) -> list[ColumnWords]:
    """The headings by which a resource's columns are found."""
    return [
        ColumnWords(
            key=column.key,
            label=column.label,
            synonyms=column.synonyms,
            required=column.required,
            recognise=_RECOGNISABLE.get(column.kind),
            is_money=column.kind is Kind.MONEY,
        )
        for column in resource.importable
    ]


def reader(resource: Resource, column: Column, unit: str = YUAN) -> Reader:
    """The check of one column; of money, with the unit in which it is kept."""
    if column.kind in (Kind.CHOICE, Kind.CHOICES):
        synonyms = resource.options.get("choice_synonyms", {}).get(column.key, {})
        codes = CodeList(column.label, dict(column.choices), synonyms=synonyms)
        return codes.read if column.kind is Kind.CHOICE else partial(_several, codes)
    if column.kind is Kind.QUARTER:
        return _quarter
    if column.kind is Kind.INTEGER and "%" in column.label:
        return checks.whole_percent
    if column.kind is Kind.MONEY:
        return partial(
            checks.money, allow_negative=column.is_signed, below=_bound(resource, column), unit=unit
        )
    plain = _PLAIN.get(column.kind) or partial(checks.optional_text, max_length=_length(resource, column))
    return partial(_unless_masked, plain) if column.exposure is Exposure.MASKED else plain


def _length(resource: Resource, column: Column) -> int:
    for field in resource.model._meta.concrete_fields:
        if field.name == column.key and isinstance(field, CharField):
            return field.max_length or LONGEST
    return LONGEST


def _bound(resource: Resource, column: Column) -> Decimal:
    """What the amounts of a column stay below; columns that are no field of the model hold as much as any."""
    for field in resource.model._meta.concrete_fields:
        if field.name == column.key and isinstance(field, DecimalField):
            return Decimal(10) ** (field.max_digits - field.decimal_places)
    return checks.MAX_MONEY


def _several(codes: CodeList, value: Any) -> tuple[str, ...] | None:
    text = checks.clean(value)
    found = [code for part in _SEPARATORS.split(text) if (code := codes.read(part)) is not None]
    return tuple(dict.fromkeys(found)) or None


def _quarter(value: Any) -> Any:
    text = checks.clean(value)
    if checks.is_blank(text):
        return None
    try:
        return Quarter.parse(text)
    except ValueError:
        raise Problem("无法识别为季度", "请写成 2023Q1 这样") from None


def _unless_masked(plain: Reader, value: Any) -> Any:
    if type(value) is str and "**" in value:
        match = _MASKED.fullmatch(value.strip())
        if match is None:
            raise Problem("号码被遮住，无法识别", "请填写完整号码")
        return Masked(match["tail"].upper())
    return plain(value)


class ReadCells(NamedTuple):
    """One column of many rows, in their order: clean values (None where blank), what may be shown of each
    cell, and what was refused by the position of its row.
    """

    values: list[Any]
    shown: list[str | None]
    problems: list[tuple[int, Problem]]


def read_column(column: Column, read: Reader, cells: Sequence[Any]) -> ReadCells:
    """Clean one column of many rows, each different cell once."""
    show = _shower(column)
    # Where there is a tick box every cell is read for itself: true equals 1.
    keys: Sequence[Any] = range(len(cells)) if bool in set(map(type, cells)) else cells
    values, shown = dict[Any, Any](), dict[Any, str | None]()
    problems: dict[Any, Problem] = {}
    for key, cell in dict(zip(keys, cells, strict=True)).items():
        try:
            value = values[key] = None if cell is None else read(cell)
            shown[key] = None if value is None else show(value)
        except Problem as problem:
            # Its sentence alone: what was raised keeps every frame by its traceback or by that of the error
            # behind it, and with them the rows of the whole chunk.
            problems[key] = Problem(problem.reason, problem.remedy)
            values[key], shown[key] = None, refused(column, cell)
    wrong = [(place, problems[key]) for place, key in enumerate(keys) if key in problems] if problems else []
    return ReadCells(list(map(values.__getitem__, keys)), list(map(shown.__getitem__, keys)), wrong)


def refused(column: Column, cell: Any) -> str:
    """A cell that was not understood, as its own row may show it."""
    if column.exposure is not Exposure.OPEN:
        return checks.masked_cell(cell)
    text = "".join(character if character.isprintable() else " " for character in str(cell)[:_SHOWN])
    return text.encode("utf-8", "replace").decode()


def _shower(column: Column) -> Callable[[Any], str]:
    if column.exposure is not Exposure.OPEN:
        return partial(masked, _LENGTHS.get(column.kind, _UNKNOWN_LENGTH))
    labels = dict(column.choices)
    return partial(shown, labels)


def masked(length: int, value: Any) -> str:
    """The last characters of a sensitive value, as long as every value of its kind."""
    tail = value.tail if type(value) is Masked else str(value)[-4:]
    return tail.rjust(length, "*")


def shown(labels: Mapping[str, str], value: Any) -> str:
    """A clean value in words: choices by their labels, dates as 2023-03-01."""
    if type(value) is str:
        return labels.get(value, value)[:_SHOWN]
    if type(value) is date:
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (tuple, list)):
        return "、".join(labels.get(code, code) for code in value)
    return str(value)
