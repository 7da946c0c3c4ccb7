"""How a row leaves: the resource's columns with codes beside labels, masked columns masked.

A choice is its code under the column's key and its label under `<key>_label`; a union is its code and name
in the same way. Masked columns carry the name of their masked source (`id_masked`), so that nobody takes them
for the value. What can be written but is no column (a note) follows from the screen's form.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Field as ModelField
from django.db.models import JSONField, Model
from django.utils import timezone
from rest_framework import serializers

from core.exposure import Exposed, exposure_of
from core.forms import PickField
from core.resource import Column, Exposure, Kind
from core.screens import Screen

Fields = dict[str, serializers.Field]
_PLAIN: dict[Kind, type[serializers.Field]] = {
    Kind.DATE: serializers.DateField,
    Kind.INTEGER: serializers.IntegerField,
    Kind.YES_NO: serializers.BooleanField,
}


@dataclass(frozen=True)
class Nested:
    """Rows that hang on a row, readable below it: `/members/5/memberships/`."""

    slug: str
    label: str
    serializer: type[serializers.ModelSerializer[Any]]
    field: str
    joined: tuple[str, ...] = ()


def row_serializer(screen: Screen) -> type[serializers.Serializer[Any]]:
    """The serializer of a screen's rows."""
    fields: Fields = {"id": serializers.IntegerField(source="pk", read_only=True, label="编号")}
    for column in screen.resource.exportable:
        fields |= _of_masked(column, fields) if column.exposure is Exposure.MASKED else _of_column(column)
    for name, field in _of_forms(screen).items():
        fields.setdefault(name, field)
    names = {field.name for field in screen.resource.model._meta.concrete_fields}
    if "version" in names:
        fields["version"] = serializers.IntegerField(read_only=True, label="版本", help_text="修改时原样带回")
    if "archived_at" in names:
        fields["archived_at"] = serializers.DateTimeField(read_only=True, allow_null=True, label="归档时间")
    return type(f"{screen.slug.title().replace('_', '')}Row", (serializers.Serializer,), fields)


def _of_masked(column: Column, taken: Fields) -> Fields:
    """Under the name of its masked source; where another column has that name, the column's own before it."""
    shown = column.source or column.key
    name = shown.rsplit(".", 1)[-1]
    name = f"{column.key}_{name}" if name in taken else name
    return {name: _text(column, shown, name)}


def _of_column(column: Column) -> Fields:
    shown = column.source or column.key
    if column.kind is Kind.CHOICE:
        code = serializers.ChoiceField(
            choices=column.choices, source=_source(column.key, shown), **_options(column)
        )
        return {column.key: code, f"{column.key}_label": LabelField(column=column)}
    if column.kind is Kind.CHOICES:
        return {f"{column.key}_label": _text(column, shown, f"{column.key}_label")}
    if column.kind is Kind.UNION and shown.endswith((".code", ".name")):
        union = shown.rsplit(".", 1)[0]
        name = f"{column.key}_label"
        return {
            column.key: _text(column, f"{union}.code", column.key),
            name: serializers.CharField(
                source=f"{union}.name", read_only=True, allow_null=True, label=f"{column.label}名称"
            ),
        }
    return {column.key: _plain(column, shown)}


def _plain(column: Column, shown: str) -> serializers.Field:
    if column.kind in (Kind.MONEY, Kind.PERCENT):
        return serializers.DecimalField(
            max_digits=18, decimal_places=2, source=_source(column.key, shown), **_options(column)
        )
    kind = _PLAIN.get(column.kind, TextField)
    return kind(source=_source(column.key, shown), **_options(column))


def _text(column: Column, shown: str, name: str) -> serializers.Field:
    return serializers.CharField(source=_source(name, shown), **_options(column))


def _source(name: str, shown: str) -> str | None:
    """Django REST framework forbids to name a source that is the field's own name."""
    return None if name == shown else shown


def _options(column: Column) -> dict[str, Any]:
    return {"read_only": True, "allow_null": True, "label": column.label}


class TextField(serializers.CharField):
    """What a column shows; a time with its zone."""

    def to_representation(self, value: Any) -> str:
        if isinstance(value, datetime):
            return timezone.localtime(value).isoformat()
        return super().to_representation(value)


class LabelField(serializers.CharField):
    """The words of a choice, as lists and exports show them."""

    def __init__(self, *, column: Column) -> None:
        super().__init__(source="*", read_only=True, allow_null=True, label=f"{column.label}（文字）")
        self.column = column

    def to_representation(self, row: Any) -> Any:
        value = self.column.value(row)
        return None if value is None else str(value)


def _of_forms(screen: Screen) -> Fields:
    """What the forms write and no column shows: picked rows by number, other open fields of the model."""
    form = screen.change_form or screen.form
    fields: Fields = {}
    model: dict[str, ModelField[Any, Any]] = {f.name: f for f in screen.resource.model._meta.concrete_fields}
    for name, field in (form.base_fields if form else {}).items():
        stored = model.get(name)
        if isinstance(field, PickField) and stored is not None:
            fields[f"{name}_id"] = _read(serializers.IntegerField, f"{field.label}编号")
        elif stored is not None and exposure_of(stored) is Exposed.OPEN:
            fields[name] = _stored(stored)
    if "attributes" in model:
        fields["attributes"] = _stored(model["attributes"])
    columns = {column.key for column in screen.resource.columns}
    return {name: field for name, field in fields.items() if name not in columns}


def _stored(field: "ModelField[Any, Any]") -> serializers.Field:
    if isinstance(field, JSONField):
        return serializers.DictField(read_only=True, label=str(field.verbose_name))
    kind = serializers.ModelSerializer.serializer_field_mapping.get(type(field), serializers.CharField)
    extra: dict[str, Any] = {}
    if kind is serializers.DecimalField:
        extra = {"max_digits": field.max_digits, "decimal_places": field.decimal_places}  # type: ignore[attr-defined]
    return _read(kind, str(field.verbose_name), **extra)


def _read(kind: type[serializers.Field], label: str, **extra: Any) -> serializers.Field:
    return kind(read_only=True, allow_null=True, label=label, **extra)


class UnionCodeField(serializers.SlugRelatedField[Any]):
    """A row's union by its code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"slug_field": "code", "read_only": True, "label": "工会编码", **options})


class LabelledSerializer(serializers.ModelSerializer[Model]):
    """Codes as stored, each followed by its words; a row's union by code and name."""

    serializer_choice_field = serializers.ChoiceField

    def get_fields(self) -> Fields:
        fields = super().get_fields()
        return {name: field for given, one in fields.items() for name, field in _labelled(given, one).items()}


def _labelled(name: str, field: serializers.Field) -> Fields:
    if isinstance(field, serializers.ChoiceField):
        words = serializers.CharField(
            source=f"get_{name}_display", read_only=True, label=f"{field.label or name}（文字）"
        )
        return {name: field, f"{name}_label": words}
    if isinstance(field, UnionCodeField):
        words = serializers.CharField(source=f"{name}.name", read_only=True, label="工会")
        return {name: field, f"{name}_label": words}
    return {name: field}
