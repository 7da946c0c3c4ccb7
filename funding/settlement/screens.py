"""The pages of months, of shops' lines, of exceptions and of statements."""

from dataclasses import replace
from typing import Any

from django.urls import path, reverse

from core import tables
from core.rights import Right
from core.screens import Related, Screen, Verb, restoring
from funding import actions
from funding.forms import ReturnForm
from funding.models import (
    Decision,
    Payment,
    Settlement,
    SettlementException,
    SettlementLine,
    SettlementShare,
    SettlementStage,
)
from funding.settlement import filters, forms
from funding.settlement.forecast import forecasts
from funding.settlement.pages import line_page, month_page
from funding.settlement.resources import (
    SETTLEMENT_EXCEPTIONS,
    SETTLEMENT_LINES,
    SETTLEMENT_PAYMENTS,
    SETTLEMENTS,
    SHOP_STATEMENTS,
)
from funding.settlement.views import LineSheetView, PrintLineView, PrintView, SheetView


def _is_open(row: Settlement) -> bool:
    return row.stage in (SettlementStage.DRAFTED, SettlementStage.CONFIRMED)


def _at(*stages: str) -> Any:
    return lambda row: row.stage in stages


def _verb(key: str, label: str, action: Any, form: Any = None, **options: Any) -> Verb:
    return Verb(key, label, action, options.pop("right", Right.EDIT_FUNDING), form=form, **options)


def _month_facts(row: Settlement, account: Any) -> list[dict[str, Any]]:
    programme = reverse("programmes-detail", args=[row.programme_id])
    facts: list[dict[str, Any]] = [
        {"label": "服务项目", "value": row.programme, "url": programme},
        {"label": "月份", "value": row.month_text},
        {"label": "阶段", "value": row.get_stage_display(), "badge": "ok" if row.is_frozen else "info"},
    ]
    for label, who, when in (
        ("核对", row.checked_by, row.checked_at),
        ("批准", row.approved_by, row.approved_at),
    ):
        if when:
            facts.append({"label": label, "value": str(who), "note": tables.text(when)})
    return facts


SETTLEMENT_SCREEN = Screen(
    resource=SETTLEMENTS,
    filterset=filters.SettlementFilter,
    right=Right.EDIT_FUNDING,
    noun="的月结算",
    form=forms.DraftForm,
    create=actions.draft_month,
    create_label="生成月结算",
    empty="这里列出每个月的结算：核对打卡和门店报数，门店确认，核对，批准，付款。月底之后生成。",
    order=("-month", "-pk"),
    detail_template="funding/settlement.html",
    list_template="funding/settlements.html",
    facts=_month_facts,
    context=month_page,
    list_context=forecasts,
    verbs=(
        _verb(
            "decide",
            "成批处理疑点",
            actions.decide_exceptions,
            forms.DecideManyForm,
            applies=_is_open,
            note="一次处理符合条件的全部待定疑点；逐个处理请打开疑点的名单。",
        ),
        _verb(
            "confirm",
            "成批登记门店确认",
            actions.confirm_lines,
            forms.ConfirmForm,
            applies=_at(SettlementStage.DRAFTED),
            note="给还没有确认、也没有异议的门店一次登记，如收齐了盖章对账单；有异议的门店在它的页面逐家登记。",
        ),
        _verb(
            "redraft",
            "重新生成",
            actions.redraft_month,
            applies=_is_open,
            note="按现在的打卡、报数和分担办法重新计算；已经处理的疑点不变，数字变了的门店要重新确认。",
        ),
        _verb(
            "check",
            "核对完成",
            actions.check_month,
            forms.CheckForm,
            applies=_is_open,
            note="核对后等待另一个账号批准。",
        ),
        _verb(
            "return",
            "退回",
            actions.return_month,
            needs_reason=True,
            applies=_at(SettlementStage.CHECKED),
        ),
        _verb(
            "approve",
            "批准",
            actions.approve_month,
            right=Right.APPROVE,
            applies=_at(SettlementStage.CHECKED),
            note="批准后这个月的打卡、份数和金额都不能再改；以后发现的差错只能登记更正。",
        ),
        _verb(
            "pay",
            "登记付款",
            actions.pay_month,
            forms.PayForm,
            applies=_at(SettlementStage.APPROVED),
            note="付款登记后不能改。各来源的支出自动记入资金明细，不用再录；以后被银行退回的，在那笔付款上登记退回。",
        ),
        _verb("close", "归档", actions.close_month, applies=_at(SettlementStage.PAID)),
    ),
)
SETTLEMENT_SCREEN = replace(
    SETTLEMENT_SCREEN,
    extra_urls=(
        path(
            "settlements/<int:pk>/sheet/",
            SheetView.as_view(screen=SETTLEMENT_SCREEN),
            name="settlements-sheet",
        ),
        path(
            "settlements/<int:pk>/print/",
            PrintView.as_view(screen=SETTLEMENT_SCREEN),
            name="settlements-print",
        ),
    ),
)


