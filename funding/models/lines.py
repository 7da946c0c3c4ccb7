"""Who pays and how much, at which stage. Yuan with two decimals; 万元 is a way to show it."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Lower, Round

from cases.models import Programme, Project
from core.models import StoredFile, Versioned
from core.scope import IndexedByUnion, Scoped, ScopedQuerySet
from funding.reconciliation import COUNTED_ORDER, ZERO, share


class SourceKind(models.TextChoices):
    SUPERIOR_UNION = "superior_union", "上级工会"
    COUNTERPART = "counterpart", "对口援助"
    ENTERPRISE = "enterprise", "援建企业"
    COUNTY_MATCH = "county_match", "县级配套"
    DONATION = "donation", "社会捐赠"
    WORKER = "worker", "职工个人"
    TREASURY = "treasury", "财政"
    MIXED = "mixed", "多方共同"


class Normal(Func):
    """Full-width letters, digits and brackets as their plain forms (Unicode NFKC)."""

    template = "normalize(%(expressions)s, NFKC)"


# What one writes or leaves out of the same name: spaces, brackets, dots, dashes, quotation marks.
LOOSE = r"""[[:space:]()·•.,、:"'“”‘’《》—–-]"""
NAME_KEY = Lower(Func(Normal(F("name")), Value(LOOSE), Value(""), Value("g"), function="regexp_replace"))


class FundingSource(IndexedByUnion, Versioned):
    """Somebody who pays, as one county's union knows them (`union`).

    A source with members (`SourceMember`) is several payers together whose split is unknown: its money is
    counted once, as its own, and shown with each member as joint. `name_key` is the name without what people
    write differently: by it the same donor is found in several counties.
    """

    name = models.CharField("资金来源", max_length=120)
    name_key = models.GeneratedField(
        expression=NAME_KEY, output_field=models.CharField(max_length=240), db_persist=True
    )
    kind = models.CharField("类别", max_length=16, choices=SourceKind.choices)

    class Meta:
        verbose_name = verbose_name_plural = "资金来源"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["union", "name"],
                name="source_once",
                violation_error_message="本工会已登记过同名资金来源。",
            ),
            models.CheckConstraint(
                name="source_kind_known",
                condition=Q(kind__in=SourceKind.values),
                violation_error_message="请选择资金来源的类别。",
            ),
        ]
        indexes = [models.Index(fields=["name_key"], name="source_name_key")]

    def __str__(self) -> str:
        return self.name


