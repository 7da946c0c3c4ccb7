"""How input arrives: a screen's form behind a serializer; programs and pages obey the same rules."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Model
from rest_framework import serializers

from core.forms import PickField

PICK_HELP = "编码或名称；也可以写编号（整数）。"
_YES_NO = {"true": True, "false": False, "1": True, "0": False, "是": True, "否": False, "": False}
_FIELDS: tuple[tuple[type[forms.Field], type[serializers.Field]], ...] = (
    (forms.BooleanField, serializers.BooleanField),
    (forms.DateField, serializers.DateField),
    (forms.IntegerField, serializers.IntegerField),
    (forms.FileField, serializers.FileField),
    (forms.ModelChoiceField, serializers.IntegerField),
)


class ChosenField(forms.Field):
    """A row that is already chosen: by its number, or because the change leaves it alone."""

    def __init__(self, row: Model) -> None:
        super().__init__(required=False)
        self.row = row

    def clean(self, value: Any) -> Model:
        return self.row


class FormSerializer(serializers.Serializer[Any]):
    """Validates by a form. Unknown names are refused, never passed over.

    What is not sent is what the form shows before anybody types: the row's present value, or the default.

    `instance` is the row to change; `context` carries the account, and the row of a verb.
    """

    form_class: type[Any] = forms.Form
    is_change = False
    has_attributes = False
    needs_reason = False

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = {
            name: _described(field, self.is_change) for name, field in self.form_class.base_fields.items()
        }
        if self.has_attributes:
            fields["attributes"] = serializers.DictField(required=False, help_text="种类自己的字段")
        if self.is_change:
            fields["version"] = serializers.IntegerField(
                required=False, help_text="读取时的版本；别人已经改过时返回409"
            )
        if self.needs_reason:
            fields["reason"] = serializers.CharField(max_length=500, label="理由")
        return fields

    @property
    def beside(self) -> list[str]:
        """What is sent along but is not the form's."""
        return ["version"] * self.is_change + ["reason"] * self.needs_reason

    def run_validation(self, data: Any = None) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"__all__": ["请求正文应是一个JSON对象。"]})
        given = _flat(data)
        own = {name: given.pop(name) for name in self.beside if name in given}
        form = self._bound(given)
        if not form.is_valid():
            raise serializers.ValidationError({name: list(found) for name, found in form.errors.items()})
        return {**form.cleaned_data, **self._checked_beside(own)}

    def _checked_beside(self, given: dict[str, Any]) -> dict[str, Any]:
        values = {}
        for name in self.beside:
            field = self.fields[name]
            if name in given or field.required:
                try:
                    values[name] = field.run_validation(given.get(name, serializers.empty))
                except serializers.ValidationError as error:
                    raise serializers.ValidationError({name: error.detail}) from error
        return values

    def _bound(self, given: dict[str, Any]) -> Any:
        form = self._form(given)
        unknown = [name for name in given if name not in form.fields]
        if unknown:
            raise serializers.ValidationError(
                {unknown[0]: [f"没有“{unknown[0]}”这个字段，或者这里不能填写它。"]}
            )
        values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        values |= {name: _given(form.fields[name], name, value) for name, value in given.items()}
        for name, value in values.items():
            if isinstance(value, Model):
                form.fields[name] = ChosenField(value)
        form.data, form.files, form.is_bound = values, _files(given), True
        return form

    def _form(self, given: dict[str, Any]) -> Any:
        options = dict(self.context.get("form", {}))
        kind: Any = self.form_class
        if self.is_change:
            return kind(None, None, instance=self.instance, **options)
        return kind(given, _files(given), **options)


def _files(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if hasattr(value, "chunks")}


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """One level of names: a kind's `attributes` stand beside the common fields, as in the form."""
    many = data.lists() if hasattr(data, "lists") else ()
    given = {name: values if len(values) > 1 else values[0] for name, values in many} or dict(data)
    attributes = given.pop("attributes", None) or {}
    if not isinstance(attributes, dict):
        raise serializers.ValidationError({"attributes": ["应是一个JSON对象。"]})
    return {**attributes, **given}


def _given(field: forms.Field, name: str, value: Any) -> Any:
    if isinstance(field, forms.MultipleChoiceField):
        value = [value] if isinstance(value, str) else value or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise serializers.ValidationError({name: ["应是一组代码。"]})
        return value
    if isinstance(value, (dict, list)):
        raise serializers.ValidationError({name: ["应是一个值，不是一组值。"]})
    if isinstance(field, forms.BooleanField):
        return _yes_or_no(name, value)
    if isinstance(field, PickField) and isinstance(value, int) and not isinstance(value, bool):
        row = field.rows.filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError({name: [f"您的管辖范围内没有编号为{value}的{field.noun}。"]})
        return row
    return "" if value is None else value


def _yes_or_no(name: str, value: Any) -> bool:
    """A form takes any word for yes; a program is told."""
    written = "" if value is None else str(value).strip().lower()
    if written not in _YES_NO:
        raise serializers.ValidationError({name: ["应为 true 或 false。"]})
    return _YES_NO[written]


def _described(field: forms.Field, is_change: bool) -> serializers.Field:
    """A form field in the schema."""
    options: dict[str, Any] = {
        "label": str(field.label or ""),
        "help_text": PICK_HELP if isinstance(field, PickField) else str(field.help_text),
        "required": field.required and field.initial is None and not is_change,
    }
    if not field.required:
        options["allow_null"] = True
    if isinstance(field, forms.MultipleChoiceField):
        return serializers.MultipleChoiceField(choices=_choices(field), **options)
    if isinstance(field, forms.ChoiceField) and _is_listed(field):
        return serializers.ChoiceField(choices=_choices(field), **options)
    if isinstance(field, forms.DecimalField):
        return serializers.DecimalField(field.max_digits, field.decimal_places, **options)
    for kind, described in _FIELDS:
        if isinstance(field, kind):
            return described(**options)
    if getattr(field, "max_length", None):
        options["max_length"] = field.max_length  # type: ignore[attr-defined]
    return serializers.CharField(**options)


def _is_listed(field: forms.ChoiceField) -> bool:
    """Whether the choices are known beforehand; others depend on the row."""
    return not isinstance(field, forms.ModelChoiceField) and bool(_choices(field))


def _choices(field: Any) -> list[tuple[Any, Any]]:
    return [choice for choice in field.choices if choice[0] != ""]


def form_serializer(name: str, form: type[Any], **traits: Any) -> type[FormSerializer]:
    """A named serializer over a form."""
    return type(name, (FormSerializer,), {"form_class": form, **traits})
