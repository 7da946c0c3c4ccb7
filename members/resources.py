"""How members enter and leave in bulk."""

from typing import Any

from django.db.models import Case, CharField, OuterRef, Prefetch, QuerySet, Subquery, Value, When

from core.resource import Column, Exposure, Kind, Resource
from core.rights import Right
from members.models import (
    ChangeReason,
    Education,
    EmploymentState,
    HouseholdKind,
    MemberGroup,
    MemberGroupTag,
    Membership,
    MembershipChange,
    Person,
    PoliticalStatus,
    Sex,
    SkillGrade,
    TransferRequest,
    TransferState,
)
from unions.models import Union

# What a row says whose person is a member out of the importer's sight.
ELSEWHERE = "此人已在本工会管辖范围以外登记会籍，请申请转入，不能在这里导入。"
# How counties write what the code lists call otherwise.
CHOICE_SYNONYMS = {
    "sex": {"男性": "1", "女性": "2"},
    "education": {
        "大专": "30",
        "专科": "30",
        "本科": "20",
        "大学": "20",
        "硕士": "10",
        "博士": "10",
        "中专": "40",
        "中技": "40",
        "职高": "40",
        "技校": "40",
        "小学及以下": "80",
    },
    "political_status": {"党员": "01", "预备党员": "02", "团员": "03", "无党派": "13"},
    "skill_grade": {"高级": "3", "中级": "4", "初级": "5"},
    "employment_state": {"在职": "1", "内部退养": "7"},
    "household_kind": {
        "农业": "rural",
        "农村": "rural",
        "非农业": "urban",
        "城镇": "urban",
        "居民户口": "urban",
    },
    "groups": {
        "网约送餐员": "delivery_rider",
        "外卖员": "delivery_rider",
        "环卫": "sanitation",
        "快递": "courier",
    },
}


def member_rows(account: Any) -> QuerySet[Person]:
    """Visible persons with their open membership and tags."""
    spells = Membership.objects.visible_to(account).open().select_related("union")
    tags = MemberGroupTag.objects.visible_to(account).filter(valid_to__isnull=True)
    return (
        Person.objects.visible_to(account)
        .select_related("employer")
        .prefetch_related(  # type: ignore[no-redef]  # the stubs count the declared attribute too
            Prefetch("memberships", spells, to_attr="open_memberships"),
            Prefetch("tags", tags, to_attr="open_tags"),
        )
    )


