"""Form parts that every package uses: forms that know the account, and a field that picks a row by words."""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, Q
from django.db.models.fields import BLANK_CHOICE_DASH

from core import checks, evidence
from core.actions import Refused
from core.exposure import Exposed, exposure_of

OPTIONS_SHOWN = 300
if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class PickWidget(forms.TextInput):
    """A text box with suggestions; works without JavaScript and with thousands of rows."""

    template_name = "components/pick.html"

    def __init__(self) -> None:
        super().__init__({"autocomplete": "off"})
        self.options: list[str] = []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["options"] = self.options
        list_id = f"{context['widget']['attrs'].get('id', name)}_options"
        context["widget"]["attrs"]["list"] = context["widget"]["list_id"] = list_id
        return context


class PickField(forms.Field):
    """One visible row, typed or chosen by any of `lookups` (the first is shown beside the name)."""

    def __init__(
        self, model: type[Model], *, lookups: Sequence[str] = ("name",), noun: str, **options: Any
    ) -> None:
        super().__init__(widget=PickWidget(), **options)
        self.model, self.lookups, self.noun = model, tuple(lookups), noun
        self.rows: Any = None
        self.archived: Any = None

    def limit(self, account: Any) -> None:
        """Offer only what the account may see."""
        manager: Any = self.model._default_manager
        rows = manager.visible_to(account)
        names = {field.name for field in self.model._meta.get_fields()}
        keeps = "archived_at" in names
        self.rows = rows.filter(archived_at__isnull=True) if keeps else rows
        self.archived = rows.filter(archived_at__isnull=False) if keeps else rows.none()
        widget: Any = self.widget
        widget.options = [self.words(row) for row in self.rows[:OPTIONS_SHOWN]]

    def words(self, row: Any) -> str:
        code = getattr(row, "code", "")
        return f"{code} {row}" if code and "code" in self.lookups else str(row)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Model):
            return self.words(value)
        if isinstance(value, int) and self.rows is not None:
            row = self.rows.filter(pk=value).first()
            return self.words(row) if row else ""
        return value

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        found = self.meant(self.rows, text)
        if not found:
            raise forms.ValidationError(self.missing(text))
        if len(found) > 1:
            raise forms.ValidationError(f"有多个{self.noun}叫“{text}”，请用编码填写。")
        return found[0]

    def meant(self, rows: Any, text: str) -> list[Any]:
        """The rows that the text may mean, at most two of them."""
        words = {text, text.split(" ", 1)[0]} if "code" in self.lookups else {text}
        wanted = Q()
        for lookup in self.lookups:
            wanted |= Q(**{f"{lookup}__in": words})
        return list(rows.filter(wanted)[:2])

    def missing(self, text: str) -> str:
        """Why the text means no row; an archived one is named with the way back."""
        if self.meant(self.archived, text):
            return f"{self.noun}“{text}”已归档，请先在它的页面“恢复”，再填写。"
        return f"您的管辖范围内没有“{text}”这个{self.noun}，请从提示中选择。"

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != (data or ""))


class DayField(forms.Field):
    """A day in any of the forms people write: 2023-03-01, 2023.3.1, 2023年3月1日, 20230301."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput({"placeholder": "2023-03-01", "data-check": "date", "autocomplete": "off"})
        super().__init__(widget=widget, **options)

    def to_python(self, value: Any) -> date | None:
        try:
            return checks.day(value)
        except checks.Problem as problem:
            raise forms.ValidationError(f"{problem.reason}。{problem.remedy}。") from problem


class MoneyField(forms.Field):
    """An amount in yuan; 20万 and 1,234.50 are understood. Nothing typed is lost to the browser's own box."""

    def __init__(self, *, allow_negative: bool = False, **options: Any) -> None:
        self.allow_negative = allow_negative
        widget = forms.TextInput({"inputmode": "decimal", "data-check": "amount", "autocomplete": "off"})
        super().__init__(widget=widget, **options)

    def to_python(self, value: Any) -> Decimal | None:
        try:
            return checks.money(value, allow_negative=self.allow_negative)
        except checks.Problem as problem:
            raise forms.ValidationError(f"{problem.reason}。{problem.remedy}。") from problem


