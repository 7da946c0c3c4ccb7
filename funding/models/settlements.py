"""Months of a programme on their way from check-ins to payments. An approved month never changes again.

The database keeps it so: triggers refuse to touch the lines, parts, exceptions and meals of a month that was
approved; what was wrong is corrected by a line of its own in a later month.
"""

from datetime import date, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, FilteredRelation, Q, Sum

from cases.models import PartnerShop, Programme
from core.models import Versioned
from core.names import name_at
from core.scope import Scoped, ScopedQuerySet
from funding.models.lines import FundingSource
from funding.models.sharing import CostShare, CostShareRule


class SettlementStage(models.TextChoices):
    """How far a month has come."""

    DRAFTED = "drafted", "已生成"
    CONFIRMED = "confirmed", "门店已确认"
    CHECKED = "checked", "已核对"
    APPROVED = "approved", "已批准"
    PAID = "paid", "已付款"
    CLOSED = "closed", "已归档"


OPEN_STAGES = (SettlementStage.DRAFTED, SettlementStage.CONFIRMED)
FROZEN = (SettlementStage.APPROVED, SettlementStage.PAID, SettlementStage.CLOSED)
FIRST_OF_MONTH = "月份要写当月1日。"


def made_by(label: str) -> "models.ForeignKey[Any, Any]":
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
        Programme, models.PROTECT, verbose_name="服务项目", related_name="settlements", db_index=False
    )
    month = models.DateField("月份")
    stage = models.CharField(
        "阶段", max_length=10, choices=SettlementStage.choices, default=SettlementStage.DRAFTED
    )
    eligible_days = models.PositiveIntegerField("应就餐人天", default=0)
    drafted_at = models.DateTimeField("生成时间", null=True, editable=False)
    checked_by = made_by("核对人")
    checked_at = models.DateTimeField("核对时间", null=True, editable=False)
    approved_by = made_by("批准人")
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

    def days_of(self, rule: CostShareRule) -> tuple[date, date]:
        """The first day of the month on which the rule holds, and the first on which it holds no more."""
        return max(rule.valid_from, self.month), min(rule.valid_to or self.following, self.following)

    def days_text(self, rule: CostShareRule) -> str:
        """The days of the month on which the rule holds, the last one included."""
        first, until = self.days_of(rule)
        return f"{first} 至 {until - timedelta(days=1)}"


