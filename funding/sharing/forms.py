"""The form of a cost-sharing rule: the payers are typed as one writes them, one a line."""

from typing import Any

from django import forms
from django.utils import timezone

from cases.forms import RowField
from cases.models import Programme
from core.forms import AccountModelForm, MoneyField
from funding.models import CostShareRule
from funding.settling.splitting import why_not_whole
from funding.settling.wording import NotUnderstood, read_payers

PAYERS_HELP = (
    "一方一行。写明每份多少元，或在余下的钱里占的比例。来源照“资金来源”里登记的名称写；商家和职工写“商家让利”“职工个人”。"
    "几家合出、各出多少没有公布的，写共同来源的名称，不硬拆。"
)


class RuleForm(AccountModelForm):
    programme = RowField(Programme, noun="服务项目", label="服务项目")
    face_value = MoneyField(label="每份标准（元）", help_text="每人每天一份的价值，如 11。")
    payers = forms.CharField(
        label="各方分担",
        max_length=2000,
        help_text=PAYERS_HELP,
        widget=forms.Textarea(
            {"rows": 5, "placeholder": "职工个人 1元\n商家让利 2元\n省总工会 比例1.8\n区总工会 比例1"}
        ),
    )
    field_order = ("programme", "face_value", "payers", "valid_from", "valid_to", "note")

    class Meta:
        model = CostShareRule
        fields = ("valid_from", "valid_to", "note")
        help_texts = {
            "valid_from": "从这一天的就餐起适用。",
            "valid_to": "从这一天起不再适用；还在执行的不填。标准或各方变动时，给原办法填终止日期，另登记一个。",
            "note": "如文件名称和文号。",
        }

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        instance = options.get("instance")
        given = options.get("initial") or {}
        initial = {name: _number(value) for name, value in given.items()}
        if instance is not None:
            initial["payers"] = instance.payers_text.replace("；", "\n")
            initial["face_value"] = instance.face_value
        else:
            initial.setdefault("valid_from", timezone.localdate())
        super().__init__(data, files, account=account, **{**options, "initial": initial})
        if instance is not None:
            del self.fields["programme"]

    def clean(self) -> dict[str, Any]:
        """What the action would refuse is told together with everything else."""
        values = super().clean() or self.cleaned_data
        if values.get("payers") and values.get("face_value"):
            try:
                parts = [payer.part for payer in read_payers(values["payers"])]
                problem = why_not_whole(values["face_value"], parts)
            except NotUnderstood as error:
                problem = str(error)
            if problem:
                self.add_error("payers", problem)
        return values


def _number(value: Any) -> Any:
    """`?programme=12` chooses the row with that number."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value
