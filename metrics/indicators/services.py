"""Services and money (I36, I39, I40)."""

from metrics.facts import ENROLMENTS, GRANTS, PROJECTS, SUBSIDIES
from metrics.indicators.base import Companion, Half, Indicator

SINCE = "2020Q1"

_RECEIVED = Half(SUBSIDIES, "received", "到账补助", "元")

BREAKFAST_TAKE_UP = Indicator(
    code="I36",
    key="breakfast_take_up",
    name="爱心早餐就餐率",
    numerator=Half(ENROLMENTS, "meals", "就餐份数", "份"),
    denominator=Half(ENROLMENTS, "serving_days", "应就餐人日", "人日"),
    rule=(
        "本季有效打卡份数，与登记职工应就餐人日之比。应就餐人日逐人计算：登记有效期内、项目运行、"
        "且至少有一家门店在合同期内并且没有停供的天数；"
        "季度未结束时算到今天。一人一天最多一份。"
    ),
    owner="权益保障部门",
    since=SINCE,
    groups=("office",),
    companions=(
        Companion(
            key="reach",
            name="覆盖面：本季至少就餐一次的登记职工",
            numerator=Half(ENROLMENTS, "is_reached", "就餐过的职工", "人"),
            denominator=Half(ENROLMENTS, "is_enrolled", "登记职工", "人"),
            rule=(
                "本季至少有一份有效打卡的登记职工，与本季至少有一个应就餐日的登记职工之比。"
                "应就餐日的算法同就餐率；季度未结束时算到今天。"
            ),
        ),
    ),
)

SUBSIDY_RECEIPT = Indicator(
    code="I39",
    key="subsidy_receipt_rate",
    name="补助资金到位率",
    numerator=_RECEIVED,
    denominator=Half(SUBSIDIES, "granted", "下达补助", "元"),
    rule=(
        "截至季末，当年下达给县级工会的补助中已经到账的金额，与下达金额之比；以前年度的补助不计入。"
        "下达时的层级和金额为准，年中改层级不变。只申报、未下达的钱不算。"
        "另列“项目上级资金到位”：建设项目和服务项目中上级工会、财政资金累计到位与累计批复之比，实物折价不计入；"
        "多方共同的来源，登记的各方都是上级工会或财政的才计入。"
    ),
    owner="财务部门",
    since=SINCE,
    groups=("tier",),
    companions=(
        Companion(
            key="spent",
            name="支出进度：支出占到账补助",
            numerator=Half(SUBSIDIES, "spent", "支出补助", "元"),
            denominator=_RECEIVED,
            rule=(
                "截至季末，当年下达给县级工会的补助中已经支出的金额，与其中已经到账的金额之比；"
                "以前年度的补助不计入。"
            ),
        ),
        Companion(
            key="projects",
            name="项目上级资金到位",
            numerator=Half(GRANTS, "received", "到位资金", "元"),
            denominator=Half(GRANTS, "approved", "批复资金", "元"),
            rule=(
                "建设项目和服务项目中上级工会、财政资金截至季末累计到位的金额，与累计批复的金额之比。"
                "实物折价不计入。多方共同的来源，登记的各方都是上级工会或财政的，两数都计入；"
                "有一方不是的，或没有登记是哪几方的，都不计入。"
            ),
        ),
    ),
)

FUNDING_RECONCILIATION = Indicator(
    code="I40",
    key="funding_reconciliation_rate",
    name="资金来源核对一致率",
    numerator=Half(PROJECTS, "is_reconciled", "核对一致的项目", "个"),
    denominator=Half(PROJECTS, "has_several_sources", "多来源项目", "个"),
    rule=(
        "截至季末有两个以上资金来源的建设项目中，各来源计入合计的金额之和等于文件总投资、且没有待核事项的项目所占比例。"
        "每个来源计入合计的金额：有批复取批复，没有批复的依次取承诺函、申报、意向，都没有取到位。实物折价不计入。另列“连同已说明的差额”：不一致但差额已有说明或维持、没有其他待核事项的，也算。"
    ),
    owner="财务部门",
    since=SINCE,
    groups=("project_kind",),
    companions=(
        Companion(
            key="explained",
            name="连同已说明的差额",
            numerator=Half(PROJECTS, "is_settled", "一致或已说明的项目", "个"),
            denominator=Half(PROJECTS, "has_several_sources", "多来源项目", "个"),
            rule=(
                "截至季末有两个以上资金来源的建设项目中，核对一致的，连同差额已有说明或维持、"
                "没有其他待核事项的，所占的比例。"
            ),
        ),
    ),
)
