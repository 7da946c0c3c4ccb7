"""The upload form and the filter of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from core.forms import AccountForm, DayField, PickField
from core.imports.units import head
from core.models import ImportRow
from core.resource import Column, Exposure, Kind, Resource
from core.sheets import DEFAULT, column_letters

SUFFIXES = (".xlsx", ".xls", ".csv", ".txt")
FILES_AT_ONCE = 50
NO_FILE = "请选择要导入的表格文件。"


class UploadForm(AccountForm):
    """A file, and what blank cells of some columns mean."""

    file = forms.FileField(
        label="表格文件",
        help_text="xlsx、xls 或 csv。标题行、合并单元格、合计行都可以留着，系统会自己找表头。",
        widget=forms.FileInput({"accept": ",".join(SUFFIXES)}),
        error_messages={
            "required": NO_FILE,
            "missing": NO_FILE,
            "empty": "文件是空的。请确认上传的是填好的表格。",
        },
    )

    def __init__(self, *arguments: Any, resource: Resource, **options: Any) -> None:
        self.resource = resource
        self.defaulted = [resource.column(key) for key in resource.options.get("defaults", ())]
        super().__init__(*arguments, **options)
        for column in self.defaulted:
            self.fields[column.key] = _default_field(column, self.account)
        self.fields["file"].error_messages["required"] = NO_FILE

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        name = (file.name or "").lower()
        if not name.endswith(SUFFIXES):
            raise forms.ValidationError("只能导入 xlsx、xls 或 csv 表格。请在表格软件中另存为 .xlsx 后上传。")
        refuse_size(file)
        return file

    def defaults(self) -> dict[str, str]:
        """What blank cells mean, in the words a cell could hold."""
        given = {column.key: self.cleaned_data.get(column.key) for column in self.defaulted}
        return {key: _word(value) for key, value in given.items() if value}


def refuse_size(file: UploadedFile) -> None:
    """Empty and oversized files are not worth a sandbox."""
    if not file.size:
        raise forms.ValidationError(f"文件“{file.name}”是空的。请确认上传的是填好的表格。")
    largest = DEFAULT.bytes_of(file.name or "")
    if file.size > largest:
        limit = largest // 1024**2
        raise forms.ValidationError(
            f"文件“{file.name}”超过 {limit} MB。请拆成几个文件，或删去图片后重新上传。"
        )


def _default_field(column: Column, account: Any) -> forms.Field:
    label, rule = f"空格的{column.label}", f"表里没有“{column.label}”列，或某一行没有填写时，按这里的算。"
    if column.kind is Kind.UNION:
        model = apps.get_model(settings.UNION_MODEL)
        field = PickField(
            model, lookups=("code", "name"), noun="工会", label=label, required=False, help_text=rule
        )
        field.limit(account)
        return field
    if column.kind is Kind.DATE:
        return DayField(label=label, required=False, help_text=rule)
    return forms.CharField(label=label, required=False, help_text=rule)


def _word(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(getattr(value, "code", value))


class FilesInput(forms.ClearableFileInput):
    """Several files in one field."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """The tables among several files; what is no table (in a folder there is much else) is left out."""

    def to_python(self, data: Any) -> Any:
        return data

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list) else [data] if data else []
        return [file for file in files if _is_table(file.name or "")]


def _is_table(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(("~$", "."))


class PileForm(forms.Form):
    """Several files, or a folder."""

    several = FilesField(
        label="表格文件",
        required=False,
        widget=FilesInput({"accept": ",".join(SUFFIXES)}),
        help_text="一个或几个文件（按住 Ctrl 选多个），也可以直接拖到这里。标题行、合并单元格、合计行都可以留着。",
    )
    folder = FilesField(
        label="或整个文件夹",
        required=False,
        widget=FilesInput({"webkitdirectory": True}),
        help_text="文件夹里不是表格的文件不读取。",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.chosen: list[UploadedFile] = [*data.get("several", ()), *data.get("folder", ())]
        if not self.chosen:
            raise forms.ValidationError(f"没有选到表格。请选择 {'、'.join(SUFFIXES)} 文件。")
        if len(self.chosen) > FILES_AT_ONCE:
            raise forms.ValidationError(
                f"一次最多 {FILES_AT_ONCE} 个文件，现在是 {len(self.chosen)} 个。请分几次上传。"
            )
        for file in self.chosen:
            refuse_size(file)
        return data


class PlanFilter(forms.Form):
    """Which rows of the plan are shown."""

    plan = forms.ChoiceField(label="处理为", required=False, choices=[("", "全部"), *ImportRow.Plan.choices])
    number = forms.IntegerField(
        label="从第几行起", required=False, min_value=1, widget=forms.NumberInput({"size": 6})
    )


NOT_READ = "（不读取）"


class SheetForm(forms.Form):
    """Which worksheet is read, and where its header stands."""

    sheet = forms.ChoiceField(label="工作表")
    header_row = forms.IntegerField(
        label="表头在第几行",
        required=False,
        min_value=1,
        help_text="不填时由系统找。表头占两行的，填下面一行。",
    )

    def __init__(self, *arguments: Any, reading: dict[str, Any], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["sheet"]
        field.choices = [(name, name) for name in reading.get("sheets", [])]


class ColumnsForm(forms.Form):
    """What every column of the sheet is read as."""

    def __init__(self, *arguments: Any, reading: dict[str, Any], resource: Resource, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = [("", NOT_READ), *((c.key, _choice(c)) for c in resource.importable)]
        for column in reading.get("columns", []):
            self.fields[f"c{column['index']}"] = forms.ChoiceField(
                label=column_letters(column["index"]),
                required=False,
                choices=choices,
                initial=column["key"],
                widget=forms.Select({"class": "form-select"}),
            )

    def columns(self) -> dict[int, str]:
        """The chosen keys by column."""
        return {int(name[1:]): key for name, key in self.cleaned_data.items()}


def _choice(column: Column) -> str:
    return f"{column.label}（必填）" if column.required else column.label


class KindFilter(forms.Form):
    """Which kind of problem is shown."""

    kind = forms.ChoiceField(label="问题为", required=False)

    def __init__(self, *arguments: Any, kinds: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["kind"]
        field.choices = [("", "全部问题"), *kinds]


class FillForm(forms.Form):
    """One value for a column of all held rows."""

    column = forms.ChoiceField(label="列")
    value = forms.CharField(label="填为", max_length=200)
    only_blank = forms.BooleanField(
        label="只填空格", required=False, initial=True, help_text="不勾选时，所有有问题的行都改成这个值。"
    )
    instead_of = forms.CharField(
        label="只改写着",
        max_length=200,
        required=False,
        help_text="填写后，只把这一列正好写着这些字的格子改掉，如写错的工会名称；不填按上一项。",
    )

    def __init__(self, *arguments: Any, resource: Resource, units: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["column"]
        field.choices = [(c.key, head(units, c)) for c in resource.importable if c.exposure is Exposure.OPEN]


class DismissForm(forms.Form):
    """Why held rows need no more work."""

    reason = forms.CharField(
        label="理由", max_length=500, help_text="如：已在会员页面逐个办理，或这些人已不在本单位。"
    )