def next_month(month: date) -> date:
    """The first day of the month after `month`."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


class SettlementLineQuerySet(ScopedQuerySet["SettlementLine"]):
    def paid(self) -> Self:
        """Lines with a payment that stands."""
        return self._with_standing().filter(standing__isnull=False)

    def due(self) -> Self:
        """Lines that are to be paid: never paid yet, or the payment came back."""
        return self._with_standing().filter(payable__gt=0, standing__isnull=True)

    def returned(self) -> Self:
        """Lines whose payment came back and that were not paid again."""
        return self.due().filter(payments__isnull=False).distinct()

    def named(self) -> Self:
        """With `shop_name`, which an approved month keeps whatever the shop is called afterwards."""
        return self.annotate(shop_name=name_at(PartnerShop, "shop", "settlement__approved_at"))

    def without_statement(self) -> Self:
        """Lines of shops that served meals and did not say how many."""
        return self.filter(meals_recorded__gt=0, meals_stated__isnull=True)

    def _with_standing(self) -> Self:
        condition = Q(payments__returned_on__isnull=True)
        return self.annotate(standing=FilteredRelation("payments", condition=condition))


class SettlementLine(Scoped, Versioned):
    """One shop's month: what it served, what is in dispute, what it is paid.

    `amount` is the face value of the valid meals; `correction_*` what later months put right about earlier
    ones; `payable` the sources' part of both.
    """

    settlement = models.ForeignKey(
        Settlement,
        models.PROTECT,
        verbose_name="月结算",
        related_name="lines",
        db_index=False,
        db_constraint=False,
    )
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
    confirmed_by = made_by("确认登记人")
    confirmed_how = models.CharField("确认方式", max_length=200, blank=True)
    objection = models.CharField("门店异议", max_length=300, blank=True, db_default="")
    objected_at = models.DateTimeField("异议时间", null=True, editable=False)

    shop_name: str  # of `named()` rows

    objects: ClassVar[SettlementLineQuerySet] = SettlementLineQuerySet.as_manager()  # type: ignore[assignment]

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

    @property
    def payment(self) -> Any:
        """The payment that stands; pages prefetch `payments`."""
        return next((payment for payment in self.payments.all() if payment.returned_on is None), None)

    @property
    def last_return(self) -> Any:
        """The payment that came back last, as long as the line waits to be paid again."""
        returned = [] if self.payment else self.payments.all()
        return max(returned, key=lambda payment: (payment.returned_on, payment.pk), default=None)

    @property
    def payment_state(self) -> str:
        """Where the line stands with its payment, as lists write it."""
        if self.payment:
            return "已付"
        if self.last_return:
            return "退回待重付"
        return "未付" if self.payable else "不用付"


class CorrectionQuerySet(ScopedQuerySet["SettlementCorrection"]):
    def withdrawable(self) -> Self:
        """Those that no month has taken in which is checked by now."""
        waiting = Q(taken_in__isnull=True) | Q(taken_in__stage__in=OPEN_STAGES)
        return self.filter(waiting, archived_at__isnull=True).select_related("taken_in__programme")

    def meals_given(self) -> int:
        """What those that stand come to, with what they take back."""
        standing = self.filter(archived_at__isnull=True)
        return standing.aggregate(total=Sum("meals"))["total"] or 0


class SettlementCorrection(Scoped, Versioned):
    """Meals of an approved month that were paid too much or too little; settled in `taken_in`, a later month.

    One that was withdrawn before that month was checked is archived and settled nowhere.
    """

    line = models.ForeignKey(
        SettlementLine, models.PROTECT, verbose_name="更正哪一行", related_name="corrections"
    )
    rule = models.ForeignKey(CostShareRule, models.PROTECT, verbose_name="分担办法", related_name="+")
    day = models.DateField("就餐日期", null=True, blank=True)
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

    objects: ClassVar[CorrectionQuerySet] = CorrectionQuerySet.as_manager()  # type: ignore[assignment]

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
            models.CheckConstraint(
                name="settlementcorrection_withdrawn_not_taken",
                condition=Q(archived_at__isnull=True) | Q(taken_in__isnull=True),
                violation_error_message="这笔更正已撤回，不能再记入月份。请重新生成。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.meals:+d}份"

    @property
    def about(self) -> str:
        """The day that it puts right, or only its month."""
        return f"{self.line.settlement.month_text}{f'{self.day.day}日' if self.day else ''}"

    @property
    def standing(self) -> str:
        """What became of it, as lists write it."""
        return "已撤回" if self.is_archived else str(self.taken_in or "下一个生成的月份")


class SettlementShareQuerySet(ScopedQuerySet["SettlementShare"]):
    def named(self) -> Self:
        """With `source_name`, which an approved month keeps; null where a shop or a worker bears the part."""
        return self.annotate(source_name=name_at(FundingSource, "share__source", "settlement__approved_at"))


class SettlementShare(Scoped):
    """One payer's part of a line; a correction's parts stand beside the month's own."""

    settlement = models.ForeignKey(
        Settlement, models.PROTECT, verbose_name="月结算", related_name="shares", db_constraint=False
    )
    line = models.ForeignKey(
        SettlementLine,
        models.CASCADE,
        verbose_name="门店结算",
        related_name="shares",
        db_index=False,
        db_constraint=False,
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

    source_name: str | None  # of `named()` rows

    objects: ClassVar[SettlementShareQuerySet] = SettlementShareQuerySet.as_manager()  # type: ignore[assignment]

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
