"""How cost-sharing rules enter and leave in bulk."""

from typing import Any

from django.db.models import QuerySet

from cases.columns import PROGRAMME_COLUMN
from core.resource import Column, Kind, Resource
from core.rights import Right
from funding.models import CostShareRule


def rule_rows(account: Any) -> QuerySet[Any]:
    """Visible rules with their programme and payers."""
    return CostShareRule.objects.visible_to(account).with_shares().select_related("programme", "union")


COST_SHARE_RULES = Resource(
    key="cost_share_rules",
    label="费用分担",
    model=CostShareRule,
    right=Right.EDIT_FUNDING,
    rows=rule_rows,
    importer="funding.sharing.importing.CostShareRulesImporter",
    help="一行一个分担办法：从哪天起，每份多少元，各方怎样分担。按服务项目和起始日期认定是否已登记。",
    columns=(
        PROGRAMME_COLUMN,
        Column("valid_from", "起始日期", kind=Kind.DATE, required=True, is_key=True, sort="valid_from"),
        Column(
            "valid_to",
            "终止日期",
            kind=Kind.DATE,
            sort="valid_to",
            help="从这一天起不再适用；还在执行的不填。",
        ),
        Column(
            "face_value",
            "每份标准（元）",
            kind=Kind.MONEY,
            required=True,
            synonyms=("每份标准", "标准（元）"),
            sort="face_value",
            example="11.00",
        ),
        Column(
            "payers",
            "各方分担",
            source="payers_text",
            required=True,
            synonyms=("分担办法", "分担各方"),
            help="各方用分号隔开，如“职工个人 1元；商家让利 2元；省总工会 比例1.8；区总工会 比例1”。",
            example="职工个人 1元；商家让利 2元；省总工会 8元",
        ),
        Column("note", "依据", synonyms=("文号",)),
        Column("union_name", "工会", source="union.name", is_export_only=True, in_list=False),
    ),
)
