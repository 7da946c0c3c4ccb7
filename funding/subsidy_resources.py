"""How tiers, grants and funding targets enter and leave in bulk."""

from decimal import Decimal
from typing import Any

from django.db.models import (
    CharField,
    DecimalField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Round
from django.utils import timezone

from cases.project_resources import number_column
from core.resource import Column, Kind, Resource
from core.rights import Right
from funding.models import (
    TARGET_KINDS,
    CountyTier,
    EntryStage,
    FundingLine,
    FundingTarget,
    FundStage,
    PairingTier,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)
from funding.subsidies import why_not_set_standards

TIERS = tuple(PairingTier.choices)
UNION = Column(
    "union",
    "县级工会",
    kind=Kind.UNION,
    required=True,
    source="union.code",
    synonyms=("工会", "县（市、区）", "县", "所属工会"),
    help="编码或全称。",
    is_key=True,
    in_list=False,
)
UNION_NAME = Column("union_name", "工会", source="union.name", is_export_only=True, sort="union__name_sort")
YEAR = Column(
    "year",
    "年度",
    kind=Kind.INTEGER,
    required=True,
    is_key=True,
    is_ordinal=True,
    example="2023",
    sort="year",
)


def _tier(label: str = "对口层级") -> Column:
    return Column(
        "tier", label, kind=Kind.CHOICE, required=True, choices=TIERS, synonyms=("层级",), sort="tier"
    )


def tier_rows(account: Any) -> QuerySet[Any]:
    return CountyTier.objects.visible_to(account).select_related("union")


COUNTY_TIERS = Resource(
    key="county_tiers",
    label="对口联系层级",
    model=CountyTier,
    right=Right.GRANT,
    rows=tier_rows,
    importer="funding.subsidy_importing.TiersImporter",
    help="一行一个县一年。层级决定补助标准；年中改层级，已下达的补助不变。",
    columns=(UNION_NAME, UNION, YEAR, _tier(), Column("note", "备注")),
)


def standard_rows(account: Any) -> QuerySet[SubsidyStandard]:
    """The province's own table; a county sees what it was granted."""
    if not account.is_authenticated or why_not_set_standards(account):
        return SubsidyStandard.objects.none()
    return SubsidyStandard.objects.all()


SUBSIDY_STANDARDS = Resource(
    key="subsidy_standards",
    label="补助标准",
    model=SubsidyStandard,
    right=Right.GRANT,
    rows=standard_rows,
    importer="funding.standard_importing.StandardsImporter",
    barred=why_not_set_standards,
    help="一行一个层级的一段时间。金额和起始日期不能改：换标准要给原来的填终止日期，另起一行写新的，可以在同一张表里。",
    columns=(
        _tier(),
        Column(
            "amount",
            "标准（元）",
            kind=Kind.MONEY,
            required=True,
            synonyms=("标准", "金额", "补助标准"),
            example="300000",
            sort="amount",
        ),
        Column("valid_from", "起始日期", kind=Kind.DATE, required=True, is_key=True, sort="valid_from"),
        Column(
            "valid_to",
            "终止日期",
            kind=Kind.DATE,
            help="从这一天起不再有效；未定的不填。",
        ),
        Column(
            "spend_within",
            "使用期限（月）",
            kind=Kind.INTEGER,
            synonyms=("使用期限",),
            help="1 到 60；不填为 12。",
        ),
        Column(
            "basis",
            "依据（文号）",
            required=True,
            synonyms=("依据", "文号"),
            example="青工发〔2023〕1号",
        ),
    ),
)


def grant_rows(account: Any) -> QuerySet[Any]:
    """Visible grants with what came of them."""
    grants = SubsidyGrant.objects.visible_to(account).with_money(timezone.localdate())
    return grants.select_related("union", "standard")


SUBSIDY_GRANTS = Resource(
    key="subsidy_grants",
    label="县级工会补助",
    model=SubsidyGrant,
    right=Right.GRANT,
    rows=grant_rows,
    importer="funding.subsidy_importing.GrantsImporter",
    help="一行一个县一年。往年已下达的补助可以导入；今年的请用“年度下达”。到账和支出在各笔补助的页面登记，或用“补助收支”的表格导入。",
    columns=(
        UNION_NAME,
        UNION,
        YEAR,
        _tier(),
        Column("amount", "补助金额（元）", kind=Kind.MONEY, required=True, synonyms=("金额",), sort="amount"),
        Column("granted_on", "下达日期", kind=Kind.DATE, required=True, sort="granted_on"),
        Column("document_no", "文号", in_list=False),
        Column("received", "已到账（元）", kind=Kind.MONEY, is_export_only=True, sort="received"),
        Column("spent", "已支出（元）", kind=Kind.MONEY, is_export_only=True, sort="spent"),
        Column("unspent", "未支出（元）", kind=Kind.MONEY, is_export_only=True, sort="unspent"),
        Column("overdue", "超期未支出（元）", kind=Kind.MONEY, is_export_only=True, sort="overdue"),
    ),
)


def entry_rows(account: Any) -> QuerySet[Any]:
    return SubsidyEntry.objects.visible_to(account).select_related("grant", "union", "evidence")


SUBSIDY_ENTRIES = Resource(
    key="subsidy_entries",
    label="补助收支",
    model=SubsidyEntry,
    right=Right.EDIT_FUNDING,
    rows=entry_rows,
    importer="funding.subsidy_entry_importing.EntriesImporter",
    help="一行一笔到账或支出，记在哪个县哪一年的补助上。到账合计不超过补助金额，支出不超过当时的到账。",
    columns=(
        UNION_NAME,
        Column(
            "union",
            "县级工会",
            kind=Kind.UNION,
            source="union.code",
            synonyms=UNION.synonyms,
            help="编码或全称；不填时为导入人所在的工会。",
            in_list=False,
        ),
        Column(
            "year",
            "补助年度",
            kind=Kind.INTEGER,
            required=True,
            is_ordinal=True,
            source="grant.year",
            synonyms=("年度",),
            example="2023",
        ),
        Column(
            "stage",
            "收支",
            kind=Kind.CHOICE,
            required=True,
            choices=tuple(EntryStage.choices),
            synonyms=("到账或支出",),
            sort="stage",
        ),
        Column("amount", "金额（元）", kind=Kind.MONEY, required=True, synonyms=("金额",), sort="amount"),
        Column("occurred_on", "日期", kind=Kind.DATE, required=True, sort="occurred_on"),
        Column("purpose", "用途", help="支出要写明用途。", example="职工培训"),
        Column("document_no", "凭证号", synonyms=("文号或凭证号",)),
        Column("evidence", "凭证文件", source="evidence.name", is_export_only=True, in_list=False),
        number_column("收支编号"),
    ),
)


def target_rows(account: Any) -> QuerySet[Any]:
    """Visible targets with the money that came in their year, in cash, each line once."""
    money: DecimalField[Any, Any] = DecimalField(max_digits=14, decimal_places=2)
    came = (
        FundingLine.objects.active()
        .in_cash()
        .filter(county=OuterRef("county"), stage=FundStage.RECEIVED, recorded_on__year=OuterRef("year"))
        .annotate(asked=ExpressionWrapper(OuterRef("kind"), output_field=CharField()))
        .filter(Q(asked="all") | Q(source__kind=F("asked")))
        .values("county")
        .annotate(total=Sum("amount"))
    )
    nothing = Value(Decimal("0.00"), output_field=money)
    rows: QuerySet[Any] = (
        FundingTarget.objects.visible_to(account)
        .select_related("union")
        .annotate(received=Coalesce(Subquery(came.values("total"), output_field=money), nothing))
        .annotate(
            gap=F("amount") - F("received"), percent=Round(F("received") * 100 / F("amount"), precision=1)
        )
    )
    return rows


FUNDING_TARGETS = Resource(
    key="funding_targets",
    label="资金目标",
    model=FundingTarget,
    right=Right.EDIT_FUNDING,
    rows=target_rows,
    importer="funding.subsidy_importing.TargetsImporter",
    help="一行一个县一年一类来源。完成额是当年到位的资金，实物不计。",
    columns=(
        UNION_NAME,
        UNION,
        YEAR,
        Column(
            "kind",
            "来源类别",
            kind=Kind.CHOICE,
            required=True,
            choices=tuple(TARGET_KINDS),
            is_key=True,
            example="全部来源",
            sort="kind",
        ),
        Column("amount", "目标（元）", kind=Kind.MONEY, required=True, synonyms=("目标",), sort="amount"),
        Column("received", "当年到位（元）", kind=Kind.MONEY, is_export_only=True, sort="received"),
        Column("gap", "还差（元）", kind=Kind.MONEY, is_export_only=True, sort="gap"),
        Column("percent", "完成率（%）", kind=Kind.MONEY, is_export_only=True, sort="percent"),
        Column("basis", "依据"),
    ),
)
