"""The capacity subsidy of county unions: who pairs with a county, what that is worth, and what became of it."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import DateTimeField, ExpressionWrapper, F, Func, Q, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from core.models import StoredFile, Versioned
from core.scope import Scoped, ScopedQuerySet
from funding.models.lines import SourceKind
from unions.models.employers import Dated, span

FIRST_YEAR, LAST_YEAR = 2000, 2100
YEARS = (MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR))
AMOUNT = MinValueValidator(Decimal("0.01"))


class PairingTier(models.TextChoices):
    """Which level of the unions is paired with a county; it decides the subsidy."""

    NATIONAL = "national", "全总对口联系"
    PROVINCIAL = "provincial", "省总对口联系"
    PREFECTURE = "prefecture", "市州对口联系"


class CurrentQuerySet(ScopedQuerySet[Any]):
    """Rows that were not archived."""

    def active(self) -> Self:
        return self.filter(archived_at__isnull=True)


class OfYear:
    """A row of one year; a year is no quantity, so it is written without separators."""

    year: Any

    @property
    def year_label(self) -> str:
        return str(self.year)


class CountyTier(OfYear, Scoped, Versioned):
    """A county's tier in one year. A change in the middle of the year leaves what was granted as it is."""

    year = models.PositiveSmallIntegerField("年度", validators=[*YEARS])
    tier = models.CharField("对口层级", max_length=10, choices=PairingTier.choices)
    note = models.CharField("备注", max_length=300, blank=True)

    objects: ClassVar[CurrentQuerySet] = CurrentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "对口联系层级"
        ordering = ["-year", "union_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["union", "year"],
                condition=Q(archived_at__isnull=True),
                name="county_tier_once",
                violation_error_message="这个县这一年已登记对口层级，请修改原来的。",
            ),
            models.CheckConstraint(
                name="county_tier_known",
                condition=Q(tier__in=PairingTier.values),
                violation_error_message="请选择对口层级。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.union} {self.year}年 {self.get_tier_display()}"


class SubsidyStandard(Versioned, Dated):
    """What a tier is worth to a county, from a day on. The same for every county, so it has no place.

    `spend_within` is the number of months after which money that has come and is not spent is asked about.
    """

    tier = models.CharField("对口层级", max_length=10, choices=PairingTier.choices)
    amount = models.DecimalField("标准（元）", max_digits=14, decimal_places=2, validators=[AMOUNT])
    spend_within = models.PositiveSmallIntegerField(
        "使用期限（月）", default=12, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    basis = models.CharField("依据（文号）", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "补助标准"
        ordering = ["tier", "-valid_from"]
        constraints = [
            ExclusionConstraint(
                name="standard_once_at_a_time",
                expressions=[("tier", RangeOperators.EQUAL), (span(), RangeOperators.OVERLAPS)],
                condition=Q(archived_at__isnull=True),
                violation_error_message="这个层级在这段时间已有补助标准，请先给原来的填写终止日期。",
            ),
            models.CheckConstraint(
                name="standard_tier_known",
                condition=Q(tier__in=PairingTier.values),
                violation_error_message="请选择对口层级。",
            ),
            models.CheckConstraint(
                name="standard_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message="补助标准要大于0。",
            ),
            models.CheckConstraint(
                name="standard_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="终止日期必须晚于起始日期。",
            ),
            models.CheckConstraint(
                name="standard_spend_within",
                condition=Q(spend_within__gte=1, spend_within__lte=60),
                violation_error_message="使用期限在1到60个月之间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} {self.amount} 自{self.valid_from}"


class EntryStage(models.TextChoices):
    RECEIVED = "received", "到账"
    SPENT = "spent", "支出"


MONTHS_TO_SPEND = 12


class Months(Func):
    """A number of months as a span of time."""

    template = "make_interval(0, %(expressions)s)"


class SubsidyGrantQuerySet(CurrentQuerySet):
    def with_money(self, today: date) -> Self:
        """`received`, `spent`, `unspent` of each grant, and `overdue`: what came longer ago than it may lie.

        What is spent was taken from the money that came first.
        """
        current = Q(entries__archived_at__isnull=True)
        months = Coalesce(F("standard__spend_within"), Value(MONTHS_TO_SPEND))
        cutoff = ExpressionWrapper(Value(today) - Months(months), output_field=DateTimeField())
        came = Q(current, entries__stage=EntryStage.RECEIVED)
        return self.annotate(
            received=_total(came),
            spent=_total(Q(current, entries__stage=EntryStage.SPENT)),
            old=_total(Q(came, entries__occurred_on__lt=cutoff)),
        ).annotate(
            unspent=F("received") - F("spent"),
            overdue=Greatest(F("old") - F("spent"), Value(Decimal("0.00"))),
        )


def _total(which: Q) -> Coalesce:
    return Coalesce(Sum("entries__amount", filter=which), Value(Decimal("0.00")))


class SubsidyGrant(OfYear, Scoped, Versioned):
    """What one county was granted for one year: tier and amount as they stood on that day, for good."""

    year = models.PositiveSmallIntegerField("年度", validators=[*YEARS])
    tier = models.CharField("对口层级", max_length=10, choices=PairingTier.choices)
    standard = models.ForeignKey(
        SubsidyStandard, models.PROTECT, null=True, blank=True, verbose_name="补助标准", related_name="+"
    )
    amount = models.DecimalField("补助金额（元）", max_digits=14, decimal_places=2, validators=[AMOUNT])
    granted_on = models.DateField("下达日期")
    document_no = models.CharField("文号", max_length=80, blank=True)

    objects: ClassVar[SubsidyGrantQuerySet] = SubsidyGrantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "县级工会补助"
        ordering = ["-year", "union_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["union", "year"],
                condition=Q(archived_at__isnull=True),
                name="subsidy_once_a_year",
                violation_error_message="这个县这一年的补助已下达。",
            ),
            models.CheckConstraint(
                name="subsidy_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message="补助金额要大于0。",
            ),
            models.CheckConstraint(
                name="subsidy_tier_known",
                condition=Q(tier__in=PairingTier.values),
                violation_error_message="请选择对口层级。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.union} {self.year}年补助"


class SubsidyEntry(Scoped, Versioned):
    """Money of a grant that came or was spent on a day."""

    grant = models.ForeignKey(
        SubsidyGrant, models.PROTECT, verbose_name="县级工会补助", related_name="entries"
    )
    stage = models.CharField("收支", max_length=10, choices=EntryStage.choices)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2, validators=[AMOUNT])
    occurred_on = models.DateField("日期")
    purpose = models.CharField("用途", max_length=200, blank=True)
    document_no = models.CharField("凭证号", max_length=80, blank=True)
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, verbose_name="凭证文件", related_name="+"
    )

    objects: ClassVar[CurrentQuerySet] = CurrentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "补助收支"
        ordering = ["-occurred_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="subsidy_entry_positive",
                condition=Q(amount__gt=0),
                violation_error_message="金额必须大于0。",
            ),
            models.CheckConstraint(
                name="subsidy_entry_stage_known",
                condition=Q(stage__in=EntryStage.values),
                violation_error_message="请选择到账或支出。",
            ),
            models.CheckConstraint(
                name="subsidy_spending_has_purpose",
                condition=~Q(stage="spent", purpose=""),
                violation_error_message="请填写支出的用途。",
            ),
        ]

    def __str__(self) -> str:
        named = f"（{self.document_no}）" if self.document_no else ""
        return f"{self.occurred_on} {self.get_stage_display()} {self.amount:,.2f} 元{named}"


TARGET_KINDS = [("all", "全部来源"), *SourceKind.choices]


class FundingTarget(OfYear, Scoped, Versioned):
    """How much money a county means to raise in one year, from all sources or from one kind of them."""

    year = models.PositiveSmallIntegerField("年度", validators=[*YEARS])
    kind = models.CharField("来源类别", max_length=16, choices=TARGET_KINDS, default="all")
    amount = models.DecimalField("目标（元）", max_digits=14, decimal_places=2, validators=[AMOUNT])
    basis = models.CharField("依据", max_length=200, blank=True)

    objects: ClassVar[CurrentQuerySet] = CurrentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "资金目标"
        ordering = ["-year", "union_id", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["union", "year", "kind"],
                condition=Q(archived_at__isnull=True),
                name="funding_target_once",
                violation_error_message="这一年这类来源的资金目标已登记，请修改原来的。",
            ),
            models.CheckConstraint(
                name="funding_target_positive",
                condition=Q(amount__gt=0),
                violation_error_message="资金目标要大于0。",
            ),
            models.CheckConstraint(
                name="funding_target_kind_known",
                condition=Q(kind__in=[value for value, _ in TARGET_KINDS]),
                violation_error_message="请选择来源类别。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.union} {self.year}年{self.get_kind_display()}目标"