class SourceMember(Scoped, Versioned):
    """One payer of a joint source: who they are is known, how much of it is theirs is not."""

    joint = models.ForeignKey(
        FundingSource, models.PROTECT, verbose_name="共同来源", related_name="joint_members"
    )
    member = models.ForeignKey(
        FundingSource, models.PROTECT, verbose_name="共同出资方", related_name="joint_parts"
    )

    class Meta:
        verbose_name = verbose_name_plural = "共同出资方"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["joint", "member"],
                condition=Q(archived_at__isnull=True),
                name="member_once",
                violation_error_message="这一方已登记为共同出资方。",
            ),
            models.CheckConstraint(
                name="member_is_another",
                condition=~Q(joint=F("member")),
                violation_error_message="共同出资方不能是这个来源自己。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.member)


class FundStage(models.TextChoices):
    """How far the money of a line has come. Each stage is a line of its own: stages are never summed."""

    INTENDED = "intended", "意向"
    APPLIED = "applied", "申报"
    LETTER = "letter", "承诺函"
    APPROVED = "approved", "批复"
    RECEIVED = "received", "到位"
    SPENT = "spent", "支出"
    RETURNED = "returned", "退回"


class FundingLineQuerySet(ScopedQuerySet["FundingLine"]):
    def active(self) -> Self:
        return self.filter(archived_at__isnull=True)

    def in_cash(self) -> Self:
        """Money; goods with an estimated value stand beside it and are never added."""
        return self.filter(goods="")

    def in_kind(self) -> Self:
        return self.exclude(goods="")

    def counted(self) -> Self:
        """The lines in cash that count towards a project's total, as `reconciliation.counted` has it."""
        reached = Case(*(When(stage=stage, then=Value(n)) for n, stage in enumerate(COUNTED_ORDER)))
        current = self.active().in_cash().filter(stage__in=COUNTED_ORDER).alias(rank=reached)
        same = {name: OuterRef(name) for name in ("project", "source")}
        further = FundingLine.objects.active().in_cash().alias(rank=reached).filter(**same)
        return current.exclude(Exists(further.filter(rank__lt=OuterRef("rank"))))


class FundingLine(Scoped, Versioned):
    """One amount of one source for one project or programme at one stage, with its document.

    A line with `goods` is a gift in kind: its amount is the estimated value. Only spending that a settlement
    wrote may be negative, which a trigger sees to: a source that is given back more than it bears that month.
    """

    project = models.ForeignKey(
        Project,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="建设项目",
        related_name="funding_lines",
    )
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="服务项目",
        related_name="funding_lines",
    )
    source = models.ForeignKey(FundingSource, models.PROTECT, verbose_name="资金来源", related_name="lines")
    stage = models.CharField("阶段", max_length=10, choices=FundStage.choices)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    recorded_on = models.DateField("日期")
    document_no = models.CharField("文号或凭证号", max_length=80, blank=True)
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, verbose_name="凭证文件", related_name="+"
    )
    is_match = models.BooleanField("配套资金", default=False)
    goods = models.CharField("实物说明", max_length=200, blank=True, default="")
    note = models.CharField("备注", max_length=300, blank=True)

    objects: ClassVar[FundingLineQuerySet] = FundingLineQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "资金明细"
        ordering = ["-recorded_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="line_amount_positive",
                condition=Q(amount__gt=0)
                | Q(amount__lt=0, stage=FundStage.SPENT, programme__isnull=False, goods=""),
                violation_error_message="金额必须大于0；退回的钱另记一条“退回”。",
            ),
            models.CheckConstraint(
                name="line_stage_known",
                condition=Q(stage__in=FundStage.values),
                violation_error_message="请选择资金阶段。",
            ),
            models.CheckConstraint(
                name="line_belongs_to_one",
                condition=Q(project__isnull=False, programme__isnull=True)
                | Q(project__isnull=True, programme__isnull=False),
                violation_error_message="一条资金要么属于一个建设项目，要么属于一个服务项目。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.get_stage_display()} {self.amount}"

    @property
    def is_in_kind(self) -> bool:
        return self.goods != ""

    @property
    def subject(self) -> Project | Programme:
        subject = self.project or self.programme
        assert subject is not None
        return subject


ALL_UNMATCHED = "全部非配套资金"


class MatchRequirementQuerySet(ScopedQuerySet["MatchRequirement"]):
    def active(self) -> Self:
        return self.filter(archived_at__isnull=True)

    def with_money(self) -> Self:
        """`base` and `matched` of each, as `reconciliation.matching` has them; to sort and filter by, what is
        `due` and what is `lacking`."""
        own = FundingLine.objects.counted().filter(project=OuterRef("project"))
        asking = own.filter(is_match=False)
        of_source = asking.filter(source=OuterRef("source"))
        base = Case(When(source__isnull=True, then=_sum(asking)), default=_sum(of_source))
        hundredth = Value(Decimal("0.01"))  # exact, which a division need not be
        due = Round(F("base") * F("percent") * hundredth, precision=2)
        lacking = Greatest(F("due") - F("matched"), Value(Decimal("0.00")))
        summed = self.annotate(base=base, matched=_sum(own.filter(is_match=True)))
        return summed.alias(due=due).alias(lacking=lacking)


def _sum(lines: Any) -> Coalesce:
    summed = lines.order_by().values("project").annotate(summed=Sum("amount")).values("summed")
    money: models.DecimalField[Any, Any] = models.DecimalField(max_digits=18, decimal_places=2)
    return Coalesce(Subquery(summed, output_field=money), Value(Decimal("0.00")), output_field=money)


class MatchRequirement(Scoped, Versioned):
    """How much money of its own a project must add to a grant: `percent` of what `source` gives.

    Without a source it is asked of everything that is not matching money itself. Rows `with_money` know what it
    is asked of (`base`) and what was promised (`matched`).
    """

    base: Decimal
    matched: Decimal

    project = models.ForeignKey(
        Project, models.PROTECT, verbose_name="建设项目", related_name="match_requirements"
    )
    source = models.ForeignKey(
        FundingSource, models.PROTECT, null=True, blank=True, verbose_name="要求配套的来源", related_name="+"
    )
    percent = models.DecimalField("配套比例（%）", max_digits=6, decimal_places=2)
    basis = models.CharField("依据（文号）", max_length=120)

    objects: ClassVar[MatchRequirementQuerySet] = MatchRequirementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "配套要求"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "source"],
                condition=Q(archived_at__isnull=True),
                nulls_distinct=False,
                name="match_once",
                violation_error_message="这个来源的配套要求已登记过，请先取消原来的。",
            ),
            models.CheckConstraint(
                name="match_percent_positive",
                condition=Q(percent__gt=0, percent__lte=1000),
                violation_error_message="配套比例要大于0，不超过1000。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked}配套 {self.percent.normalize():f}%"

    @property
    def required(self) -> Decimal:
        return share(self.base, self.percent)

    @property
    def shortfall(self) -> Decimal:
        return max(self.required - self.matched, ZERO)

    @property
    def asked(self) -> str:
        """The money to which matching money is asked for."""
        return self.source.name if self.source else ALL_UNMATCHED
