"""Coverage by unions and members (I01–I11)."""

from metrics.facts import EMPLOYERS, MEMBERS, REPORTED_MEMBERS, UNIONS, WORKERS
from metrics.indicators.base import Half, Indicator

ORGANISATION = "组织建设部门"
SINCE = "2020Q1"

_MEMBERS = Half(MEMBERS, "is_member", "在籍会员", "人")

UNION_ESTABLISHMENT = Indicator(
    code="I01",
    key="union_establishment_rate",
    name="建会率",
    numerator=Half(EMPLOYERS, "has_union_of_should", "已建会单位", "家"),
    denominator=Half(EMPLOYERS, "should_have_union", "应建会单位", "家"),
    rule=(
        "季末24时，名录中的法人单位为应建会单位，已注销的和登记职工数为零的不算；职工数不详的算应建会。"
        "其中有本单位工会、或由联合工会、工会联合会覆盖的，算已建会。一家单位同时被几个工会覆盖只算一次。"
    ),
    owner=ORGANISATION,
    since=SINCE,
    groups=("ownership", "industry"),
)

NONPUBLIC_UNION = Indicator(
    code="I02",
    key="nonpublic_union_rate",
    name="非公企业建会率",
    numerator=Half(EMPLOYERS, "nonpublic_has_union_of_should", "已建会非公企业", "家"),
    denominator=Half(EMPLOYERS, "nonpublic_should_have_union", "应建会非公企业", "家"),
    rule="口径同建会率，只算单位性质登记为非公有制企业的法人单位。国有控股的公司应登记为公有制企业。",
    owner=ORGANISATION,
    since=SINCE,
    groups=("industry",),
)

MEMBER_DENSITY = Indicator(
    code="I03",
    key="member_density",
    name="职工入会率",
    numerator=_MEMBERS,
    denominator=Half(WORKERS, "workers_with_union", "已建会单位职工", "人"),
    rule=(
        "季末24时，会籍状态为在籍的会员与已建会单位职工数之比。退休、失业而保留会籍的不算会员;"
        "一个人只有一个会籍，只算一次。职工数取季末有效的登记数；没有登记职工数的单位不计入分母。"
    ),
    owner=ORGANISATION,
    since=SINCE,
)

RURAL_MIGRANT_DENSITY = Indicator(
    code="I04",
    key="rural_migrant_density",
    name="农民工入会率",
    numerator=Half(MEMBERS, "is_rural_migrant", "农民工会员", "人"),
    denominator=Half(WORKERS, "rural_migrants", "农民工", "人"),
    rule=(
        "季末24时，有农民工标签（标签须有依据）的在籍会员，与名录中全部用人单位登记的农民工数之比。"
        "分母不限于已建会单位；按就业地统计，输出地不再计。没有登记农民工数的单位不计入分母。"
    ),
    owner=ORGANISATION,
    since=SINCE,
)

NEW_EMPLOYMENT_DENSITY = Indicator(
    code="I05",
    key="new_employment_density",
    name="新就业形态劳动者入会率",
    numerator=Half(MEMBERS, "is_new_employment", "新就业形态会员", "人"),
    denominator=Half(WORKERS, "new_employment", "新就业形态劳动者", "人"),
    rule=(
        "季末24时，有新就业形态、货车司机、网约车司机、快递员或外卖配送员标签的在籍会员，一人有几个标签只算一次;"
        "分母为用人单位登记的新就业形态劳动者数。分母无人统计时只看会员人数。环卫工人不属于这一群体。"
    ),
    owner=ORGANISATION,
    since=SINCE,
)

FEMALE_MEMBER_DENSITY = Indicator(
    code="I06",
    key="female_member_density",
    name="女职工入会率",
    numerator=Half(MEMBERS, "is_female", "女会员", "人"),
    denominator=Half(WORKERS, "female_workers_with_union", "已建会单位女职工", "人"),
    rule="季末24时，女性在籍会员与已建会单位登记的女职工数之比。性别须与身份证号一致；没有登记女职工数的单位不计入分母。",
    owner="女职工部门",
    since=SINCE,
)

REALNAME_COLLECTION = Indicator(
    code="I08",
    key="realname_collection_rate",
    name="实名制采集率",
    numerator=Half(MEMBERS, "is_verified", "已核验会员", "人"),
    denominator=Half(REPORTED_MEMBERS, "reported_members", "工会上报会员", "人"),
    rule=(
        "季末24时，已通过实名核验（证件号校验无误、不重复、已归属工会）的在籍会员，与各工会上报的会员数之比。"
        "上报数取季末前最近一次。"
    ),
    owner=ORGANISATION,
    since=SINCE,
    groups=("union_kind",),
)

LEGAL_PERSON_REGISTRATION = Indicator(
    code="I11",
    key="legal_person_registration_rate",
    name="工会法人登记率",
    numerator=Half(UNIONS, "is_registered", "证书有效的工会", "个"),
    denominator=Half(UNIONS, "is_entitled", "应登记的工会", "个"),
    rule=(
        "季末存在的县级以下工会为应登记的工会（县级以上总工会是登记机关，不算）；持有季末仍在有效期内的工会法人资格证书的算已登记。"
        "登记的统一社会信用代码不是81开头的（误填单位代码）不算。"
    ),
    owner=ORGANISATION,
    since=SINCE,
    groups=("union_kind",),
)
