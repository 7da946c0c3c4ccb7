"""The pages of contracts, supplements and payments."""

from typing import Any

from django.urls import reverse

from cases.project_screens import document_url
from core import tables
from core.resource import Resource
from core.rights import Right
from core.screens import Related, Screen, Verb
from funding import actions
from funding import contract_forms as forms
from funding import contract_resources as resources
from funding.contract_filters import ContractFilter, PaymentFilter, SupplementFilter
from funding.forms import ReturnForm
from funding.models import ContractPayment, ContractSupplement, ProjectContract


def _facts(resource: Resource, **links: Any) -> Any:
    def facts(row: Any, account: Any) -> list[dict[str, Any]]:
        opened = {label: url(row) for label, url in links.items()}
        return tables.facts(resource, row, links=opened)

    return facts


def _project_url(row: ProjectContract) -> str:
    return reverse("projects-detail", args=[row.project_id])


def _contract_url(row: Any) -> str:
    return reverse("project_contracts-detail", args=[row.contract_id])


def _contracts_project_url(row: Any) -> str:
    return _project_url(row.contract)


def _line_url(row: ContractPayment) -> str:
    return reverse("funding_lines-detail", args=[row.line_id]) if row.line_id else ""


def _of(model: Any, *joined: str) -> Any:
    """Current rows that belong to the contract of the page."""

    def rows(row: Any, account: Any) -> Any:
        found = model.objects.visible_to(account).filter(contract=row, archived_at__isnull=True)
        return found.select_related(*joined)

    return rows


def _is_returned(row: ContractPayment) -> bool:
    return row.returned_on is not None


def _is_unlinked(row: ContractPayment) -> bool:
    return not _is_returned(row) and (row.line is None or row.line.is_archived)


CONTRACT_SCREEN: Screen = Screen(
    resource=resources.PROJECT_CONTRACTS,
    filterset=ContractFilter,
    right=Right.EDIT_FUNDING,
    noun="的项目合同",
    form=forms.ContractRowForm,
    create=actions.create_contract,
    change=actions.change_contract,
    archive=actions.archive_contract,
    create_label="登记合同",
    empty="还没有合同。可以在这里或项目的页面上登记，也可以从表格导入。",
    order=("-signed_on", "-pk"),
    facts=_facts(resources.PROJECT_CONTRACTS, **{"建设项目": _project_url, "合同文件": document_url}),
    verbs=(
        Verb(
            "pay",
            "登记付款",
            actions.record_payment,
            Right.EDIT_FUNDING,
            form=forms.PaymentForm,
            icon="coin",
            creates_for="contract",
        ),
        Verb(
            "supplement",
            "登记补充协议",
            actions.add_supplement,
            Right.EDIT_FUNDING,
            form=forms.SupplementForm,
            creates_for="contract",
        ),
    ),
    related=(
        Related(
            "付款",
            ("付款日期", "付款金额（元）", "凭证号", "资金来源", "已记支出", "退回"),
            _of(ContractPayment, "source", "line"),
            lambda row: (
                row.paid_on,
                row.amount,
                row.reference,
                row.source,
                row.stands_in_lines,
                f"{row.returned_on} {row.returned_reason}" if row.returned_on else "",
            ),
            "这份合同还没有付款。",
            url=lambda row: PAYMENT_SCREEN.url("detail", row.pk),
            verb="pay",
            numeric=frozenset({"付款金额（元）"}),
        ),
        Related(
            "补充协议",
            ("协议编号", "协议内容", "增减金额（元）", "签订日期"),
            _of(ContractSupplement),
            lambda row: (row.number, row.subject, row.amount, row.signed_on),
            "没有补充协议。合同金额或工期有变化的，在这里登记。",
            url=lambda row: SUPPLEMENT_SCREEN.url("detail", row.pk),
            verb="supplement",
            numeric=frozenset({"增减金额（元）"}),
        ),
    ),
)
SUPPLEMENT_SCREEN: Screen = Screen(
    resource=resources.CONTRACT_SUPPLEMENTS,
    filterset=SupplementFilter,
    right=Right.EDIT_FUNDING,
    noun="的补充协议",
    change=actions.change_supplement,
    change_form=forms.SupplementRowForm,
    archive=actions.archive_supplement,
    empty="还没有补充协议。请在合同的页面上登记，也可以从表格导入。",
    order=("-signed_on", "-pk"),
    facts=_facts(
        resources.CONTRACT_SUPPLEMENTS,
        **{"合同编号": _contract_url, "建设项目": _contracts_project_url, "协议文件": document_url},
    ),
)
PAYMENT_SCREEN: Screen = Screen(
    resource=resources.CONTRACT_PAYMENTS,
    filterset=PaymentFilter,
    right=Right.EDIT_FUNDING,
    noun="的合同付款",
    change=actions.change_payment,
    change_form=forms.PaymentRowForm,
    archive=actions.archive_payment,
    empty="还没有付款。请在合同的页面上登记，也可以从表格导入。",
    order=("-paid_on", "-pk"),
    facts=_facts(
        resources.CONTRACT_PAYMENTS,
        **{"合同编号": _contract_url, "建设项目": _contracts_project_url, "已记支出": _line_url},
    ),
    verbs=(
        Verb(
            "spend",
            "记入资金支出",
            actions.spend_payment,
            Right.EDIT_FUNDING,
            form=forms.SpendForm,
            note="在资金明细里记一笔“支出”，金额、日期、凭证号与这笔付款一致。",
            applies=_is_unlinked,
        ),
        Verb(
            "link",
            "对上已有支出",
            actions.link_payment,
            Right.EDIT_FUNDING,
            form=forms.LinkForm,
            note="这笔付款已经有人在资金明细里记过“支出”的，选出那一条，不要再记一遍。",
            applies=_is_unlinked,
        ),
        Verb(
            "return",
            "登记退回",
            actions.return_contract_payment,
            Right.EDIT_FUNDING,
            form=ReturnForm,
            note="银行把钱退回来的才登记。这笔付款留在档案里，不再算作已付，对应的支出明细一起归档；重新付款另登记一笔。",
            applies=lambda row: not _is_returned(row) and not row.is_archived,
        ),
        Verb(
            "keep",
            "撤销退回",
            actions.keep_contract_payment,
            Right.EDIT_FUNDING,
            needs_reason=True,
            note="登记错了、其实没有退回的才撤销。",
            applies=_is_returned,
        ),
    ),
)
