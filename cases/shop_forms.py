"""Forms for shops and for every step of their life."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from cases.forms import RowField
from cases.kinds import kinds_of
from cases.models import HIGHEST, LOWEST, PartnerShop, Programme, ShopPause
from core import checks
from core.forms import AccountForm, AccountModelForm, EvidenceField, MoneyField

EXCLUSIVE = "从这一天起不再供餐；未定的不填。"


class ServingProgrammeField(RowField):
    """A programme with shops, of the account's scope, by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Programme, noun="服务项目", **{"label": "服务项目", **options})

    def limit(self, account: Any) -> None:
        super().limit(account)
        served = [kind.key for kind in kinds_of("programme") if kind.serves_meals]
        self.rows = self.rows.filter(kind__in=served)
        widget: Any = self.widget
        widget.options = [self.words(row) for row in self.rows[:300]]


class _ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class ChangeShopForm(AccountModelForm):
    """What describes a shop."""

    class Meta:
        model = PartnerShop
        fields = (
            "name",
            "office",
            "address",
            "longitude",
            "latitude",
            "contact_post",
            "phone",
            "serves_from",
            "serves_until",
            "applied_on",
        )
        help_texts = {
            "longitude": "如 101.784500。与纬度一起填写，门店才出现在地图上。",
            "latitude": "如 36.617200。",
            "contact_post": "如“店长”。不写个人姓名。",
            "serves_from": "与项目的供餐时间不同的才填。",
            "serves_until": "与项目的供餐时间不同的才填。",
        }
        widgets = {"serves_from": _ClockInput(), "serves_until": _ClockInput()}

    def clean_name(self) -> str:
        return checks.written(self.cleaned_data["name"])


class ShopForm(ChangeShopForm):
    """A new shop: one that applies, or one that serves already under a contract."""

    programme = ServingProgrammeField()
    valid_from = forms.DateField(
        label="合同起始日期", required=False, help_text="已经签约的才填；只是申请的，以后再登记检查和合同。"
    )
    valid_to = forms.DateField(label="合同终止日期", required=False, help_text=EXCLUSIVE)
    contract_no = forms.CharField(label="合同编号", max_length=60, required=False)
    discount = MoneyField(
        label="每份让利（元）", required=False, help_text="门店每份少收的钱，如 1；没有让利的填 0。"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(["programme", "name", "office", "address"])
        given = str(self.initial.get("programme", ""))
        if given.isdecimal():
            self.initial["programme"] = int(given)


class ProgrammeShopForm(ShopForm):
    """A new shop of the programme on whose page the form stands."""

    programme = None  # type: ignore[assignment]

    def __init__(self, *args: Any, row: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.row = row


class InspectionForm(AccountForm):
    inspected_on = forms.DateField(label="检查日期", initial=timezone.localdate)
    passed = forms.TypedChoiceField(
        label="结果",
        choices=[("yes", "合格"), ("no", "不合格")],
        coerce=lambda value: value == "yes",
    )
    findings = forms.CharField(
        label="检查情况", max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )


class RefusalForm(AccountForm):
    refusal = forms.CharField(label="未通过原因", max_length=500, widget=forms.Textarea({"rows": 3}))


class ContractForm(AccountForm):
    valid_from = forms.DateField(label="合同起始日期", initial=timezone.localdate)
    valid_to = forms.DateField(label="合同终止日期", required=False, help_text=EXCLUSIVE)
    contract_no = forms.CharField(label="合同编号", max_length=60, required=False)
    discount = MoneyField(
        label="每份让利（元）", required=False, help_text="门店每份少收的钱，如 1；没有让利的填 0。"
    )
    evidence = EvidenceField(label="合同文件")


class CorrectContractForm(AccountForm):
    valid_from = forms.DateField(label="合同起始日期")
    valid_to = forms.DateField(label="合同终止日期", required=False, help_text=EXCLUSIVE)
    contract_no = forms.CharField(label="合同编号", max_length=60, required=False)
    discount = MoneyField(label="每份让利（元）", required=False, help_text="没有让利的填 0。")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        contract = self.row.newest_contract
        for name in ("valid_from", "valid_to", "contract_no", "discount") if contract else ():
            self.fields[name].initial = getattr(contract, name)


class AttachContractForm(AccountForm):
    evidence = EvidenceField(label="合同文件", required=True)


class EndShopForm(AccountForm):
    valid_to = forms.DateField(label="终止日期", help_text="从这一天起不再供餐。", initial=timezone.localdate)


class PauseForm(AccountForm):
    first = forms.DateField(label="第一天", initial=timezone.localdate)
    last = forms.DateField(label="最后一天", help_text="这一天也不供餐。")
    cause = forms.CharField(label="原因", max_length=500, required=False, help_text="如“春节放假”。")


class SuspendForm(AccountForm):
    valid_from = forms.DateField(label="从哪天起", initial=timezone.localdate)
    cause = forms.CharField(label="原因", max_length=500, widget=forms.Textarea({"rows": 3}))


class RatingForm(AccountForm):
    stars = forms.TypedChoiceField(
        label="评分",
        choices=[(str(stars), f"{stars}分") for stars in range(HIGHEST, LOWEST - 1, -1)],
        coerce=int,
        help_text="5分最好，1分最差。",
    )
    words = forms.CharField(
        label="意见", max_length=200, required=False, help_text="照职工的原话写，不写姓名。"
    )


class DoubtForm(AccountForm):
    words = forms.CharField(
        label="疑问",
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text="写明哪里不对，如“门店反映本人当天没有来”。门店对账时看得到这句话，不写反映人的姓名。",
    )


class CancelPauseForm(AccountForm):
    pause = forms.ModelChoiceField(
        ShopPause.objects.none(),
        label="登记错的停供",
        empty_label="请选择",
        error_messages={"required": "请选择。"},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["pause"]
        field.queryset = ShopPause.objects.visible_to(self.account).active().filter(shop=self.row)
        field.label_from_instance = _pause_words


def _pause_words(pause: ShopPause) -> str:
    until = f"至 {pause.valid_to - timedelta(days=1)}" if pause.valid_to else "起"
    why = f"（{pause.reason}）" if pause.reason else ""
    return f"{pause.get_kind_display()} {pause.valid_from} {until}{why}"


class LiftForm(AccountForm):
    valid_to = forms.DateField(label="恢复供餐日期", initial=timezone.localdate)
