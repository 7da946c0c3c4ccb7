"""Months of a programme on their way from check-ins to payments. An approved month never changes again.

The database keeps it so: triggers refuse to touch the lines, parts, exceptions and meals of a month that was
approved; what was wrong is corrected by a line of its own in a later month.
"""

from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from cases.models import MealCheckIn, PartnerShop, Programme
from core.models import Versioned
from core.scope import Scoped, ScopedQuerySet
from funding.models.lines import FundingLine, FundingSource
from funding.models.sharing import CostShare, CostShareRule


class SettlementStage(models.TextChoices):
    """How far a month has come."""

    DRAFTED = "drafted", "已生成"
    CONFIRMED = "confirmed", "门店已确认"
    CHECKED = "checked", "已核对"
    APPROVED = "approved", "已批准"
    PAID = "paid", "已付款"
    CLOSED = "closed", "已归档"


FROZEN = (SettlementStage.APPROVED, SettlementStage.PAID, SettlementStage.CLOSED)
FIRST_OF_MONTH = "月份要写当月1日。"


def _by(label: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        verbose_name=label,
        related_name="+",
    )


class Settlement(Scoped, Versioned):
    """One month of a programme. Who checks does not approve."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, verbose_name="服务项目", related_name="settlements"
    )
    month = models.DateField("月份")
    stage = models.CharField(
        "阶段", max_length=10, choices=SettlementStage.choices, default=SettlementStage.DRAFTED
    )
    eligible_days = models.PositiveIntegerField("应就餐人天", default=0)
    drafted_at = models.DateTimeField("生成时间", null=True, editable=False)
    checked_by = _by("核对人")
    checked_at = models.DateTimeField("核对时间", null=True, editable=False)
    approved_by = _by("批准人")
    approved_at = models.DateTimeField("批准时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "月结算"
        ordering = ["-month", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "month"],
                name="settlement_once",
                violation_error_message="这个项目的这个月已经有结算。",
            ),
            models.CheckConstraint(
                name="settlement_month_first_day",
                condition=Q(month__day=1),
                violation_error_message=FIRST_OF_MONTH,
            ),
            models.CheckConstraint(
                name="settlement_stage_known",
                condition=Q(stage__in=SettlementStage.values),
                violation_error_message="请选择结算的阶段。",
            ),
            models.CheckConstraint(
                name="settlement_approved_by_another",
                condition=Q(approved_by__isnull=True)
                | (Q(checked_by__isnull=False) & ~Q(approved_by=F("checked_by"))),
                violation_error_message="核对人不能批准自己核对的结算，请由另一个账号批准。",
            ),
            models.CheckConstraint(
                name="settlement_frozen_has_approval",
                condition=~Q(stage__in=FROZEN) | Q(approved_by__isnull=False, approved_at__isnull=False),
                violation_error_message="没有批准人和批准时间的结算不能算已批准。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.month_text}"

    @property
    def month_text(self) -> str:
        return f"{self.month.year}年{self.month.month}月"

    @property
    def following(self) -> date:
        """The first day of the next month."""
        return next_month(self.month)

    @property
    def is_frozen(self) -> bool:
        return self.stage in FROZEN


def next_month(month: date) -> date:
    """The first day of the month after `month`."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


