"""Administrative divisions and the tree of unions that follows them."""

from typing import Any, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from core.models import Versioned
from core.scope import IndexedByUnion, Scoped, ScopedQuerySet


class DivisionLevel(models.TextChoices):
    PROVINCE = "province", "省"
    PREFECTURE = "prefecture", "市（州）"
    COUNTY = "county", "县（市、区）"


class DivisionQuerySet(models.QuerySet["AdministrativeDivision"]):
    def within(self, code: int) -> Self:
        """The division, its children and grandchildren: province, prefectures, counties."""
        return self.filter(Q(code=code) | Q(parent_id=code) | Q(parent__parent_id=code))

    def codes_within(self, code: int) -> list[int]:
        """The codes of all that lie within; a county has none below it and is not asked about."""
        return [code] if code % 100 else list(self.within(code).values_list("code", flat=True))

    def current(self) -> Self:
        return self.filter(valid_to__isnull=True)


class AdministrativeDivision(models.Model):
    """A place of GB/T 2260. Public reference data, the same for every county."""

    code = models.PositiveIntegerField("区划代码", primary_key=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("层级", max_length=10, choices=DivisionLevel.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name="上级", related_name="children"
    )
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name="现为", related_name="predecessors"
    )

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class UnionLevel(models.TextChoices):
    PROVINCIAL = "provincial", "省级"
    PREFECTURE = "prefecture", "市（州）级"
    COUNTY = "county", "县级"
    TOWNSHIP = "township", "乡镇（街道）"
    GRASSROOTS = "grassroots", "基层"


AREA_LEVELS = (UnionLevel.PROVINCIAL, UnionLevel.PREFECTURE, UnionLevel.COUNTY)


class UnionLine(models.TextChoices):
    TERRITORIAL = "territorial", "地方工会"
    INDUSTRIAL = "industrial", "产业工会"
    DIRECT = "direct", "直属工会"


class UnionKind(models.TextChoices):
    FEDERATION = "federation", "总工会"
    INDEPENDENT = "independent", "单独基层工会"
    JOINT = "joint", "联合基层工会"
    REGIONAL_FEDERATION = "regional_federation", "区域性工会联合会"
    SECTOR_FEDERATION = "sector_federation", "行业性工会联合会"
    BUILDING_FEDERATION = "building_federation", "楼宇工会联合会"
    PROJECT_UNION = "project_union", "项目工会"


class UnionQuerySet(ScopedQuerySet["Union"]):
    def visible_to(self, actor: Any) -> Self:
        if not getattr(actor, "is_authenticated", False):
            return self.none()
        return self.filter(path__startswith=actor.scope_path)

    def active(self) -> Self:
        return self.filter(archived_at__isnull=True, dissolved_on__isnull=True)

    def areas(self) -> Self:
        """Unions of county level and above: those for which figures are kept."""
        return self.filter(level__in=AREA_LEVELS, line=UnionLine.TERRITORIAL)


