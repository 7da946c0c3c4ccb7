"""How what grants ask of projects enters and leaves in bulk."""

from typing import Any

from django.db.models import QuerySet

from cases.project_resources import project_column
from core.resource import Column, Kind, Resource
from core.rights import Right
from funding.models import MatchRequirement


def match_rows(account: Any) -> QuerySet[Any]:
    """Visible requirements with how far they are met."""
    found = MatchRequirement.objects.visible_to(account).with_money()
    return found.select_related("project", "source", "union")


MATCH_REQUIREMENTS = Resource(
    key="match_requirements",
    label="配套要求",
    model=MatchRequirement,
    right=Right.EDIT_FUNDING,
    rows=match_rows,
    importer="funding.match_importing.MatchRequirementsImporter",
    hangs_on="project",
    help="一行一条：一个项目，哪个来源的钱，要配套百分之几。按项目和来源认定是否已登记；取消的请在页面上取消。",
    columns=(
        project_column(is_key=True),
        Column("asked", "要求配套的资金", is_export_only=True, sort="source__name"),
        Column(
            "source",
            "要求配套的来源",
            source="source.name",
            synonyms=("资金来源", "来源"),
            help="本县登记的资金来源；不填为全部非配套资金。",
            example="省总工会",
            is_key=True,
            in_list=False,
            on_page=False,
        ),
        Column(
            "percent",
            "配套比例（%）",
            kind=Kind.PERCENT,
            required=True,
            synonyms=("配套比例", "比例"),
            help="例如要求 1:0.5 配套，填 50；最多 1000。",
            sort="percent",
        ),
        Column(
            "basis",
            "依据（文号）",
            required=True,
            synonyms=("依据", "文号"),
            example="青工发〔2023〕1号",
        ),
        Column("base", "要求配套的金额（元）", kind=Kind.MONEY, is_export_only=True, in_list=False),
        Column(
            "required",
            "应配套（元）",
            kind=Kind.MONEY,
            is_export_only=True,
            sort="due",
            help="要求配套的金额 × 比例。",
        ),
        Column("matched", "已承诺配套（元）", kind=Kind.MONEY, is_export_only=True, sort="matched"),
        Column("shortfall", "还差（元）", kind=Kind.MONEY, is_export_only=True, sort="lacking"),
        Column("union_name", "工会", source="union.name", is_export_only=True, in_list=False),
    ),
)
