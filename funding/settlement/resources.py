"""How months, their lines, exceptions and the shops' statements enter and leave in bulk."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from core.resource import Column, Exposure, Kind, Resource
from core.rights import Right
from funding.actions.drafting import match_statements
from funding.models import (
    Decision,
    ExceptionReason,
    Payment,
    Settlement,
    SettlementException,
    SettlementLine,
    SettlementStage,
    ShopStatement,
    StatementChannel,
)


def settlement_rows(account: Any) -> QuerySet[Any]:
    """Visible months with their sums."""
    return (
        Settlement.objects.visible_to(account)
        .select_related("programme", "union", "checked_by", "approved_by")
        .annotate(
            meals_recorded=Sum("lines__meals_recorded"),
            meals_valid=Sum("lines__meals_valid"),
            payable=Sum("lines__payable"),
            shops_total=Count("lines"),
            shops_confirmed=Count("lines", filter=Q(lines__confirmed_at__isnull=False)),
        )
    )


SETTLEMENTS = Resource(
    key="settlements",
    label="月结算",
    model=Settlement,
    right=Right.EDIT_FUNDING,
    rows=settlement_rows,
    columns=(
        Column("month_text", "月份", sort="month"),
        Column("programme", "服务项目", source="programme.name", sort="programme__name_sort"),
        Column("stage", "阶段", kind=Kind.CHOICE, choices=tuple(SettlementStage.choices), sort="stage"),
        Column("eligible_days", "应就餐（人天）", kind=Kind.INTEGER, sort="eligible_days"),
        Column("meals_recorded", "打卡（份）", kind=Kind.INTEGER),
        Column("meals_valid", "结算（份）", kind=Kind.INTEGER),
        Column("payable", "应付（元）", kind=Kind.MONEY),
        Column("shops_total", "门店（家）", kind=Kind.INTEGER),
        Column("shops_confirmed", "已确认（家）", kind=Kind.INTEGER),
        Column("checked_by", "核对人", source="checked_by.name", in_list=False),
        Column("approved_by", "批准人", source="approved_by.name", in_list=False),
        Column("union_name", "工会", source="union.name", in_list=False),
    ),
)


def line_rows(account: Any) -> QuerySet[Any]:
    """Visible lines with shop, month and payments."""
    return (
        SettlementLine.objects.visible_to(account)
        .named()
        .select_related("shop", "settlement__programme", "union", "confirmed_by")
        .prefetch_related("payments")
    )


SETTLEMENT_LINES = Resource(
    key="settlement_lines",
    label="门店结算",
    model=SettlementLine,
    right=Right.EDIT_FUNDING,
    rows=line_rows,
    columns=(
        Column("shop", "门店", source="shop_name", sort="shop__name"),
        Column("month", "月份", source="settlement.month_text", sort="settlement__month"),
        Column("programme", "服务项目", source="settlement.programme.name"),
        Column("meals_recorded", "打卡（份）", kind=Kind.INTEGER, sort="meals_recorded"),
        Column("meals_stated", "门店报数（份）", kind=Kind.INTEGER),
        Column("meals_withheld", "待定和有异议（份）", kind=Kind.INTEGER, sort="meals_withheld"),
        Column("meals_valid", "结算（份）", kind=Kind.INTEGER, sort="meals_valid"),
        Column("amount", "面值合计（元）", kind=Kind.MONEY),
        Column("correction_meals", "更正（份）", kind=Kind.INTEGER),
        Column("correction_amount", "更正面值（元）", kind=Kind.MONEY, in_list=False),
        Column("payable", "应付（元）", kind=Kind.MONEY, sort="payable"),
        Column("confirmed_at", "门店确认", source="confirmed_at", sort="confirmed_at"),
        Column("confirmed_how", "确认方式", in_list=False),
        Column("objection", "门店异议", in_list=False),
        Column("payment_state", "付款"),
        Column("paid_on", "付款日期", kind=Kind.DATE, source="payment.paid_on"),
        Column("reference", "付款凭证号", source="payment.reference", in_list=False),
    ),
)


def payment_rows(account: Any) -> QuerySet[Any]:
    """Visible payments with shop and month, the returned ones among them."""
    rows = Payment.objects.visible_to(account).named()
    return rows.select_related("line__shop", "settlement__programme", "union", "returned_by")


SETTLEMENT_PAYMENTS = Resource(
    key="settlement_payments",
    label="门店付款",
    model=Payment,
    right=Right.EDIT_FUNDING,
    rows=payment_rows,
    columns=(
        Column("shop", "门店", source="shop_name", sort="line__shop__name"),
        Column("month", "月份", source="settlement.month_text", sort="settlement__month"),
        Column("programme", "服务项目", source="settlement.programme.name"),
        Column("amount", "金额（元）", kind=Kind.MONEY, sort="amount"),
        Column("reference", "付款凭证号", sort="reference"),
        Column("paid_on", "付款日期", kind=Kind.DATE, sort="paid_on"),
        Column("returned_on", "退回日期", kind=Kind.DATE, sort="returned_on"),
        Column("returned_reason", "退回原因"),
        Column("returned_by", "退回登记人", source="returned_by.name", in_list=False),
        Column("union_name", "工会", source="union.name", in_list=False),
    ),
)


def exception_rows(account: Any) -> QuerySet[Any]:
    """Visible exceptions with shop, month and worker, and how many meals each withholds."""
    rows = SettlementException.objects.visible_to(account).counted()
    return rows.select_related("shop", "settlement__programme", "meal__enrolment__person", "decided_by")


SETTLEMENT_EXCEPTIONS = Resource(
    key="settlement_exceptions",
    label="结算疑点",
    model=SettlementException,
    right=Right.EDIT_FUNDING,
    rows=exception_rows,
    columns=(
        Column("shop", "门店", source="shop.name", sort="shop__name"),
        Column("month", "月份", source="settlement.month_text", sort="settlement__month"),
        Column("programme", "服务项目", source="settlement.programme.name"),
        Column("served_on", "就餐日期", kind=Kind.DATE, source="meal.served_on", sort="meal__served_on"),
        Column("person", "职工", kind=Kind.NAME, source="meal.enrolment.person.name"),
        Column("id_masked", "身份证号", source="meal.enrolment.person.id_masked", exposure=Exposure.MASKED),
        Column("reason", "原因", kind=Kind.CHOICE, choices=tuple(ExceptionReason.choices), sort="reason"),
        Column("detail", "说明"),
        Column("decision", "处理", kind=Kind.CHOICE, choices=tuple(Decision.choices), sort="decision"),
        Column(
            "meals_withheld",
            "待定和有异议（份）",
            kind=Kind.INTEGER,
            help="因这个疑点没有结算的份数；认可的是0，同一份有几个疑点的只算在第一个里。",
        ),
        Column("decision_reason", "处理理由", in_list=False),
        Column("decided_by", "处理人", source="decided_by.name", in_list=False),
    ),
)


def statement_rows(account: Any) -> QuerySet[Any]:
    """Visible statements with shop and programme."""
    return ShopStatement.objects.visible_to(account).select_related("shop__programme", "union")


SHOP_STATEMENTS = Resource(
    key="shop_statements",
    label="门店报数",
    model=ShopStatement,
    right=Right.EDIT_FUNDING,
    rows=statement_rows,
    importer="funding.settlement.importing.StatementsImporter",
    after=match_statements,
    help="一行一家门店一个月：门店自己记的份数。按门店和月份认定是否已报；与打卡不一致的列为结算疑点。",
    columns=(
        Column(
            "shop",
            "门店",
            example="某早餐店",
            kind=Kind.REFERENCE,
            reference="shops",
            source="shop.name",
            required=True,
            synonyms=("门店名称", "店名"),
            is_key=True,
            sort="shop__name",
        ),
        Column(
            "month",
            "月份",
            source="month_label",
            required=True,
            is_key=True,
            synonyms=("报数月份",),
            help="如 2023-01。",
            example="2023-01",
            sort="month",
        ),
        Column(
            "meals",
            "报数（份）",
            kind=Kind.INTEGER,
            required=True,
            synonyms=("报数", "份数", "就餐份数"),
            help="门店自己记的份数，不用和打卡一致。",
            example="620",
            sort="meals",
        ),
        Column(
            "days",
            "逐日份数",
            synonyms=("每天份数", "每日份数"),
            help="有逐日记录的才填：从1日起一天一个数，用逗号隔开，没有供餐的日子写0；或写“1日20份、3日19份”。合计要等于报数。",
            in_list=False,
        ),
        Column("amount", "报账金额（元）", kind=Kind.MONEY, synonyms=("报账金额", "金额", "金额（元）")),
        Column(
            "stated_on",
            "报数日期",
            kind=Kind.DATE,
            help="不填的按导入当天。",
            sort="stated_on",
        ),
        Column(
            "programme",
            "服务项目",
            kind=Kind.REFERENCE,
            reference="programmes",
            source="shop.programme.name",
            help="只有几个项目里有同名门店时才要填。",
        ),
        Column(
            "channel",
            "报数方式",
            kind=Kind.CHOICE,
            choices=tuple(StatementChannel.choices),
            is_export_only=True,
        ),
        Column("note", "备注", in_list=False),
    ),
)
