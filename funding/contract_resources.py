"""How contracts and payments enter and leave in bulk."""

from typing import Any

from django.db.models import F, QuerySet

from cases.project_resources import number_column, project_column
from core.resource import Column, Kind, Resource
from core.rights import Right
from funding.models import ContractPayment, ContractSupplement, ProjectContract


def _contract_column() -> Column:
    """The contract a row hangs on, by its number."""
    return Column(
        "contract",
        "合同编号",
        example="合-2023-001",
        kind=Kind.REFERENCE,
        reference="project_contracts",
        source="contract.number",
        required=True,
        synonyms=("合同号",),
        sort="contract__number",
    )


def contract_rows(account: Any) -> QuerySet[Any]:
    """Visible contracts with their project."""
    return ProjectContract.objects.visible_to(account).select_related("project", "union", "evidence")


PROJECT_CONTRACTS = Resource(
    key="project_contracts",
    label="项目合同",
    model=ProjectContract,
    right=Right.EDIT_FUNDING,
    rows=contract_rows,
    importer="funding.contract_importing.ContractsImporter",
    help="一行一份合同。补充协议不另起一行，请用“补充协议”的表格，或在合同页面登记。按项目和合同编号认定是否已登记。",
    columns=(
        Column(
            "number",
            "合同编号",
            example="合-2023-001",
            required=True,
            is_key=True,
            synonyms=("合同号", "编号"),
            sort="number",
        ),
        project_column(),
        Column(
            "other_party",
            "对方单位",
            example="某某建设公司",
            required=True,
            synonyms=("乙方", "供应商", "施工单位", "中标单位"),
            sort="other_party",
        ),
        Column("subject", "合同内容", example="主体施工", required=True, synonyms=("合同名称", "内容")),
        Column(
            "amount",
            "合同金额（元）",
            kind=Kind.MONEY,
            required=True,
            synonyms=("合同金额", "合同价", "金额"),
            sort="amount",
        ),
        Column("supplemented", "补充协议（元）", kind=Kind.MONEY, is_export_only=True, sort="supplemented"),
        Column("paid", "已付（元）", kind=Kind.MONEY, is_export_only=True, sort="paid"),
        Column(
            "unpaid", "未付（元）", kind=Kind.MONEY, is_export_only=True, help="合同加补充协议，减去已付。"
        ),
        Column(
            "signed_on",
            "签订日期",
            kind=Kind.DATE,
            required=True,
            synonyms=("合同签订日期",),
            sort="signed_on",
        ),
        Column(
            "planned_finish_on",
            "约定完成日期",
            kind=Kind.DATE,
            synonyms=("完工日期", "交货日期"),
            sort="planned_finish_on",
            in_list=False,
        ),
        Column("note", "备注", in_list=False),
        Column("evidence", "合同文件", source="evidence.name", is_export_only=True, in_list=False),
        Column("union_name", "工会", source="union.name", is_export_only=True, in_list=False),
    ),
)


def supplement_rows(account: Any) -> QuerySet[Any]:
    """Visible supplements with their contract."""
    found = ContractSupplement.objects.visible_to(account)
    return found.select_related("contract__project", "union", "evidence")


CONTRACT_SUPPLEMENTS = Resource(
    key="contract_supplements",
    label="补充协议",
    model=ContractSupplement,
    right=Right.EDIT_FUNDING,
    rows=supplement_rows,
    importer="funding.supplement_importing.SupplementsImporter",
    help="一行一份补充协议。增加填正数，减少填负数，不涉及金额填 0。合同要先登记。",
    columns=(
        Column(
            "number",
            "协议编号",
            example="补-1",
            required=True,
            synonyms=("补充协议编号",),
            sort="number",
        ),
        _contract_column(),
        Column("project", "建设项目", source="contract.project.name", is_export_only=True),
        Column("subject", "协议内容", example="增加屋面防水", required=True, synonyms=("补充协议内容",)),
        Column(
            "amount",
            "增减金额（元）",
            kind=Kind.MONEY,
            required=True,
            synonyms=("增减金额",),
            help="减少填负数。",
            example="-20000.00",
            is_signed=True,
            sort="amount",
        ),
        Column("signed_on", "签订日期", kind=Kind.DATE, required=True, sort="signed_on"),
        Column("evidence", "协议文件", source="evidence.name", is_export_only=True),
        number_column("协议登记号"),
    ),
)


def payment_rows(account: Any) -> QuerySet[Any]:
    """Visible payments with contract, project, source and line."""
    found = ContractPayment.objects.visible_to(account)
    return found.select_related("contract__project", "source", "line", "union").annotate(
        project_id=F("contract__project_id")
    )


CONTRACT_PAYMENTS = Resource(
    key="contract_payments",
    label="合同付款",
    model=ContractPayment,
    right=Right.EDIT_FUNDING,
    rows=payment_rows,
    importer="funding.contract_importing.PaymentsImporter",
    help="一行一笔付款。合计不能超过合同加补充协议。导入的付款请在付款页面“记入资金支出”或“对上已有支出”。",
    columns=(
        Column("paid_on", "付款日期", kind=Kind.DATE, required=True, synonyms=("支付日期",), sort="paid_on"),
        _contract_column(),
        Column("project", "建设项目", source="contract.project.name", is_export_only=True),
        Column("other_party", "对方单位", source="contract.other_party", is_export_only=True),
        Column(
            "amount",
            "付款金额（元）",
            kind=Kind.MONEY,
            required=True,
            synonyms=("付款金额", "支付金额", "金额"),
            sort="amount",
        ),
        Column("reference", "凭证号", synonyms=("付款凭证号",)),
        Column(
            "source",
            "资金来源",
            source="source.name",
            synonyms=("来源",),
            help="本县登记过的来源名称；没有写明的不填。",
        ),
        Column("stands_in_lines", "已记支出", kind=Kind.YES_NO, is_export_only=True),
        Column("returned_on", "退回日期", kind=Kind.DATE, is_export_only=True, sort="returned_on"),
        Column("returned_reason", "退回原因", is_export_only=True, in_list=False),
        Column("note", "备注", in_list=False),
        Column("union_name", "工会", source="union.name", is_export_only=True, in_list=False),
        number_column("付款编号"),
    ),
)
