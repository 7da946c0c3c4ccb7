"""What people type about figures."""

from typing import Any

from django import forms
from django.utils import timezone

from core.forms import PickField, WordedForm
from core.models import Finding
from core.quarters import Quarter
from metrics.indicators import CHOICES
from metrics.models import IndicatorTarget
from unions.models import Account, Union

State = Finding.State


class QuarterField(forms.CharField):
    """A quarter, written 2023Q1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=6, help_text="写成 2023Q1 这样的形式。", **options)

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


class FindingFilterForm(forms.Form):
    """Which findings to show."""

    state = forms.ChoiceField(label="状态为", required=False, choices=[("", "全部"), *State.choices])


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


class TargetForm(WordedForm):
    """A target for a place and everything below it."""

    indicator = forms.ChoiceField(label="指标", choices=CHOICES)
    union = PickField(Union, lookups=("code", "name"), noun="工会", label="适用工会及其下级")
    direction = forms.ChoiceField(label="要求", choices=IndicatorTarget.Direction.choices)
    value = forms.DecimalField(
        label="目标值（%）", max_digits=5, decimal_places=1, min_value=0, max_value=100
    )
    from_quarter = QuarterField(label="起始季度")
    until_quarter = QuarterField(label="截止季度", required=False)
    source = forms.CharField(label="依据", max_length=200, help_text="写明文件名称或文号。")

    def __init__(self, data: Any = None, *, account: Account) -> None:
        super().__init__(data)
        union: Any = self.fields["union"]
        union.limit(account)
        union.initial = account.union
        union.rows = union.rows.areas()
        union.widget.options = [union.words(row) for row in union.rows]
