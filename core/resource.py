"""Resource: one declaration of columns gives the template, the import, the export, the masking and the help.

A list, an export and an import of the same thing cannot disagree, because they read the same columns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string


class Kind(Enum):
    """What a cell holds; decides its check, its format in Excel and how it is shown."""

    TEXT = "text"
    NAME = "name"
    ID_NUMBER = "id_number"
    CREDIT_CODE = "credit_code"
    MOBILE = "mobile"
    DATE = "date"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    QUARTER = "quarter"
    UNION = "union"
    REFERENCE = "reference"


class Exposure(Enum):
    """Who sees a value: everybody in scope, a masked form of it, or nobody."""

    OPEN = "open"
    MASKED = "masked"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Column:
    """One column of a spreadsheet and of a list.

    `source` is the attribute path that shows a row's value (default: `key`); `reference` names the resource
    that a REFERENCE cell points at; `offered` are the codes that a template offers where it is not all
    `choices`; `is_ordinal` numbers tell which one (a row's number, a year), not how many; `is_signed` money may be less
    than nothing; `is_import_only` columns are never exported,
    `is_export_only` never read; lists show what is `in_list`, a row's own page what is `on_page`.
    """

    key: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = False
    synonyms: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    source: str = ""
    reference: str = ""
    help: str = ""
    example: str = ""
    offered: tuple[str, ...] = ()
    exposure: Exposure = Exposure.OPEN
    is_key: bool = False
    is_ordinal: bool = False
    is_signed: bool = False
    is_import_only: bool = False
    is_export_only: bool = False
    in_list: bool = True
    on_page: bool = True
    sort: str = ""

    @property
    def is_numeric(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.MONEY, Kind.PERCENT)

    def value(self, row: Any) -> Any:
        """The value of a row as it may be shown and exported; choices by their label, blanks as None."""
        try:
            value = attrgetter(self.source or self.key)(row)
        except AttributeError:
            return None
        if self.kind is Kind.CHOICE:
            return dict(self.choices).get(value, value) or None
        if self.kind is Kind.YES_NO:
            return "是" if value else "否"
        return value if value != "" else None


@dataclass(frozen=True)
class Resource:
    """A kind of row that enters and leaves in bulk.

    `rows` gives the visible rows with everything the columns need already joined; `importer` is the dotted
    path of the class that plans and commits imports (see `core.imports`), empty where nothing is imported;
    `after` is done in the same action when a table was written or taken back, with the actor's divisions.
    `hangs_on` is the foreign key to what the rows are part of: when that is archived, no table updates them.
    `barred` is the sentence for those who have the right and may not import these rows all the same.
    """

    key: str
    label: str
    model: type[Model]
    columns: tuple[Column, ...]
    right: Any
    rows: Callable[[Any], QuerySet[Any]]
    importer: str = ""
    after: Callable[[Sequence[int]], None] | None = None
    help: str = ""
    hangs_on: str = ""
    barred: Callable[[Any], str] = lambda account: ""
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        if len(keys) != len(set(keys)):
            raise ValueError(f"{self.key}: a column is declared twice")

    def why_not_import(self, account: Any) -> str:
        """Why the account may not import these rows, as a sentence; empty where it may."""
        if not account.can(self.right):
            return f"您的账号没有“{self.right.label}”的权限，请联系管理员。"
        return self.barred(account)

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    @property
    def importable(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.is_export_only)

    @property
    def exportable(self) -> tuple[Column, ...]:
        hidden = Exposure.HIDDEN
        return tuple(c for c in self.columns if not c.is_import_only and c.exposure is not hidden)

    @property
    def listed(self) -> tuple[Column, ...]:
        return tuple(column for column in self.exportable if column.in_list)


@cache
def registry() -> dict[str, Resource]:
    """Every resource by key, in the order of `settings.RESOURCES` (dotted paths, checked at start)."""
    resources = [import_string(path) for path in settings.RESOURCES]
    return {resource.key: resource for resource in resources}
