"""Shops as rows: what the list, the export and the page of a shop show."""

from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from cases.columns import OFFICE_COLUMN, PROGRAMME_COLUMN
from cases.models import PartnerShop, PauseKind, ShopContract, ShopPause, ShopStage
from core.resource import Column, Kind, Resource
from core.rights import Right

# What holds for a shop today, beside the stage of its dealings with the union.
STANDINGS = (
    ("serving", "供餐中"),
    ("pause", "停供"),
    ("suspension", "暂停资格"),
    ("coming", "合同未开始"),
    ("over", "合同已结束"),
    ("none", "未签约"),
)


def shop_rows(account: Any) -> QuerySet[Any]:
    """Visible shops with the contract that counts today and how they stand."""
    today = timezone.localdate()
    contracts = ShopContract.objects.active().filter(shop=OuterRef("pk"))
    # The contract in force, else the last one before, else the next one.
    counted = contracts.annotate(
        nearness=Case(
            When(Q(valid_from__lte=today) & (Q(valid_to__isnull=True) | Q(valid_to__gt=today)), then=0),
            When(valid_from__lte=today, then=1),
            default=2,
        )
    ).order_by("nearness", "-valid_from")
    rows = PartnerShop.objects.visible_to(account).select_related("programme", "union")
    annotated: QuerySet[Any] = rows.annotate(
        contract_from=Subquery(counted.values("valid_from")[:1]),
        contract_to=Subquery(counted.values("valid_to")[:1]),
        contract_no=Subquery(counted.values("contract_no")[:1]),
        discount=Subquery(counted.values("discount")[:1]),
        standing=_standing(),
        is_suspended=Exists(ShopPause.objects.open().filter(shop=OuterRef("pk"))),
    )
    return annotated


def _standing() -> Case:
    today = timezone.localdate()
    pauses = ShopPause.objects.on(today).filter(shop=OuterRef("pk"))
    contracts = ShopContract.objects.active().filter(shop=OuterRef("pk"))
    in_force = Exists(ShopContract.objects.on(today).filter(shop=OuterRef("pk")))
    return Case(
        When(Exists(pauses.filter(kind=PauseKind.SUSPENSION)), then=Value("suspension")),
        When(in_force & Exists(pauses), then=Value("pause")),
        When(in_force, then=Value("serving")),
        When(Exists(contracts.filter(valid_from__gt=today)), then=Value("coming")),
        When(Exists(contracts), then=Value("over")),
        default=Value("none"),
        output_field=CharField(),
    )


SHOPS = Resource(
    key="shops",
    label="爱心门店",
    model=PartnerShop,
    right=Right.EDIT_CASES,
    rows=shop_rows,
    importer="cases.importing_shops.ShopsImporter",
    help="一行一家门店。按服务项目和门店名称认定是否已登记；写了合同起始日期的，连同合同一起登记。",
    columns=(
        Column(
            "name",
            "门店名称",
            example="一号店",
            required=True,
            is_key=True,
            synonyms=("门店", "店名", "爱心门店"),
            sort="name",
        ),
        PROGRAMME_COLUMN,
        OFFICE_COLUMN,
        Column("address", "地址", in_list=False, synonyms=("门店地址",)),
        Column("longitude", "经度", source="longitude_words", in_list=False, example="101.784500"),
        Column("latitude", "纬度", source="latitude_words", in_list=False, example="36.617200"),
        Column("contact_post", "联系岗位", in_list=False, help="如“店长”，不写个人姓名。"),
        Column("phone", "门店电话", in_list=False, synonyms=("联系电话", "电话")),
        Column("serves_from", "供餐开始", source="opens", in_list=False, help="与项目的供餐时间不同的才填。"),
        Column(
            "serves_until", "供餐结束", source="closes", in_list=False, help="与项目的供餐时间不同的才填。"
        ),
        Column("applied_on", "申请日期", kind=Kind.DATE, in_list=False),
        Column("stage", "阶段", kind=Kind.CHOICE, choices=tuple(ShopStage.choices), is_export_only=True),
        Column("standing", "今天", kind=Kind.CHOICE, choices=STANDINGS, is_export_only=True),
        Column("contract_no", "合同编号", in_list=False, synonyms=("合同号",)),
        Column(
            "contract_from",
            "合同起始日期",
            kind=Kind.DATE,
            sort="contract_from",
            synonyms=("合同开始日期", "签约日期"),
            help="只是申请、还没有签约的不填。",
        ),
        Column(
            "contract_to",
            "合同终止日期",
            kind=Kind.DATE,
            sort="contract_to",
            synonyms=("合同结束日期",),
            help="从这一天起不再供餐；未定的不填。",
        ),
        Column(
            "discount",
            "每份让利（元）",
            kind=Kind.MONEY,
            sort="discount",
            synonyms=("每份让利", "让利（元）"),
        ),
        Column("refusal", "未通过原因", in_list=False, is_export_only=True),
        Column("door_code", "门店码", in_list=False, is_export_only=True),
    ),
)