class Union(Versioned):
    """A union organisation: a place in the tree. Counties and above carry their GB/T 2260 code as code.

    `path` is built by the database from the parent's path, so it cannot be wrong; a moved union takes its
    subtree along by cascade.
    """

    code = models.CharField(
        "工会编码",
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(r"^\d{6}(-\d{4,6})?$", "工会编码是6位区划代码，基层工会再加“-”和4位序号。")
        ],
    )
    name = models.CharField("工会名称", max_length=120)
    name_sort = models.CharField("拼音", max_length=400, editable=False, default="")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="上级工会",
        related_name="children",
        db_constraint=False,
    )
    parent_path = models.CharField(max_length=300, default="", editable=False)
    path = models.GeneratedField(
        expression=Concat(F("parent_path"), F("code"), Value("/")),
        output_field=models.CharField(max_length=341),
        db_persist=True,
    )
    county = models.ForeignKey(
        AdministrativeDivision, models.PROTECT, verbose_name="县级区划", related_name="unions", editable=False
    )
    level = models.CharField("层级", max_length=12, choices=UnionLevel.choices)
    line = models.CharField("系统", max_length=12, choices=UnionLine.choices, default=UnionLine.TERRITORIAL)
    kind = models.CharField("类型", max_length=20, choices=UnionKind.choices, default=UnionKind.INDEPENDENT)
    credit_code = models.CharField("统一社会信用代码", max_length=18, null=True, blank=True, unique=True)
    founded_on = models.DateField("建会日期", null=True, blank=True)
    dissolved_on = models.DateField("撤销日期", null=True, blank=True)

    objects = UnionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "工会"
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(
                fields=["id", "county"],
                name="union_id_county",
                violation_error_message="一个工会只属于一个区划。",
            ),
            models.UniqueConstraint(
                fields=["id", "path"],
                name="union_id_path",
                violation_error_message="一个工会在组织树上只有一个位置。",
            ),
            models.CheckConstraint(
                name="union_dissolved_after_founded",
                condition=Q(dissolved_on__isnull=True)
                | Q(founded_on__isnull=True)
                | Q(dissolved_on__gte=F("founded_on")),
                violation_error_message="撤销日期不能早于建会日期。",
            ),
            models.CheckConstraint(
                name="union_root_is_provincial",
                condition=Q(parent__isnull=False) | Q(level="provincial"),
                violation_error_message="只有省级工会没有上级工会，请选择上级工会。",
            ),
        ]
        indexes = [
            models.Index(fields=["path"], name="union_path_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["county", "id"], name="union_county"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def union_id(self) -> int:
        """A union belongs to itself: lets scoped code treat unions like any other row."""
        return int(self.pk)

    @property
    def is_area(self) -> bool:
        return self.level in AREA_LEVELS and self.line == UnionLine.TERRITORIAL

    def stamp(self) -> dict[str, Any]:
        """The two fields by which a row belongs to this union."""
        return {"union_id": self.pk, "county_id": self.county_id}

    def ancestor_codes(self) -> list[str]:
        return str(self.path).strip("/").split("/")


class LegalPersonRegistration(IndexedByUnion, Versioned):
    """A legal-person certificate of a union with its validity."""

    certificate_no = models.CharField("证书编号", max_length=40)
    issued_on = models.DateField("发证日期")
    expires_on = models.DateField("有效期至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工会法人登记"
        ordering = ["-issued_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["union", "issued_on"],
                name="registration_once",
                violation_error_message="同一天只能登记一张证书。",
            ),
            models.CheckConstraint(
                name="registration_expires_after_issue",
                condition=Q(expires_on__isnull=True) | Q(expires_on__gt=F("issued_on")),
                violation_error_message="有效期必须晚于发证日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.certificate_no


class UnionTerm(Scoped, Versioned):
    """A term of office of a union's committee, 3 or 5 years."""

    started_on = models.DateField("本届起始")
    ends_on = models.DateField("任期届满")

    class Meta:
        verbose_name = verbose_name_plural = "届期"
        ordering = ["-started_on"]
        constraints = [
            models.CheckConstraint(
                name="term_ends_after_start",
                condition=Q(ends_on__gt=F("started_on")),
                violation_error_message="任期届满必须晚于本届起始。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.started_on}—{self.ends_on}"


class UnionHeadcount(IndexedByUnion, Versioned):
    """Members as the union itself reports them at a day: the denominator of real-name collection."""

    counted_on = models.DateField("统计日期")
    until = models.DateField("下次统计日期", null=True, blank=True, editable=False)
    members = models.PositiveIntegerField("上报会员数（人）")

    class Meta:
        verbose_name = verbose_name_plural = "工会上报会员数"
        ordering = ["-counted_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["union", "counted_on"],
                name="unionheadcount_once",
                violation_error_message="同一天只能上报一个数。",
            ),
            models.CheckConstraint(
                name="unionheadcount_until_after",
                condition=Q(until__isnull=True) | Q(until__gt=F("counted_on")),
                violation_error_message="下次统计日期必须晚于本次。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.counted_on} {self.members}人"
