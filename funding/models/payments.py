"""What was paid for settled months, and the spending that follows from it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from cases.models import PartnerShop
from core.models import Versioned
from core.names import name_at
from core.scope import Scoped, ScopedQuerySet
from funding.models.lines import FundingLine, FundingSource
from funding.models.settlements import Settlement, SettlementLine, made_by


class PaymentQuerySet(ScopedQuerySet["Payment"]):
    def standing(self) -> Self:
        """Payments that the bank did not return."""
        return self.filter(returned_on__isnull=True)

    def named(self) -> Self:
        """With `shop_name`, as the approved month knows the shop."""
        return self.annotate(shop_name=name_at(PartnerShop, "line__shop", "settlement__approved_at"))


class Payment(Scoped, Versioned):
    """Money that went to a shop for one line, never rewritten.

    What the bank sent back stays in the file with its day and reason; the line is then paid once more. Of all
    payments of a line one stands at most.
    """

    settlement = models.ForeignKey(Settlement, models.PROTECT, verbose_name="月结算", related_name="payments")
    line = models.ForeignKey(
        SettlementLine,
        models.PROTECT,
        verbose_name="门店结算",
        related_name="payments",
        db_index=False,
        db_constraint=False,
    )
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    reference = models.CharField("付款凭证号", max_length=80)
    paid_on = models.DateField("付款日期")
    returned_on = models.DateField("退回日期", null=True, editable=False)
    returned_reason = models.CharField("退回原因", max_length=300, blank=True, db_default="", editable=False)
    returned_by = made_by("退回登记人")
    returned_at = models.DateTimeField("退回登记时间", null=True, editable=False)

    shop_name: str  # of `named()` rows
    is_told_alone = True

    objects: ClassVar[PaymentQuerySet] = PaymentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "付款"
        ordering = ["-paid_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(returned_on__isnull=True),
                name="payment_stands_once",
                violation_error_message="这家门店这个月已经付过款。",
            ),
            models.UniqueConstraint(
                fields=["line", "reference"],
                name="payment_reference_once",
                violation_error_message="这家门店这个月的付款用过这个凭证号。重新付款请填写新的凭证号。",
            ),
            models.CheckConstraint(
                name="payment_return_complete",
                condition=Q(returned_on__isnull=True, returned_reason="", returned_at__isnull=True)
                | (
                    Q(returned_on__isnull=False, returned_at__isnull=False, returned_by__isnull=False)
                    & Q(returned_on__gte=F("paid_on"))
                    & ~Q(returned_reason="")
                ),
                violation_error_message="退回的付款要写明日期（不早于付款日期）、原因和登记人。",
            ),
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
        return f"{self.line} {self.reference}"


class SettlementSpending(Scoped):
    """The funding line that a month's payments of a day gave rise to, one per source: nobody types it again.

    It says what was paid that day and stands; where all of that was returned it is archived.
    """

    settlement = models.ForeignKey(
        Settlement, models.PROTECT, verbose_name="月结算", related_name="spendings", db_index=False
    )
    source = models.ForeignKey(FundingSource, models.PROTECT, verbose_name="资金来源", related_name="+")
    paid_on = models.DateField("付款日期")
    line = models.ForeignKey(FundingLine, models.PROTECT, verbose_name="资金明细", related_name="settlements")

    class Meta:
        verbose_name = verbose_name_plural = "结算支出"
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "source", "paid_on"],
                name="settlementspending_once_a_day",
                violation_error_message="一个月的结算，同一天的付款对每个来源只记一笔支出。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.settlement} {self.source}"
