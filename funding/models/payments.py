"""What was paid for settled months, and the spending that follows from it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from core.models import Versioned
from core.scope import Scoped, ScopedQuerySet
from funding.models.lines import FundingLine, FundingSource
from funding.models.settlements import Settlement, SettlementLine


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
