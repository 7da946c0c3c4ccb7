"""Who bears the price of a meal, from which day on."""

from typing import Any, ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from cases.models import DatedQuerySet, Programme
from core.models import Versioned
from core.scope import Scoped
from funding.models.lines import FundingSource
from funding.settling.splitting import Part
from funding.settling.wording import MERCHANT, WORKER, Payer, write_payers
from unions.models.employers import Dated, span


class PayerKind(models.TextChoices):
    """Who bears a part. What sources pay goes to the shop; the others' parts never pass the union's hands."""

    SOURCE = "source", "资金来源"
    MERCHANT = "merchant", MERCHANT
    WORKER = "worker", WORKER


class CostShareQuerySet(DatedQuerySet):
    def with_shares(self) -> Self:
        """With the parts and their sources, in order."""
        shares = CostShare.objects.select_related("source").order_by("position")
        return self.prefetch_related(models.Prefetch("shares", shares))


class CostShareRule(Scoped, Versioned, Dated):
    """The face value of a meal and its payers, from `valid_from` until before `valid_to`."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, verbose_name="服务项目", related_name="cost_share_rules"
    )
    face_value = models.DecimalField("每份标准（元）", max_digits=10, decimal_places=2)
    note = models.CharField("依据", max_length=300, blank=True)

    objects: ClassVar[CostShareQuerySet] = CostShareQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "费用分担"
        ordering = ["-valid_from", "-id"]
        constraints = [
            ExclusionConstraint(
                name="costsharerule_no_overlap",
                expressions=[("programme", RangeOperators.EQUAL), (span(), RangeOperators.OVERLAPS)],
                condition=Q(archived_at__isnull=True),
                violation_error_message="这个项目在这段时间已有分担办法。请先给原来的办法填写终止日期。",
            ),
            models.CheckConstraint(
                name="costsharerule_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="终止日期必须晚于起始日期。",
            ),
            models.CheckConstraint(
                name="costsharerule_face_value_positive",
                condition=Q(face_value__gt=0),
                violation_error_message="每份标准必须大于0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.valid_from} 起每份 {self.face_value} 元"

    @property
    def parts(self) -> list[Part]:
        """The parts as the rules of splitting see them."""
        return [share.part for share in self.shares.all()]

    @property
    def payers_text(self) -> str:
        """The parts in one line, as forms and tables write them."""
        return write_payers(Payer(share.name, share.part) for share in self.shares.all())


class CostShare(Scoped, Versioned):
    """One payer's part of a rule: yuan per meal, or a weight in what the yuan leave.

    A source may be a joint one (`FundingSource.joint_members`): its payers are named, their split is not known.
    """

    rule = models.ForeignKey(
        CostShareRule, models.CASCADE, verbose_name="分担办法", related_name="shares", db_index=False
    )
    position = models.PositiveSmallIntegerField("次序")
    payer = models.CharField("承担方", max_length=10, choices=PayerKind.choices)
    source = models.ForeignKey(
        FundingSource,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="资金来源",
        related_name="cost_shares",
    )
    amount = models.DecimalField("每份（元）", max_digits=8, decimal_places=2, null=True, blank=True)
    weight = models.DecimalField(
        "比例", max_digits=10, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = verbose_name_plural = "分担各方"
        ordering = ["rule", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "position"],
                name="costshare_position_once",
                violation_error_message="分担各方的次序不能重复。",
            ),
            models.CheckConstraint(
                name="costshare_payer_known",
                condition=Q(payer__in=PayerKind.values),
                violation_error_message="请写明由谁承担。",
            ),
            models.CheckConstraint(
                name="costshare_source_named",
                condition=Q(payer=PayerKind.SOURCE, source__isnull=False)
                | (~Q(payer=PayerKind.SOURCE) & Q(source__isnull=True)),
                violation_error_message="由资金来源承担的要写明来源；商家让利和职工个人不写来源。",
            ),
            models.CheckConstraint(
                name="costshare_amount_or_weight",
                condition=Q(amount__isnull=False, amount__gt=0, weight__isnull=True)
                | Q(amount__isnull=True, weight__isnull=False, weight__gt=0),
                violation_error_message="每一方要么写每份多少元，要么写比例，必须大于0。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The payer's name."""
        return str(self.source) if self.source else str(self.get_payer_display())

    @property
    def part(self) -> Part:
        return Part(amount=self.amount, weight=self.weight)

    @property
    def is_public(self) -> bool:
        """Paid to the shop by the union out of a source."""
        return self.payer == PayerKind.SOURCE


def payer_of(name: str) -> str:
    """The kind of a payer by the name that a rule's text gives."""
    return {MERCHANT: PayerKind.MERCHANT, WORKER: PayerKind.WORKER}.get(name, PayerKind.SOURCE)


def share_values(payer: Payer, position: int, source_id: int | None) -> dict[str, Any]:
    """The columns of a part as a rule's text gives it."""
    return {
        "position": position,
        "payer": payer_of(payer.name),
        "source_id": source_id,
        "amount": payer.part.amount,
        "weight": payer.part.weight,
    }
