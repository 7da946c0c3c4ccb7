"""Forms for contracts, supplements and payments."""

from typing import Any

from django import forms
from django.utils import timezone

from cases.project_forms import PartForm
from core.forms import AccountForm, AccountModelForm, EvidenceField, MoneyField
from core.money import yuan
from funding.models import (
    ContractPayment,
    ContractSupplement,
    FundingLine,
    FundingSource,
    FundStage,
    ProjectContract,
)


class ContractFields(forms.Form):
    number = forms.CharField(label="合同编号", max_length=60)
    other_party = forms.CharField(label="对方单位", max_length=120, help_text="施工、供货或服务单位的全称。")
    subject = forms.CharField(label="合同内容", max_length=200, help_text="如“主体工程施工”。")
    amount = MoneyField(label="合同金额（元）", help_text="照合同填写，可写成 320万。")
    signed_on = forms.DateField(label="签订日期")
    planned_finish_on = forms.DateField(label="约定完成日期", required=False)
    evidence = EvidenceField(label="合同文件")
    note = forms.CharField(label="备注", max_length=300, required=False)


class ContractForm(AccountForm, ContractFields):
    """A contract from the project's page."""


class ContractRowForm(PartForm, ContractFields):
    class Meta:
        model = ProjectContract
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _tell_stored(self)


def _tell_stored(form: Any) -> None:
    stored = form.instance.evidence if form.instance.pk else None
    if stored is not None:
        form.fields["evidence"].help_text = f"现有文件：{stored}。不选新文件就保留它。"


class SupplementFields(forms.Form):
    number = forms.CharField(label="协议编号", max_length=60)
    subject = forms.CharField(label="协议内容", max_length=200, help_text="改了什么，如“增加室外管网”。")
    amount = MoneyField(
        label="增减金额（元）",
        initial="0",
        allow_negative=True,
        help_text="增加填正数，减少填负数如 -5万，不涉及金额填 0。",
    )
    signed_on = forms.DateField(label="签订日期", initial=timezone.localdate)
    evidence = EvidenceField(label="协议文件")


class SupplementForm(AccountForm, SupplementFields):
    """A supplement from the contract's page."""


class SupplementRowForm(AccountModelForm, SupplementFields):
    class Meta:
        model = ContractSupplement
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _tell_stored(self)


class PaymentFields(forms.Form):
    amount = MoneyField(label="付款金额（元）")
    paid_on = forms.DateField(label="付款日期", initial=timezone.localdate)
    reference = forms.CharField(label="凭证号", max_length=80, required=False)
    source = forms.ModelChoiceField(
        FundingSource.objects.none(),
        label="资金来源",
        required=False,
        empty_label="没有写明",
        help_text="这笔钱从哪个来源付的；要记入资金支出时必须选。",
    )
    note = forms.CharField(label="备注", max_length=300, required=False)


def _offer_sources(form: Any, county: int) -> None:
    """Sources of the contract's own county."""
    current = FundingSource.objects.visible_to(form.account).filter(archived_at__isnull=True)
    form.fields["source"].queryset = current.filter(county_id=county).order_by("name", "pk")


class PaymentForm(AccountForm, PaymentFields):
    """A payment from the contract's page, and in the same step its line of spending."""

    is_spending = forms.BooleanField(
        label="同时记一笔资金支出",
        required=False,
        initial=True,
        help_text="在资金明细里记一笔“支出”，金额、日期、凭证号与付款一致，不用再填一遍。",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer_sources(self, self.row.county_id)


class PaymentRowForm(AccountModelForm, PaymentFields):
    class Meta:
        model = ContractPayment
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        instance = options.get("instance")
        initial = {"source": instance.source_id if instance else None, **(options.get("initial") or {})}
        super().__init__(*args, **{**options, "initial": initial})
        _offer_sources(self, self.instance.county_id)


class SpendForm(AccountForm):
    source = PaymentFields.base_fields["source"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer_sources(self, self.row.county_id)
        self.fields["source"].initial = self.row.source_id
        self.fields["source"].required = True


class SpendingField(forms.ModelChoiceField):
    """Lines of one amount are told apart by their day and voucher."""

    def label_from_instance(self, obj: Any) -> str:
        voucher = f"凭证号 {obj.document_no}" if obj.document_no else "没有凭证号"
        return f"{obj.recorded_on} {obj.source} {yuan(obj.amount)} 元，{voucher}"


class LinkForm(AccountForm):
    line = SpendingField(
        FundingLine.objects.none(),
        label="支出明细",
        empty_label="请选择",
        help_text="列出这个项目金额相同、还没有对上付款的“支出”明细。",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = FundingLine.objects.visible_to(self.account).active().in_cash()
        field: Any = self.fields["line"]
        field.queryset = own.filter(
            project=self.row.contract.project_id,
            stage=FundStage.SPENT,
            amount=self.row.amount,
            payment__isnull=True,
        ).select_related("source")
