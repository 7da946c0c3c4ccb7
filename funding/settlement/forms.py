"""Forms of the monthly settlement."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from cases.forms import RowField
from cases.models import PartnerShop, Programme
from core.forms import AccountForm, AccountModelForm, MoneyField
from funding.actions.months import without_statement
from funding.models import Decision, ExceptionReason, Settlement, SettlementCorrection, ShopStatement
from funding.settlement.forecast import next_to_settle
from funding.settling.calendar import read_month


class MonthField(forms.Field):
    """A month, as `2023-01`; any of its days means it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput({"type": "month"}, format="%Y-%m")
        super().__init__(**{"label": "月份", "widget": widget, **options})

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return value.replace(day=1) if value else None
        found = read_month(str(value))
        if found is None:
            raise forms.ValidationError("看不出是哪个月，请写成 2023-01。")
        return found


def last_month() -> date:
    """The first day of the month before this one."""
    return (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _due(account: Any, programme: Any) -> dict[str, Any]:
    """The month to be worked out next, where one waits."""
    found = next_to_settle(account, programme if isinstance(programme, int) else None)
    return {"programme": found[0], "month": found[1]} if found else {}


class DraftForm(AccountModelForm):
    """Which month of which programme is worked out."""

    programme = RowField(Programme, noun="服务项目", label="服务项目")
    month = MonthField(
        initial=last_month,
        help_text="先填好的是最早一个有打卡、还没有结算的月份。月底之后生成；可以重复生成，已经处理的疑点不会丢。",
    )

    class Meta:
        model = Settlement
        fields = ()

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        given = options.get("initial") or {}
        initial = {name: _number(value) for name, value in given.items()}
        if isinstance(initial.get("month"), str):
            initial["month"] = date.fromisoformat(f"{initial['month'][:7]}-01")
        if data is None and "month" not in initial:
            initial |= _due(account, initial.get("programme"))
        super().__init__(data, files, account=account, **{**options, "initial": initial})


class _ShopsOfMonth(AccountForm):
    """A form of a month that may be limited to one of its shops."""

    def offer_shops(self, shops: Any) -> None:
        field: Any = self.fields["shop"]
        field.queryset = PartnerShop.objects.visible_to(self.account).filter(pk__in=shops).order_by("name")


_ALL_SHOPS: dict[str, Any] = {"label": "门店", "required": False, "empty_label": "全部门店"}
_DECISIONS = [choice for choice in Decision.choices if choice[0] != Decision.OPEN]
_DECISION_HELP = (
    "认可的计入应付；有异议的不付，留在档案里。门店报数比打卡少的，认可即按打卡结算，有异议即按门店报数结算。"
)


class DecideManyForm(_ShopsOfMonth):
    kind = forms.ChoiceField(
        label="哪一类", choices=[("", "全部待定疑点"), *ExceptionReason.choices], required=False
    )
    shop = forms.ModelChoiceField(PartnerShop.objects.none(), **_ALL_SHOPS)
    decision = forms.ChoiceField(label="处理", choices=_DECISIONS, help_text=_DECISION_HELP)
    words = forms.CharField(label="理由", max_length=300, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.row is not None:
            self.offer_shops(self.row.exceptions.filter(decision=Decision.OPEN).values("shop"))


class DecideForm(AccountForm):
    decision = forms.ChoiceField(label="处理", choices=_DECISIONS, help_text=_DECISION_HELP)
    words = forms.CharField(label="理由", max_length=300, widget=forms.Textarea({"rows": 3}))


class ConfirmForm(AccountForm):
    how = forms.CharField(
        label="怎样确认的", max_length=200, help_text="如“盖章对账单”。门店在自己手机上确认的不用登记。"
    )


class CheckForm(AccountForm):
    """Asks about shops without a statement, where there are any."""

    without_statements = forms.BooleanField(label="没有报数的门店按打卡结算", required=False)
    reason = forms.CharField(
        label="不等报数的理由",
        required=False,
        max_length=200,
        widget=forms.Textarea({"rows": 2}),
        help_text="勾选时填写，留在操作记录里。",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.row is None:
            return
        names = list(self.row.lines.without_statement().values_list("shop__name", flat=True))
        if names:
            self.fields["without_statements"].help_text = without_statement(names)
        else:
            del self.fields["without_statements"], self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("without_statements") and not given.get("reason"):
            self.add_error("reason", "请写明为什么不等这些门店报数。")
        return given


class PayForm(_ShopsOfMonth):
    shop = forms.ModelChoiceField(
        PartnerShop.objects.none(),
        **_ALL_SHOPS,
        help_text="不选就是把还没付的门店一次付清；分次付的逐家登记。",
    )
    reference = forms.CharField(label="付款凭证号", max_length=80, help_text="银行回单或支付凭证的号码。")
    paid_on = forms.DateField(label="付款日期", initial=timezone.localdate)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.row is not None:
            self.offer_shops(self.row.lines.due().values("shop"))


class CorrectForm(AccountForm):
    meals = forms.IntegerField(
        label="份数",
        help_text="少付的填正数，多付的填负数，如 -3。记入下一个生成的月份，原来的月份不变。",
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    day = forms.DateField(
        label="就餐日期",
        required=False,
        help_text="知道是哪一天的写明，补的份数不能超过当天还没吃的；这个月中间换过分担办法的必须写明。",
    )
    words = forms.CharField(label="理由", max_length=300, widget=forms.Textarea({"rows": 3}))


class WithdrawForm(AccountForm):
    correction = forms.ModelChoiceField(
        SettlementCorrection.objects.none(), label="哪一笔更正", empty_label="请选择"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.row is not None:
            field: Any = self.fields["correction"]
            field.queryset = self.row.corrections.visible_to(self.account).withdrawable()
            field.label_from_instance = _correction_label


def _correction_label(row: SettlementCorrection) -> str:
    day = f"，{row.day}" if row.day else ""
    return f"{row.meals:+d}份{day}，{row.reason}（记入{row.standing}）"


class StatementForm(AccountModelForm):
    shop = RowField(PartnerShop, noun="门店", label="门店")
    month = MonthField(initial=last_month)
    amount = MoneyField(
        label="报账金额（元）", required=False, help_text="门店自己算的应收金额；没有报的不填。"
    )
    days = forms.CharField(
        label="逐日份数",
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text="门店有逐日记录的才填，好找出是哪一天不同。从1日起一天一个数，可从表格整行粘贴；或写“1日20份、3日19份”。",
    )
    field_order = ("shop", "month", "meals", "days", "amount", "stated_on", "note")

    class Meta:
        model = ShopStatement
        fields = ("meals", "stated_on", "note")
        help_texts = {"meals": "门店自己记的份数，不用和打卡一致；不一致的由工会核对。"}

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        given = options.get("initial") or {}
        initial = {name: _number(value) for name, value in given.items()}
        if options.get("instance") is None:
            initial.setdefault("stated_on", timezone.localdate())
        else:
            initial["amount"] = options["instance"].amount
            initial["days"] = options["instance"].days
        super().__init__(data, files, account=account, **{**options, "initial": initial})
        if options.get("instance") is not None:
            del self.fields["shop"], self.fields["month"]