MEMBERS = Resource(
    key="members",
    label="会员",
    model=Person,
    right=Right.EDIT_MEMBERS,
    rows=member_rows,
    importer="members.importing.MembersImporter",
    options={
        "choice_synonyms": CHOICE_SYNONYMS,
        "defaults": ("union", "joined_on"),
        "held_step": (ELSEWHERE, "申请转入", "transfers-from-import"),
    },
    help="一行一名会员，按身份证号认定。性别和出生日期由身份证号得出，表里有这两列时一并核对。",
    columns=(
        Column(
            "name", "姓名", kind=Kind.NAME, required=True, synonyms=("会员姓名", "职工姓名"), sort="name_sort"
        ),
        Column(
            "id_number",
            "身份证号",
            kind=Kind.ID_NUMBER,
            required=True,
            is_key=True,
            source="id_masked",
            exposure=Exposure.MASKED,
            synonyms=("身份证号码", "公民身份号码", "证件号码", "身份证"),
            help="18位，整列设为文本格式。",
        ),
        Column(
            "sex",
            "性别",
            kind=Kind.CHOICE,
            choices=tuple(Sex.choices),
            synonyms=("男/女", "男女"),
            example="男",
        ),
        Column(
            "birth_date",
            "出生日期",
            kind=Kind.DATE,
            synonyms=("出生年月日", "出生年月"),
            example="1990-03-07",
            in_list=False,
            is_import_only=True,
        ),
        Column(
            "mobile",
            "手机号",
            kind=Kind.MOBILE,
            source="mobile_masked",
            exposure=Exposure.MASKED,
            synonyms=("手机号码", "联系电话", "电话", "手机"),
            example="13900000000",
            in_list=False,
        ),
        Column(
            "union",
            "所在工会",
            kind=Kind.UNION,
            required=True,
            source="membership.union.name",
            synonyms=("工会名称", "所属工会", "基层工会", "工会编码", "工会"),
            help="编码或全称。",
            example="某某公司工会",
        ),
        Column(
            "joined_on",
            "入会日期",
            kind=Kind.DATE,
            required=True,
            source="membership.valid_from",
            synonyms=("入会时间", "入会年月日"),
        ),
        Column(
            "change",
            "会籍变化类型",
            kind=Kind.CHOICE,
            choices=tuple(MembershipChange.choices),
            offered=(MembershipChange.ADMIT, MembershipChange.TRANSFER_IN, MembershipChange.RETAIN),
            example="入会",
            synonyms=("会籍变动", "变动类型", "会籍变化"),
            help="只接受入会、转入和保留会籍；不填为入会。",
            is_import_only=True,
            in_list=False,
        ),
        Column("state", "会籍状态", source="state_label", is_export_only=True),
        Column(
            "groups",
            "群体",
            kind=Kind.CHOICES,
            choices=tuple(MemberGroup.choices),
            source="groups_label",
            synonyms=("群体标签", "职工群体", "人员类别"),
            help="可写多个，用顿号隔开。",
        ),
        Column(
            "employer",
            "工作单位",
            source="employer.name",
            synonyms=("单位名称", "用人单位", "单位"),
            in_list=False,
            example="某某公司",
        ),
        Column("nation", "民族", synonyms=("民族成份",), in_list=False, example="藏族"),
        Column(
            "education",
            "学历",
            kind=Kind.CHOICE,
            choices=tuple(Education.choices),
            synonyms=("文化程度", "最高学历", "受教育程度"),
            in_list=False,
        ),
        Column(
            "political_status",
            "政治面貌",
            kind=Kind.CHOICE,
            choices=tuple(PoliticalStatus.choices),
            in_list=False,
        ),
        Column(
            "skill_grade",
            "技术等级",
            kind=Kind.CHOICE,
            choices=tuple(SkillGrade.choices),
            synonyms=("技能等级",),
            in_list=False,
        ),
        Column(
            "employment_state",
            "就业状况",
            kind=Kind.CHOICE,
            choices=tuple(EmploymentState.choices),
            in_list=False,
        ),
        Column(
            "household_kind",
            "户籍类型",
            kind=Kind.CHOICE,
            choices=tuple(HouseholdKind.choices),
            synonyms=("户口类型", "户口性质"),
            in_list=False,
        ),
        Column(
            "uuid",
            "档案号",
            synonyms=("会员档案号",),
            in_list=False,
            help="系统给出，更新已有会员时保留，可代替完整身份证号。",
        ),
    ),
)


INWARD, OUTWARD, WITHIN = "转入", "转出", "辖区内"


def transfer_rows(account: Any) -> QuerySet[TransferRequest]:
    """Visible requests; who gives is named to the giving side alone."""
    own = Union.objects.visible_to(account)
    seen = own.values("pk")
    giver = Subquery(own.filter(pk=OuterRef("giver_id")).values("name")[:1], output_field=CharField())
    direction = Case(
        When(giver__in=seen, union__in=seen, then=Value(WITHIN)),
        When(giver__in=seen, then=Value(OUTWARD)),
        default=Value(INWARD),
    )
    return TransferRequest.objects.visible_to(account).annotate(giver_name=giver, direction=direction)


TRANSFERS = Resource(
    key="transfers",
    label="会籍转接",
    model=TransferRequest,
    right=Right.EDIT_MEMBERS,
    rows=transfer_rows,
    help="向管辖范围以外的工会申请转入会员。由转出方答复，同意后两边在同一天变动。",
    columns=(
        Column("name", "姓名", kind=Kind.NAME, required=True),
        Column(
            "id_number",
            "身份证号",
            kind=Kind.ID_NUMBER,
            source="id_masked",
            exposure=Exposure.MASKED,
        ),
        Column("direction", "方向"),
        Column("to_name", "转入工会"),
        Column("giver_name", "转出工会", help="只有转出方看得到。"),
        Column("on", "转会日期", kind=Kind.DATE, sort="on"),
        Column("change_reason", "原因", kind=Kind.CHOICE, choices=tuple(ChangeReason.choices), in_list=False),
        Column("state", "状态", kind=Kind.CHOICE, choices=tuple(TransferState.choices), sort="state"),
        Column("answer", "答复", in_list=False),
        Column("answered_on", "答复日期", kind=Kind.DATE, in_list=False),
    ),
)