class EvidenceField(forms.FileField):
    """A document; wrong files are told at the form already."""

    def __init__(self, **options: Any) -> None:
        widget = forms.FileInput({"accept": evidence.ACCEPT})
        shared = {"label": "凭证文件", "required": False, "help_text": evidence.HELP, "widget": widget}
        super().__init__(**{**shared, **options})

    def clean(self, data: Any, initial: Any = None) -> UploadedFile | None:
        upload = super().clean(data, None)
        if upload:
            try:
                evidence.refuse_wrong(upload)
            except Refused as refused:
                raise forms.ValidationError(refused.message) from refused
        return upload or None


def _plain(field: forms.Field, kind: type[forms.Field]) -> forms.Field:
    """The same field in the form in which people write it."""
    return kind(label=field.label, required=field.required, help_text=field.help_text, initial=field.initial)


def _told(rule: Callable[[Any], Any]) -> Callable[[Any], None]:
    """The rule of an action, told at the form together with everything else that is wrong there."""

    def validate(value: Any) -> None:
        try:
            rule(value)
        except checks.Problem as problem:
            raise forms.ValidationError(f"{problem.reason}。{problem.remedy}。") from problem

    return validate


RULES = {"id_number": _told(checks.id_number), "mobile": _told(checks.mobile_phone)}


def _prepare(form: Any, account: Any) -> None:
    for name, field in form.fields.items():
        if isinstance(field, PickField):
            field.limit(account)
        elif isinstance(field, forms.DateField):
            form.fields[name] = _plain(field, DayField)
        elif isinstance(field, forms.DecimalField) and "元" in str(field.label):
            form.fields[name] = _plain(field, MoneyField)
        elif name == "credit_code":
            field.widget.attrs["data-check"] = "credit"
        elif name == "id_number":
            field.widget.attrs |= {"data-check": "identity", "autocomplete": "off"}
    for name, field in form.fields.items():
        _word(name, field)


TOO_LONG = "最多 %(limit_value)d 个字，现在是 %(show_value)d 个。请缩短。"
DASHES = BLANK_CHOICE_DASH[0][1]


def _word(name: str, field: forms.Field) -> None:
    """What a field says and checks by its name."""
    if name in RULES:
        field.validators = [*field.validators, RULES[name]]
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        choices: Any = field.choices
        field.choices = [
            (value, "未填" if value == "" and label == DASHES else label) for value, label in choices
        ]
    if isinstance(field, forms.CharField):
        # A browser cuts what is longer without a word; the sentence of the check says so.
        field.widget.attrs.pop("maxlength", None)
        field.error_messages["max_length"] = TOO_LONG
    field.error_messages["required"] = f"请填写{field.label}。"


def _plain_fields(row: Model) -> set[str]:
    """Names of what a form may show of a row as it stands: open values, no relations."""
    fields = row._meta.concrete_fields
    return {f.name for f in fields if not f.is_relation and exposure_of(f) is Exposed.OPEN}


class TypedNumberField(forms.CharField):
    """A number as it is typed on a phone: full-width digits and blanks between them count as what they mean."""

    def to_python(self, value: Any) -> str:
        return "".join(unicodedata.normalize("NFKC", str(value or "")).split())


class WordedForm(forms.Form):
    """A form whose fields say what is missing in the words of the portal."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            _word(name, field)


class AccountForm(forms.Form):
    """A form for a verb of a row: knows the account and the row."""

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, row: Any = None, **options: Any):
        super().__init__(data, files, **options)
        self.account, self.row = account, row
        _prepare(self, account)


class AccountModelForm(ModelForm):
    """A form for a row. It validates and hands `cleaned_data` to an action; it never saves."""

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        instance = options.get("instance")
        if instance is not None:
            plain = _plain_fields(instance)
            shown = {
                name: getattr(instance, name)
                for name, field in self.base_fields.items()
                if isinstance(field, PickField) or name in plain
            }
            options["initial"] = {**shown, **options.get("initial", {})}
        super().__init__(data, files, **options)
        self.account = account
        _prepare(self, account)

    def _post_clean(self) -> None:
        """The action validates the row; a half-filled instance must not be changed here."""

    def save(self, commit: bool = True) -> Any:
        raise NotImplementedError("rows are saved by actions")