def _is_returned(row: Payment) -> bool:
    return row.returned_on is not None


def _payment_facts(row: Payment, account: Any) -> list[dict[str, Any]]:
    links = {
        "门店": reverse("settlement_lines-detail", args=[row.line_id]),
        "月份": reverse("settlements-detail", args=[row.settlement_id]),
    }
    badges = {"退回日期": "warn"} if _is_returned(row) else {}
    return tables.facts(SETTLEMENT_PAYMENTS, row, links=links, badges=badges)


PAYMENT_SCREEN = Screen(
    resource=SETTLEMENT_PAYMENTS,
    filterset=filters.PaymentFilter,
    right=Right.EDIT_FUNDING,
    noun="的门店付款",
    empty="批准的月结算登记付款之后，这里逐笔列出付给门店的钱，被银行退回的也在内。",
    order=("-paid_on", "line__shop__name", "pk"),
    facts=_payment_facts,
    verbs=(
        _verb(
            "return",
            "登记退回",
            actions.return_payment,
            ReturnForm,
            applies=lambda row: not _is_returned(row),
            note="银行把钱退回来的才登记。这笔付款留在档案里，不再算作已付；这家门店回到待付，核对账号后重新登记付款。",
        ),
        _verb(
            "keep",
            "撤销退回",
            actions.keep_payment,
            needs_reason=True,
            applies=_is_returned,
            note="登记错了、其实没有退回的才撤销；已经重新付款的不能撤销。",
        ),
    ),
)


def _can_confirm(row: SettlementLine) -> bool:
    return _is_open(row.settlement) and row.confirmed_at is None


def _has_correction(row: SettlementLine) -> bool:
    return row.settlement.is_frozen and row.corrections.withdrawable().exists()


def _line_facts(row: SettlementLine, account: Any) -> list[dict[str, Any]]:
    links = {
        "月份": reverse("settlements-detail", args=[row.settlement_id]),
        "服务项目": reverse("programmes-detail", args=[row.settlement.programme_id]),
    }
    shown = tables.facts(
        SETTLEMENT_LINES, row, links=links, badges={"门店异议": "warn"} if row.objection else {}
    )
    sheet, paper = (reverse(f"settlement_lines-{kind}", args=[row.pk]) for kind in ("sheet", "print"))
    return [
        *shown,
        {"label": "对账单", "value": "下载 PDF", "url": paper, "note": "盖章用"},
        {"label": "逐日对账单", "value": "下载 Excel", "url": sheet, "note": "每天各方多少，合计与本页一致"},
    ]


def _shares(row: SettlementLine, account: Any) -> Any:
    found = SettlementShare.objects.visible_to(account).filter(line=row)
    return found.select_related("share__source", "correction").order_by("correction", "share__position", "pk")


def _line_exceptions(row: SettlementLine, account: Any) -> Any:
    found = SettlementException.objects.visible_to(account)
    return found.filter(settlement=row.settlement_id, shop=row.shop_id).select_related("meal")


