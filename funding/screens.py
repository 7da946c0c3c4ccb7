"""The pages of funding lines and sources, and what the pages of programmes and projects show of money."""

from typing import Any

from django.urls import reverse

from cases.views import kind_facts
from core import tables
from core.money import yuan
from core.rights import Right
from core.screens import Related, Screen, Verb, restoring
from funding import actions, forms
from funding.filters import LineFilter, SourceFilter
from funding.models import ContractPayment, FundingLine
from funding.pages import subject_url
from funding.resources import FUNDING_LINES, FUNDING_SOURCES


def of(model: Any, field: str, *joined: str) -> Any:
    """Current rows of a model that belong to the page's row."""

    def rows(row: Any, account: Any) -> Any:
        found = model.objects.visible_to(account).filter(**{field: row}, archived_at__isnull=True)
        return found.select_related(*joined) if joined else found

    return rows


def case_facts(resource: Any) -> Any:
    def facts(row: Any, account: Any) -> list[dict[str, Any]]:
        shown = [fact for fact in tables.facts(resource, row) if fact["label"] != "所属工会"]
        return [*shown, *kind_facts(row)]

    return facts


def case_verb(key: str, label: str, action: Any, form: Any, **options: Any) -> Verb:
    return Verb(key, label, action, Right.EDIT_CASES, form=form, **options)


def record_line(field: str) -> Verb:
    return Verb(
        "record-line",
        "记一笔资金",
        actions.record_line,
        Right.EDIT_FUNDING,
        form=forms.SubjectLineForm,
        icon="coin",
        creates_for=field,
    )


def lines_of(field: str) -> Related:
    return Related(
        "资金明细",
        ("来源", "阶段", "金额（元）", "日期", "文号或凭证号", "凭证文件"),
        of(FundingLine, field, "source", "evidence"),
        lambda line: (
            line.source.name,
            line.get_stage_display(),
            line.amount,
            line.recorded_on,
            line.document_no,
            line.evidence,
        ),
        "还没有资金明细。一个来源、一个阶段记一笔。",
        url=lambda line: LINE_SCREEN.url("detail", line.pk),
        verb="record-line",
        numeric=frozenset({"金额（元）"}),
    )


def _line_facts(row: FundingLine, account: Any) -> list[dict[str, Any]]:
    """The line's columns; what it pays for, its source and its document can be opened."""
    links = {
        "建设项目": subject_url(row.project) if row.project else "",
        "服务项目": subject_url(row.programme) if row.programme else "",
        "资金来源": SOURCE_SCREEN.url("detail", row.source_id),
        "凭证文件": reverse("evidence", args=[row.evidence.uuid]) if row.evidence else "",
    }
    return [*tables.facts(FUNDING_LINES, row, links=links), *_payment(row, account)]


def _payment(row: FundingLine, account: Any) -> list[dict[str, Any]]:
    """The payment on a contract that this spending is."""
    paid = ContractPayment.objects.visible_to(account).standing().filter(line=row)
    return [
        {
            "label": "合同付款",
            "value": f"合同 {one.contract.number}，{one.paid_on} 付 {yuan(one.amount)} 元",
            "url": reverse("contract_payments-detail", args=[one.pk]),
        }
        for one in paid.select_related("contract")
    ]


LINE_SCREEN = Screen(
    resource=FUNDING_LINES,
    filterset=LineFilter,
    right=Right.EDIT_FUNDING,
    noun="的资金明细",
    form=forms.LineForm,
    create=actions.record_line,
    change=actions.correct_line,
    archive=actions.archive_line,
    create_label="记一笔资金",
    empty="这里列出每个来源在每个阶段的金额。可以逐笔登记，也可以从表格导入。",
    order=("-recorded_on", "-pk"),
    list_template="funding/lines.html",
    facts=_line_facts,
)


def _is_joint(row: Any) -> bool:
    return bool(row.member_names)


SOURCE_SCREEN = Screen(
    resource=FUNDING_SOURCES,
    filterset=SourceFilter,
    right=Right.EDIT_FUNDING,
    noun="的资金来源",
    form=forms.SourceForm,
    create=actions.create_source,
    change=actions.change_source,
    archive=actions.archive_source,
    create_label="新建资金来源",
    empty="记第一笔资金时会自动登记来源，也可以先在这里登记。",
    order=("name", "pk"),
    detail_template="funding/source.html",
    verbs=(
        Verb(
            "add-member",
            "登记共同出资方",
            actions.add_member,
            Right.EDIT_FUNDING,
            form=forms.MemberForm,
            note="几方共同出资、文件没有写明各出多少的，逐一登记各方；金额只计一次，在各方页面标为“共同”。",
        ),
        Verb(
            "remove-member",
            "移除共同出资方",
            actions.remove_member,
            Right.EDIT_FUNDING,
            form=forms.RemoveMemberForm,
            applies=_is_joint,
        ),
        restoring(actions.restore_source, Right.EDIT_FUNDING),
    ),
    related=(
        Related(
            "资金明细",
            ("用于", "阶段", "金额（元）", "日期", "文号或凭证号"),
            of(FundingLine, "source", "project", "programme"),
            lambda line: (
                line.subject.name,
                line.get_stage_display(),
                line.amount,
                line.recorded_on,
                line.document_no,
            ),
            "这个来源还没有资金明细。",
            url=lambda line: LINE_SCREEN.url("detail", line.pk),
            numeric=frozenset({"金额（元）"}),
        ),
    ),
)