class SettlementLine(Scoped, Versioned):
    """One shop's month: what it served, what is in dispute, what it is paid.

    `amount` is the face value of the valid meals; `correction_*` what later months put right about earlier
    ones; `payable` the sources' part of both.
    """

    settlement = models.ForeignKey(Settlement, models.PROTECT, verbose_name="月结算", related_name="lines")
    shop = models.ForeignKey(
        PartnerShop, models.PROTECT, verbose_name="门店", related_name="settlement_lines"
    )
    meals_recorded = models.PositiveIntegerField("打卡（份）", default=0)
    meals_withheld = models.PositiveIntegerField("待定和有异议（份）", default=0)
    meals_valid = models.PositiveIntegerField("结算（份）", default=0)
    meals_stated = models.PositiveIntegerField("门店报数（份）", null=True, blank=True)
    amount = models.DecimalField("面值合计（元）", max_digits=14, decimal_places=2, default=0)
    correction_meals = models.IntegerField("更正（份）", default=0)
    correction_amount = models.DecimalField("更正面值（元）", max_digits=14, decimal_places=2, default=0)
    payable = models.DecimalField("应付（元）", max_digits=14, decimal_places=2, default=0)
    confirmed_at = models.DateTimeField("门店确认时间", null=True, editable=False)
    confirmed_by = _by("确认登记人")
    confirmed_how = models.CharField("确认方式", max_length=200, blank=True)
    objection = models.CharField("门店异议", max_length=300, blank=True, db_default="")
    objected_at = models.DateTimeField("异议时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "门店结算"
        ordering = ["settlement", "shop__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "shop"],
                name="settlementline_once",
                violation_error_message="同一家门店一个月只有一行。",
            ),
            models.CheckConstraint(
                name="settlementline_meals_add_up",
                condition=Q(meals_recorded=F("meals_withheld") + F("meals_valid")),
                violation_error_message="结算份数加上待定和有异议的份数，必须等于打卡份数。",
            ),
            models.CheckConstraint(
                name="settlementline_payable_not_negative",
                condition=Q(payable__gte=0),
                violation_error_message="应付金额不能是负数；多付的从以后的月份里扣。",
            ),
            models.CheckConstraint(
                name="settlementline_confirmation_complete",
                condition=Q(confirmed_at__isnull=True)
                | (Q(confirmed_by__isnull=False) & ~Q(confirmed_how="")),
                violation_error_message="门店确认要写明由谁登记、怎样确认。",
            ),
            models.CheckConstraint(
                name="settlementline_objection_complete",
                condition=Q(objected_at__isnull=True, objection="")
                | (Q(objected_at__isnull=False, confirmed_at__isnull=True) & ~Q(objection="")),
                violation_error_message="门店异议要写明哪里不对和时间；已确认的没有异议。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement} {self.shop}"


class ExceptionReason(models.TextChoices):
    """Why a meal, or a shop's month, is looked at before it is paid."""

    OUTSIDE_HOURS = "outside_hours", "不在供餐时间"
    LEFT_POST = "left_post", "当天没有登记在册"
    CLOSED_SHOP = "closed_shop", "门店当天没有合同或停供"
    PROXY_SHARE = "proxy_share", "一人代登过多"
    TWO_SHOPS = "two_shops", "几分钟内在两家门店代登"
    BURST = "burst", "几秒内连续打卡"
    STATEMENT = "statement", "与门店报数不一致"


class Decision(models.TextChoices):
    OPEN = "open", "待定"
    ACCEPTED = "accepted", "认可"
    DISPUTED = "disputed", "有异议"


class SettlementException(Scoped, Versioned):
    """A meal that does not look right, or a shop's statement that differs (no meal). Open ones are not paid."""

    settlement = models.ForeignKey(
        Settlement, models.PROTECT, verbose_name="月结算", related_name="exceptions"
    )
    shop = models.ForeignKey(PartnerShop, models.PROTECT, verbose_name="门店", related_name="+")
    meal = models.ForeignKey(
        MealCheckIn, models.PROTECT, null=True, blank=True, verbose_name="就餐打卡", related_name="+"
    )
    reason = models.CharField("原因", max_length=16, choices=ExceptionReason.choices)
    detail = models.CharField("说明", max_length=300)
    decision = models.CharField("处理", max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decision_reason = models.CharField("处理理由", max_length=300, blank=True)
    decided_by = _by("处理人")
    decided_at = models.DateTimeField("处理时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "结算疑点"
        ordering = ["settlement", "shop", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "shop", "reason", "meal"],
                name="settlementexception_once",
                nulls_distinct=False,
                violation_error_message="同一份早餐的同一个疑点只列一次。",
            ),
            models.CheckConstraint(
                name="settlementexception_reason_known",
                condition=Q(reason__in=ExceptionReason.values),
                violation_error_message="请选择疑点的原因。",
            ),
            models.CheckConstraint(
                name="settlementexception_decision_known",
                condition=Q(decision__in=Decision.values),
                violation_error_message="请选择怎样处理。",
            ),
            models.CheckConstraint(
                name="settlementexception_decision_explained",
                condition=Q(decision=Decision.OPEN)
                | (~Q(decision_reason="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                violation_error_message="处理疑点要写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.shop}"


class StatementChannel(models.TextChoices):
    PHONE = "phone", "门店手机"
    CLERK = "clerk", "工会登记"
    IMPORTED = "imported", "表格导入"


class ShopStatement(Scoped, Versioned):
    """What a shop itself says it served in a month."""

    shop = models.ForeignKey(PartnerShop, models.PROTECT, verbose_name="门店", related_name="statements")
    month = models.DateField("月份")
    meals = models.PositiveIntegerField("报数（份）")
    amount = models.DecimalField(
        "报账金额（元）",
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    stated_on = models.DateField("报数日期")
    channel = models.CharField(
        "报数方式",
        max_length=10,
        choices=StatementChannel.choices,
        default=StatementChannel.CLERK,
        db_default=StatementChannel.CLERK,
    )
    note = models.CharField("备注", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "门店报数"
        ordering = ["-month", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "month"],
                name="shopstatement_once",
                violation_error_message="这家门店这个月已有报数，请修改原来的。",
            ),
            models.CheckConstraint(
                name="shopstatement_month_first_day",
                condition=Q(month__day=1),
                violation_error_message=FIRST_OF_MONTH,
            ),
            models.CheckConstraint(
                name="shopstatement_channel_known",
                condition=Q(channel__in=StatementChannel.values),
                violation_error_message="请选择报数方式。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop} {self.month_label}"

    @property
    def month_label(self) -> str:
        """The month as tables write it."""
        return f"{self.month:%Y-%m}"


class SettlementCorrection(Scoped, Versioned):
    """Meals of an approved month that were paid too much or too little; settled in `taken_in`, a later month."""

    line = models.ForeignKey(
        SettlementLine, models.PROTECT, verbose_name="更正哪一行", related_name="corrections"
    )
    rule = models.ForeignKey(CostShareRule, models.PROTECT, verbose_name="分担办法", related_name="+")
    meals = models.IntegerField("份数（少付为正，多付为负）")
    reason = models.CharField("理由", max_length=300)
    taken_in = models.ForeignKey(
        Settlement,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        verbose_name="记入",
        related_name="corrections",
    )

    class Meta:
        verbose_name = verbose_name_plural = "结算更正"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="settlementcorrection_not_zero",
                condition=~Q(meals=0),
                violation_error_message="更正的份数不能是0。",
            ),
            models.CheckConstraint(
                name="settlementcorrection_explained",
                condition=~Q(reason=""),
                violation_error_message="更正要写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.meals:+d}份"


class SettlementShare(Scoped):
    """One payer's part of a line; a correction's parts stand beside the month's own."""

    settlement = models.ForeignKey(Settlement, models.PROTECT, verbose_name="月结算", related_name="shares")
    line = models.ForeignKey(
        SettlementLine, models.CASCADE, verbose_name="门店结算", related_name="shares", db_index=False
    )
    share = models.ForeignKey(CostShare, models.PROTECT, verbose_name="承担方", related_name="settled")
    correction = models.ForeignKey(
        SettlementCorrection,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="更正",
        related_name="shares",
    )
    meals = models.IntegerField("份数")
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "各方承担"
        ordering = ["line", "share__position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "share", "correction"],
                name="settlementshare_once",
                nulls_distinct=False,
                violation_error_message="同一方在一行里只记一次。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.share} {self.amount}"


class PaymentQuerySet(ScopedQuerySet["Payment"]):
    def of(self, settlement: Settlement) -> Self:
        return self.filter(settlement=settlement)


class Payment(Scoped, Versioned):
    """Money that went to a shop for one line: at most once, and never rewritten."""

    settlement = models.ForeignKey(Settlement, models.PROTECT, verbose_name="月结算", related_name="payments")
    line = models.OneToOneField(
        SettlementLine,
        models.PROTECT,
        verbose_name="门店结算",
        related_name="payment",
        error_messages={"unique": "这家门店这个月已经付过款。"},
    )
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    reference = models.CharField("付款凭证号", max_length=80)
    paid_on = models.DateField("付款日期")

    objects: ClassVar[PaymentQuerySet] = PaymentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "付款"
        ordering = ["-paid_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="payment_positive",
                condition=Q(amount__gt=0),
                violation_error_message="付款金额必须大于0。",
            ),
            models.CheckConstraint(
                name="payment_has_reference",
                condition=~Q(reference=""),
                violation_error_message="请填写付款凭证号。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.amount}"


class SettlementSpending(Scoped):
    """The funding line that a paid month gave rise to, one per source: nobody types it a second time."""

    settlement = models.ForeignKey(
        Settlement, models.PROTECT, verbose_name="月结算", related_name="spendings"
    )
    source = models.ForeignKey(FundingSource, models.PROTECT, verbose_name="资金来源", related_name="+")
    line = models.ForeignKey(FundingLine, models.PROTECT, verbose_name="资金明细", related_name="settlements")

    class Meta:
        verbose_name = verbose_name_plural = "结算支出"
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "source"],
                name="settlementspending_once",
                violation_error_message="一个月的结算对每个来源只记一笔支出。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.settlement} {self.source}"
