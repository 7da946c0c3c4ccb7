"""What people type about figures."""

from typing import Any

from django import forms
from django.utils import timezone

from core.checks import Problem
from core.forms import AccountModelForm, WordedForm
from core.models import Finding
from core.quarters import Quarter
from metrics import declaring
from metrics.indicators import CHOICES, INDICATORS, REGISTRY
from metrics.models import DeclaredFigure, IndicatorTarget, SourceDocument
from unions.forms import UnionField
from unions.models import Account

State = Finding.State
WHOLE = "whole"
AHEAD = 8


# Nothing is computed for earlier quarters.
FIRST = min(indicator.since_quarter for indicator in INDICATORS)


class QuarterSelect(forms.Select):
    """Quarters to choose from, newest first: every one that can have figures, and `ahead` to come."""

    def __init__(self, *, ahead: int = 0, blank: str = "") -> None:
        self.ahead, self.blank = ahead, blank
        super().__init__()

    @property
    def choices(self) -> Any:
        last = Quarter.of(timezone.localdate()).shift(self.ahead)
        offered = [(str(quarter), quarter.label) for quarter in FIRST.until(last)]
        return [("", self.blank or "请选择"), *reversed(offered)]

    @choices.setter
    def choices(self, value: Any) -> None:
        """They follow from the day and cannot be set."""


class QuarterField(forms.CharField):
    """A quarter, chosen from a list; programs write 2023Q1."""

    def __init__(self, *, ahead: int = 0, blank: str = "", **options: Any) -> None:
        super().__init__(max_length=6, widget=QuarterSelect(ahead=ahead, blank=blank), **options)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return str(Quarter.parse(text))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class DashboardForm(forms.Form):
    """Which quarter, and which indicator on the charts."""

    quarter = forms.ChoiceField(label="季度")
    indicator = forms.ChoiceField(label="图表指标为", choices=CHOICES)

    def __init__(self, quarters: list[Quarter], data: dict[str, str]) -> None:
        super().__init__(data)
        field: Any = self.fields["quarter"]
        field.choices = [(str(quarter), quarter.label) for quarter in quarters]


class ComputeForm(WordedForm):
    """Ask for a quarter again."""

    quarter = QuarterField(label="季度", initial=lambda: str(Quarter.of(timezone.localdate()).shift(-1)))


class ExplainForm(WordedForm):
    """The outcome of a finding and its reason."""

    state = forms.ChoiceField(
        label="处理结果",
        choices=[choice for choice in State.choices if choice[0] != State.OPEN],
        help_text="已说明：数字有道理，写明原因。源头更正：原始记录已改。维持：数字有疑问，暂按原数保留。",
    )
    explanation = forms.CharField(
        label="说明",
        max_length=500,
        widget=forms.Textarea({"rows": 4}),
        help_text="写明原因和依据。数字本身不会因此改动。",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class _AreaForm(AccountModelForm):
    """A form about a county or a place above it."""

    def __init__(self, data: Any = None, files: Any = None, *, account: Account, **options: Any) -> None:
        own = {"union": account.union} if account.union.is_area else {}
        super().__init__(
            data, files, account=account, **{**options, "initial": own | (options.get("initial") or {})}
        )
        union: Any = self.fields["union"]
        union.rows = union.rows.areas()
        union.widget.options = [union.words(row) for row in union.rows]


class _TargetFields(forms.Form):
    value = forms.DecimalField(
        label="目标值（%）", max_digits=5, decimal_places=1, min_value=0, max_value=100
    )
    direction = forms.ChoiceField(label="要求", choices=IndicatorTarget.Direction.choices)
    until_quarter = QuarterField(label="截止季度", required=False, ahead=AHEAD, blank="一直有效")
    source = forms.CharField(label="依据", max_length=200, help_text="写明文件名称或文号。")


class TargetForm(_AreaForm, _TargetFields):
    """A target for a place and everything below it."""

    indicator = forms.ChoiceField(label="指标", choices=CHOICES)
    union = UnionField(label="适用工会及其下级", help_text="下级另设目标时，以下级为准。")
    from_quarter = QuarterField(label="起始季度", ahead=AHEAD)
    field_order = ("indicator", "union", "direction", "value", "from_quarter", "until_quarter", "source")

    class Meta:
        model = IndicatorTarget
        fields: tuple[str, ...] = ()


class ChangeTargetForm(AccountModelForm, _TargetFields):
    """What of a target may change."""

    field_order = ("direction", "value", "until_quarter", "source")

    class Meta:
        model = IndicatorTarget
        fields: tuple[str, ...] = ()


class _HalvesFields(forms.Form):
    """The figure as the document has it; a rate needs both of its halves."""

    printed = forms.CharField(
        label="申报数（照原文）", max_length=40, required=False, help_text="写成 22/21 时，后面两格不用填。"
    )
    numerator = forms.CharField(label="分子", max_length=24, required=False)
    denominator = forms.CharField(
        label="分母", max_length=24, required=False, help_text="没有分母的不能申报，也不要写成 0 或 100%。"
    )
    as_of = forms.DateField(label="截至日期", required=False)
    source = forms.CharField(label="来源", max_length=200, required=False, help_text="哪份报表或文件。")
    document = forms.ModelChoiceField(
        SourceDocument.objects.filter(archived_at__isnull=True),
        label="来源文献",
        required=False,
        empty_label="没有登记的文献",
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        try:
            read = declaring.read(*(values.pop(name, "") for name in ("printed", "numerator", "denominator")))
        except Problem as problem:
            raise forms.ValidationError({"printed": f"{problem.reason}。{problem.remedy}。"}) from problem
        if read is None:
            raise forms.ValidationError({"printed": f"请填写申报数。{declaring.BOTH}。"})
        halves = {"numerator": read.numerator, "denominator": read.denominator, "printed": read.printed}
        return values | halves


def _group_choices() -> list[tuple[str, str]]:
    """Every group of every indicator once, by its words."""
    found = {
        ":".join(filter(None, group)): words
        for one in INDICATORS
        for group, words in declaring.groups_of(one)
    }
    return [(WHOLE, declaring.WHOLE), *found.items()]


class DeclaredForm(_HalvesFields, _AreaForm):
    """A figure that a county declares."""

    union = UnionField(label="工会")
    indicator = forms.ChoiceField(label="指标", choices=CHOICES)
    quarter = QuarterField(label="季度")
    group = forms.ChoiceField(
        label="组别", choices=_group_choices, initial=WHOLE, help_text="只有分组数的才选，如事业单位。"
    )
    field_order = ("union", "indicator", "quarter", "group", "printed", "numerator", "denominator")

    class Meta:
        model = DeclaredFigure
        fields: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        group, indicator = values.pop("group", ""), REGISTRY.get(values.get("indicator", ""))
        if indicator is not None:
            try:
                key, value = declaring.group_of(indicator, "" if group == WHOLE else group)
            except Problem as problem:
                raise forms.ValidationError({"group": f"{problem.reason}。请另选一组。"}) from problem
            values |= {"group_key": key, "group_value": value}
        return values


class CorrectForm(_HalvesFields, AccountModelForm):
    """What of a declared figure may be put right, and why."""

    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea({"rows": 3}))

    class Meta:
        model = DeclaredFigure
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any = None, files: Any = None, *, instance: Any = None, **options: Any) -> None:
        words = {half: getattr(instance, f"{half}_words", "") for half in ("numerator", "denominator")}
        initial = {
            **words,
            "document": getattr(instance, "document_id", None),
            **(options.pop("initial", None) or {}),
        }
        super().__init__(data, files, instance=instance, initial=initial, **options)
