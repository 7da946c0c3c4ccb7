"""Forms for tiers, standards, the yearly run, and what became of a grant."""

from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from core.forms import AccountForm, AccountModelForm, DayField, EvidenceField, MoneyField, WordedForm
from funding.models import (
    CountyTier,
    EntryStage,
    FundingTarget,
    SubsidyEntry,
    SubsidyStandard,
)
from funding.models.subsidies import FIRST_YEAR, LAST_YEAR
from unions.forms import UnionField, own_county


def year_field() -> forms.IntegerField:
    wrong = f"年度在 {FIRST_YEAR} 到 {LAST_YEAR} 之间，请写成四位数，如 2023。"
    return forms.IntegerField(
        label="年度",
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        initial=lambda: timezone.localdate().year,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
    )


class TierForm(AccountModelForm):
    union = UnionField(label="县级工会")
    year = year_field()

    class Meta:
        model = CountyTier
        fields = ("year", "tier", "note")

    field_order = ("union", "year", "tier", "note")

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        super().__init__(data, files, account=account, **options)
        if options.get("instance") is not None:
            del self.fields["union"], self.fields["year"]
            self.fields["tier"].help_text = "年中改层级，已下达的补助不变，以后年度按新的层级。"


STANDARD_HELP = {
    "amount": "以元为单位，也可以写成 30万。",
    "valid_to": "从这一天起不再有效；未定的不填。",
    "spend_within": "到账后超过这些月还没有支出的，提出待核。",
}


class StandardForm(AccountModelForm):
    class Meta:
        model = SubsidyStandard
        fields = ("tier", "amount", "valid_from", "valid_to", "spend_within", "basis")
        help_texts = STANDARD_HELP


class StandardChangeForm(AccountModelForm):
    class Meta:
        model = SubsidyStandard
        fields = ("valid_to", "spend_within", "basis")
        help_texts = STANDARD_HELP


class TargetForm(AccountModelForm):
    union = UnionField(label="工会")
    year = year_field()

    class Meta:
        model = FundingTarget
        fields = ("year", "kind", "amount", "basis")
        help_texts: ClassVar = {"amount": "以元为单位，也可以写成 20万。完成额是当年到位的资金，实物不计。"}

    field_order = ("union", "year", "kind", "amount", "basis")

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        initial = {"union": own_county(account), **(options.get("initial") or {})}
        super().__init__(data, files, account=account, **{**options, "initial": initial})
        if options.get("instance") is not None:
            del self.fields["union"]


class EntryForm(AccountForm):
    """Money of a grant that came or was spent."""

    stage = forms.ChoiceField(label="收支", choices=EntryStage.choices)
    amount = MoneyField(label="金额（元）", help_text="以元为单位，也可以写成 5万。")
    occurred_on = forms.DateField(label="日期", initial=timezone.localdate)
    purpose = forms.CharField(label="用途", max_length=200, required=False, help_text="支出必须写明用途。")
    document_no = forms.CharField(label="凭证号", max_length=80, required=False)
    evidence = EvidenceField()


class ArchiveEntryForm(AccountForm):
    entry = forms.ModelChoiceField(SubsidyEntry.objects.none(), label="哪一条", empty_label="请选择")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["entry"]
        field.queryset = SubsidyEntry.objects.visible_to(self.account).active().filter(grant=self.row)


class PreviewForm(WordedForm):
    """For which year, and by the standards of which day."""

    year = year_field()
    granted_on = DayField(label="下达日期")


class RunForm(PreviewForm):
    """The run that was previewed: only the document's number is still to be said."""

    document_no = forms.CharField(label="文号", max_length=80, help_text="下达补助的文件编号。")
    expected = forms.DecimalField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("year", "granted_on"):
            self.fields[name].widget = forms.HiddenInput()
