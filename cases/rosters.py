"""The rows behind the figures of programmes: enrolments and meals."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from cases.columns import OFFICE_COLUMN, PROGRAMME_COLUMN
from cases.models import Enrolment, MealChannel, MealCheckIn
from core.resource import Column, Exposure, Kind, Resource
from core.rights import Right
from members.models import Person


def enrolment_rows(account: Any) -> QuerySet[Any]:
    """Visible enrolments with their meals counted.

    The worker is fetched beside them, not joined: one who has gone to a union out of sight leaves his row here.
    """
    worker = Person.objects.filter(pk=OuterRef("person"))
    rows: QuerySet[Any] = (
        Enrolment.objects.visible_to(account)
        .select_related("programme", "employer", "crew_leader")
        .prefetch_related("person")
        .annotate(meals_total=Count("meals"), name_sort=Subquery(worker.values("name_sort")))
    )
    return rows


ENROLMENTS = Resource(
    key="enrolments",
    label="登记职工",
    model=Enrolment,
    right=Right.EDIT_CASES,
    rows=enrolment_rows,
    importer="cases.enrolling.EnrolmentsImporter",
    help="一行一名职工在一个服务项目中的一段登记。按项目、身份证号和起始日期认定是否已登记；"
    "第一次出现的身份证号登记为没有会籍的职工。",
    columns=(
        Column("name", "姓名", kind=Kind.NAME, source="person.name", sort="name_sort"),
        Column(
            "id_number",
            "身份证号",
            kind=Kind.ID_NUMBER,
            required=True,
            is_key=True,
            source="person.id_masked",
            exposure=Exposure.MASKED,
            synonyms=("公民身份号码", "证件号码"),
            help="保存后只显示后四位。",
        ),
        Column(
            "mobile",
            "手机号",
            kind=Kind.MOBILE,
            source="person.mobile_masked",
            exposure=Exposure.MASKED,
            synonyms=("手机号码", "联系电话", "电话", "手机"),
            example="13900000000",
            in_list=False,
            help="用手机打卡的填写，记入名册；名册里已有的不改，与名册不同的会提示。",
        ),
        PROGRAMME_COLUMN,
        OFFICE_COLUMN,
        Column(
            "employer",
            "用人单位",
            kind=Kind.REFERENCE,
            reference="employers",
            source="employer.name",
            synonyms=("工作单位", "单位"),
            help="登记的单位全称或信用代码；没有登记的可以不填。",
        ),
        Column("is_crew_leader", "班组长", kind=Kind.YES_NO, help="可以替班组里没有手机的职工登记就餐。"),
        Column(
            "crew_leader",
            "所属班组长身份证号",
            kind=Kind.ID_NUMBER,
            source="crew_leader.id_masked",
            exposure=Exposure.MASKED,
            in_list=False,
            help="由谁代为登记；这个人要先登记为班组长。",
        ),
        Column(
            "valid_from",
            "起始日期",
            kind=Kind.DATE,
            required=True,
            is_key=True,
            sort="valid_from",
            synonyms=("登记日期", "开始日期"),
        ),
        Column(
            "valid_to",
            "终止日期",
            kind=Kind.DATE,
            sort="valid_to",
            synonyms=("结束日期",),
            help="从这一天起不再享受；还在册的不填。",
        ),
        Column("meals_total", "累计就餐（份）", kind=Kind.INTEGER, sort="meals_total", is_export_only=True),
        Column(
            "record",
            "档案号",
            source="person.uuid",
            in_list=False,
            help="系统给出，更新已登记的职工时保留，可代替完整身份证号。",
        ),
    ),
)


def meal_rows(account: Any) -> QuerySet[Any]:
    """Visible meals with shop and programme, and with the worker where he is still in sight."""
    meals = MealCheckIn.objects.visible_to(account).select_related("enrolment", "shop", "programme")
    return meals.prefetch_related("enrolment__person")


MEALS = Resource(
    key="meals",
    label="就餐打卡",
    model=MealCheckIn,
    right=Right.EDIT_CASES,
    rows=meal_rows,
    importer="cases.importing_meals.MealsImporter",
    help="一行一人一天一份，如门店手工登记的就餐。按职工和日期认定是否已登记；已登记的不会改动。",
    columns=(
        Column(
            "served_on",
            "就餐日期",
            kind=Kind.DATE,
            required=True,
            is_key=True,
            synonyms=("日期", "用餐日期", "打卡日期"),
            example="2023-03-01",
            sort="served_on",
        ),
        Column(
            "served_time",
            "就餐时间",
            synonyms=("时间", "打卡时间", "用餐时间"),
            help="可不填；填写的要在供餐时间内。",
            example="07:35",
        ),
        Column(
            "shop",
            "门店",
            example="一号店",
            required=True,
            source="shop.name",
            synonyms=("门店名称", "爱心门店", "餐厅"),
            help="这个项目里登记的门店名称，当天要有合同。",
        ),
        Column(
            "person", "职工", kind=Kind.NAME, source="enrolment.person.name", synonyms=("姓名", "职工姓名")
        ),
        Column(
            "id_number",
            "身份证号",
            kind=Kind.ID_NUMBER,
            is_key=True,
            source="enrolment.person.id_masked",
            exposure=Exposure.MASKED,
            synonyms=("身份证号码", "证件号码", "身份证"),
            help="18位，整列设为文本格式。不知道身份证号的填登记编号。",
        ),
        Column(
            "enrolment",
            "登记编号",
            kind=Kind.INTEGER,
            source="enrolment_id",
            help="登记职工时系统给出的编号，与身份证号填一个即可。",
            in_list=False,
        ),
        Column(
            "programme",
            "服务项目",
            source="programme.name",
            synonyms=("项目名称", "项目"),
            help="只有一个供餐项目的县可不填。",
        ),
        Column(
            "channel",
            "登记方式",
            kind=Kind.CHOICE,
            choices=tuple(MealChannel.choices),
            is_export_only=True,
        ),
    ),
)
