"""What a kind of programme or project is: its own fields, their counting rules, its usual milestones.

Pure: no Django. A kind's fields are kept as one JSON object beside the row; this declaration is what makes
that object trustworthy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from core import checks

MAX_TEXT = 300


class FieldKind(Enum):
    """What a kind's field holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    CHOICE = "choice"
    TIME = "time"


class WrongAttribute(ValueError):
    """A field of the kind that cannot be kept; `message` is a sentence for the user."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True)
class Field:
    """One field of a kind; `help` is its counting rule, `example` what stands in the example row of a template."""

    key: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    unit: str = ""
    help: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""

    @property
    def heading(self) -> str:
        """The label with its unit, as it stands beside the field."""
        return f"{self.label}（{self.unit}）" if self.unit else self.label

    def clean(self, value: object) -> Any:
        """The value as it is stored in JSON, None when blank."""
        try:
            cleaned = _CLEANERS[self.kind](self, value)
        except checks.Problem as problem:
            raise WrongAttribute(self.key, f"{self.label}：{problem}") from problem
        if cleaned is None and self.required:
            raise WrongAttribute(self.key, f"请填写{self.label}。")
        return cleaned

    @property
    def is_number(self) -> bool:
        return self.kind in (FieldKind.DECIMAL, FieldKind.INTEGER)

    def cell(self, value: Any) -> str | int | Decimal:
        """A stored value as it stands in a spreadsheet, where the heading has the unit."""
        if value is None or value == "":
            return ""
        if self.kind is FieldKind.INTEGER:
            return int(value)
        return Decimal(str(value)) if self.is_number else self._label(value)

    def _label(self, value: Any) -> str:
        return dict(self.choices).get(str(value), str(value))

    def words(self, value: Any) -> str:
        """A stored value as it is shown."""
        if value is None or value == "":
            return ""
        if self.kind is FieldKind.CHOICE:
            return self._label(value)
        if self.is_number:
            return f"{Decimal(str(value)):,} {self.unit}".strip()
        return f"{value} {self.unit}".strip()


def _text(field: Field, value: object) -> str | None:
    text = checks.written(value)
    if len(text) > MAX_TEXT:
        raise checks.Problem(f"超过 {MAX_TEXT} 个字", "请写短一些")
    return text or None


def _integer(field: Field, value: object) -> int | None:
    return checks.integer(value)


def _decimal(field: Field, value: object) -> str | None:
    """Stored as text, so that 2049.68 stays 2049.68."""
    text = checks.clean(value).replace(",", "").removesuffix(field.unit or "\0").strip()
    if not text:
        return None
    if not text.isascii() or not text.replace(".", "", 1).isdigit() or len(text) > 14:
        unit = f"，单位为{field.unit}" if field.unit else ""
        raise checks.Problem("应为不小于 0 的数字", f"请只填数字{unit}")
    return format(Decimal(text).normalize(), "f")


def _choice(field: Field, value: object) -> str | None:
    text = checks.clean(value)
    for key, label in field.choices:
        if text in (key, label):
            return key
    if text:
        names = "、".join(label for _, label in field.choices)
        raise checks.Problem(f"没有“{text}”这一项", f"请从 {names} 中选择")
    return None


def _time(field: Field, value: object) -> str | None:
    text = checks.clean(value)[:5]
    if not text:
        return None
    hours, _, minutes = text.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise checks.Problem(f"“{text}”不是时间", "请写成 06:30 这样的时和分")
    return f"{int(hours):02d}:{int(minutes):02d}"


_CLEANERS: Mapping[FieldKind, Callable[[Field, object], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.INTEGER: _integer,
    FieldKind.DECIMAL: _decimal,
    FieldKind.CHOICE: _choice,
    FieldKind.TIME: _time,
}


@dataclass(frozen=True)
class Kind:
    """A kind of programme or project. `hours` names the fields of a time of day and of a later one."""

    key: str
    label: str
    of: Literal["programme", "project"]
    purpose: str
    fields: tuple[Field, ...] = ()
    milestones: tuple[str, ...] = ()
    serves_meals: bool = False
    hours: tuple[str, str] | None = None

    def field(self, key: str) -> Field:
        return next(field for field in self.fields if field.key == key)

    def clean(self, attributes: Mapping[str, object]) -> dict[str, Any]:
        """The kind's fields as they are stored. Raises WrongAttribute for what does not belong or fit."""
        unknown = sorted(set(attributes) - {field.key for field in self.fields})
        if unknown:
            raise WrongAttribute(unknown[0], f"“{self.label}”没有“{unknown[0]}”这个字段。")
        cleaned = {field.key: field.clean(attributes.get(field.key)) for field in self.fields}
        self.require_hours(cleaned)
        return {key: value for key, value in cleaned.items() if value is not None}

    def require_hours(self, cleaned: Mapping[str, Any]) -> None:
        """Both or none, in order: half of them would be no limit, and nobody checks in overnight."""
        if self.hours is None:
            return
        first, last = (self.field(key) for key in self.hours)
        since, until = cleaned.get(first.key), cleaned.get(last.key)
        if (since is None) != (until is None):
            missing = first if since is None else last
            raise WrongAttribute(missing.key, f"{first.label}和{last.label}要一起填写。")
        if since is not None and since >= until:
            raise WrongAttribute(last.key, f"{last.label}要晚于{first.label}。")

    def facts(self, attributes: Mapping[str, Any]) -> list[dict[str, str]]:
        """The fields of a row as label and words."""
        return [
            {"label": field.label, "value": field.words(attributes.get(field.key))} for field in self.fields
        ]
