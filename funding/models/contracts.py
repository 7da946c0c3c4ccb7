"""Contracts of projects, what was agreed in addition, and what was paid on them."""

from decimal import Decimal
from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from cases.models import Project
from core.models import StoredFile, Versioned
from core.scope import Scoped, ScopedQuerySet
from funding.models.lines import FundingLine, FundingSource

CURRENT = Q(archived_at__isnull=True)


class ProjectContract(Scoped, Versioned):
    """What somebody builds or delivers for a project, and for how much.

    `supplemented` and `paid` are the sums of the supplements and payments that stand; the database keeps
    them (see the trigger of the migration), so that no payment can pass the contract unseen.
    """

    project = models.ForeignKey(Project, models.PROTECT, verbose_name="建设项目", related_name="contracts")
    number = models.CharField("合同编号", max_length=60)
    other_party = models.CharField("对方单位", max_length=120)
    subject = models.CharField("合同内容", max_length=200)
    amount = models.DecimalField(
        "合同金额（元）",
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    signed_on = models.DateField("签订日期")
    planned_finish_on = models.DateField("约定完成日期", null=True, blank=True)
    supplemented = models.DecimalField(
        "补充协议（元）", max_digits=14, decimal_places=2, default=Decimal(0), editable=False
    )
    paid = models.DecimalField(
        "已付（元）", max_digits=14, decimal_places=2, default=Decimal(0), editable=False
    )
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, verbose_name="合同文件", related_name="+"
    )
    note = models.CharField("备注", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "项目合同"
        ordering = ["-signed_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["union", "number"],
                condition=CURRENT,
                name="contract_number_once",
                violation_error_message="本工会已登记过这个合同编号。",
            ),
            models.CheckConstraint(
                name="contract_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message="合同金额必须大于0。",
            ),
            models.CheckConstraint(
                name="contract_finish_after_signing",
                condition=Q(planned_finish_on__isnull=True) | Q(planned_finish_on__gte=F("signed_on")),
                violation_error_message="约定完成日期不能早于签订日期。",
            ),
            models.CheckConstraint(
                name="contract_paid_within_agreed",
                condition=Q(paid__lte=F("amount") + F("supplemented")),
                violation_error_message="付款合计不能超过合同金额加补充协议。金额增加的，请先登记补充协议。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    @property
    def agreed(self) -> Decimal:
        """The contract with everything agreed in addition."""
        return self.amount + self.supplemented

    @property
    def unpaid(self) -> Decimal:
        return self.agreed - self.paid


class ContractSupplement(Scoped, Versioned):
    """What was agreed after signing: more or less money, another day, other works."""

    contract = models.ForeignKey(
        ProjectContract, models.PROTECT, verbose_name="项目合同", related_name="supplements"
    )
    number = models.CharField("协议编号", max_length=60)
    subject = models.CharField("协议内容", max_length=200)
    amount = models.DecimalField(
        "增减金额（元）",
        max_digits=14,
        decimal_places=2,
        default=Decimal(0),
        help_text="增加填正数，减少填负数，不涉及金额填0。",
    )
    signed_on = models.DateField("签订日期")
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, verbose_name="协议文件", related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "补充协议"
        ordering = ["signed_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"],
                condition=CURRENT,
                name="supplement_once",
                violation_error_message="这份合同已登记过这个协议编号。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"


class ContractPaymentQuerySet(ScopedQuerySet["ContractPayment"]):
    def standing(self) -> Self:
        """Payments that were neither taken out nor returned by the bank."""
        return self.filter(archived_at__isnull=True, returned_on__isnull=True)


class ContractPayment(Scoped, Versioned):
    """One payment on a contract; `line` is the 支出 line of the funding register that says the same.

    What the bank sent back stays in the file with its day and reason, and counts as paid no longer.
    """

    contract = models.ForeignKey(
        ProjectContract, models.PROTECT, verbose_name="项目合同", related_name="payments"
    )
    amount = models.DecimalField(
        "付款金额（元）",
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    paid_on = models.DateField("付款日期")
    reference = models.CharField("凭证号", max_length=80, blank=True)
    source = models.ForeignKey(
        FundingSource, models.PROTECT, null=True, blank=True, verbose_name="资金来源", related_name="+"
    )
    line = models.OneToOneField(
        FundingLine, models.PROTECT, null=True, blank=True, verbose_name="支出明细", related_name="payment"
    )
    note = models.CharField("备注", max_length=300, blank=True)
    returned_on = models.DateField("退回日期", null=True, editable=False)
    returned_reason = models.CharField("退回原因", max_length=300, blank=True, db_default="", editable=False)

    objects: ClassVar[ContractPaymentQuerySet] = ContractPaymentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "合同付款"
        ordering = ["-paid_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="payment_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message="付款金额必须大于0。",
            ),
            models.CheckConstraint(
                name="contractpayment_return_complete",
                condition=Q(returned_on__isnull=True, returned_reason="")
                | (Q(returned_on__isnull=False, returned_on__gte=F("paid_on")) & ~Q(returned_reason="")),
                violation_error_message="退回的付款要写明日期（不早于付款日期）和原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paid_on} {self.amount}"

    @property
    def stands_in_lines(self) -> bool:
        """Whether the funding register has this payment, with the same amount, as spending."""
        return self.line is not None and not self.line.is_archived and self.line.amount == self.amount
