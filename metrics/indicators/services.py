"""Services and money (I36, I39, I40)."""

from metrics.facts import ENROLMENTS, GRANTS, PROJECTS
from metrics.indicators.base import Companion, Half, Indicator

SINCE = "2020Q1"

_RECEIVED = Half(GRANTS, "received", "到位资金", "元")

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
        ),
    ),
)

SUBSIDY_RECEIPT = Indicator(
    code="I39",
    key="subsidy_receipt_rate",
    name="补助资金到位率",
    numerator=_RECEIVED,
    denominator=Half(GRANTS, "approved", "批复资金", "元"),
    rule=(
        "截至季末，上级工会和财政补助资金累计到位的金额，与累计批复的金额之比。"
        "只有意向或申报、尚未批复的钱不算批复；到位与批复各有凭证，分别登记；实物折价不计入。"
    ),
    owner="财务部门",
    since=SINCE,
    groups=("source_kind",),
    companions=(
        Companion(
            key="spent",
            name="支出进度：支出占到位资金",
            numerator=Half(GRANTS, "spent", "支出资金", "元"),
            denominator=_RECEIVED,
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
        "截至季末有两个以上资金来源的建设项目中，各来源承诺金额之和等于文件总投资、且没有待核事项的项目所占比例。"
        "每个来源的承诺金额：有批复取批复，没有批复的依次取承诺函、申报、意向，都没有取到位。实物折价不计入。"
    ),
    owner="财务部门",
    since=SINCE,
    groups=("project_kind",),
)