LINE_SCREEN = Screen(
    resource=SETTLEMENT_LINES,
    filterset=filters.LineFilter,
    right=Right.EDIT_FUNDING,
    noun="的门店结算",
    empty="生成月结算之后，这里按门店列出份数和应付金额。",
    order=("-settlement__month", "shop__name", "pk"),
    facts=_line_facts,
    detail_template="funding/settlement_line.html",
    context=line_page,
    verbs=(
        _verb("confirm", "登记门店确认", actions.confirm_line, forms.ConfirmForm, applies=_can_confirm),
        _verb(
            "correct",
            "登记更正",
            actions.correct_settled,
            forms.CorrectForm,
            applies=lambda row: row.settlement.is_frozen,
            creates_for="line",
        ),
        _verb(
            "withdraw",
            "撤回更正",
            actions.withdraw_correction,
            forms.WithdrawForm,
            needs_reason=True,
            applies=_has_correction,
            note="登记错了的才撤回；记入的月份核对之后不能撤回，要先退回那个月。记入的月份随即重新计算。",
        ),
    ),
    related=(
        Related(
            "各方承担",
            ("承担方", "付款", "份数", "金额（元）", "说明"),
            _shares,
            lambda share: (
                share.share.name,
                "由工会付给门店" if share.share.is_public else "不经工会",
                share.meals,
                share.amount,
                f"更正：{share.correction.reason}" if share.correction else "",
            ),
            "还没有金额。",
            numeric=frozenset({"份数", "金额（元）"}),
        ),
        Related(
            "付款",
            ("付款日期", "凭证号", "金额（元）", "退回"),
            lambda row, account: (
                Payment.objects.visible_to(account).filter(line=row).order_by("paid_on", "pk")
            ),
            lambda row: (
                row.paid_on,
                row.reference,
                row.amount,
                f"{row.returned_on} {row.returned_reason}" if row.returned_on else "",
            ),
            "还没有付款。批准之后，在当月结算页面登记付款。",
            url=lambda row: PAYMENT_SCREEN.url("detail", row.pk),
            numeric=frozenset({"金额（元）"}),
        ),
        Related(
            "疑点",
            ("疑点", "说明", "处理", "理由"),
            _line_exceptions,
            lambda row: (
                row.get_reason_display(),
                row.detail,
                row.get_decision_display(),
                row.decision_reason,
            ),
            "没有疑点。",
            url=lambda row: reverse("settlement_exceptions-detail", args=[row.pk]),
        ),
        Related(
            "登记在这一行的更正",
            ("就餐日期", "份数", "理由", "记入"),
            lambda row, account: row.corrections.visible_to(account).select_related("taken_in__programme"),
            lambda row: (row.day or "", f"{row.meals:+d}", row.reason, row.standing),
            "没有更正。",
            verb="correct",
            numeric=frozenset({"份数"}),
        ),
    ),
)
LINE_SCREEN = replace(
    LINE_SCREEN,
    extra_urls=(
        path(
            "settlement_lines/<int:pk>/sheet/",
            LineSheetView.as_view(screen=LINE_SCREEN),
            name="settlement_lines-sheet",
        ),
        path(
            "settlement_lines/<int:pk>/print/",
            PrintLineView.as_view(screen=LINE_SCREEN),
            name="settlement_lines-print",
        ),
    ),
)


def _exception_facts(row: SettlementException, account: Any) -> list[dict[str, Any]]:
    links = {"月份": reverse("settlements-detail", args=[row.settlement_id])}
    if row.meal_id:
        links["就餐日期"] = reverse("meals-detail", args=[row.meal_id])
    tone = {Decision.OPEN: "warn", Decision.ACCEPTED: "ok"}.get(Decision(row.decision), "bad")
    return tables.facts(SETTLEMENT_EXCEPTIONS, row, links=links, badges={"处理": tone})


EXCEPTION_SCREEN = Screen(
    resource=SETTLEMENT_EXCEPTIONS,
    filterset=filters.ExceptionFilter,
    right=Right.EDIT_FUNDING,
    noun="的结算疑点",
    empty="没有疑点：打卡、登记和门店报数对得上。",
    order=("-settlement__month", "shop__name", "pk"),
    facts=_exception_facts,
    verbs=(
        _verb(
            "decide",
            "处理",
            actions.decide_exception,
            forms.DecideForm,
            applies=lambda row: _is_open(row.settlement),
        ),
    ),
)
STATEMENT_SCREEN = Screen(
    resource=SHOP_STATEMENTS,
    filterset=filters.StatementFilter,
    right=Right.EDIT_FUNDING,
    noun="的门店报数",
    form=forms.StatementForm,
    create=actions.state_meals,
    change=actions.change_statement,
    archive=actions.archive_statement,
    create_label="登记门店报数",
    verbs=(restoring(actions.restore_statement, Right.EDIT_FUNDING),),
    empty="这里列出门店自己报的每月份数。结算时和打卡对照，对不上的列为疑点。",
    order=("-month", "shop__name", "pk"),
)
