"""The rows behind the figures of programmes and projects: enrolments, meals, days of use."""

from typing import Any

from django.db.models import Count, QuerySet

from cases.models import Enrolment, MealCheckIn, Visit
from core.resource import Column, Exposure, Kind, Resource
from core.rights import Right


def enrolment_rows(account: Any) -> QuerySet[Any]:
    """Visible enrolments with their meals counted."""
    rows: QuerySet[Any] = (
        Enrolment.objects.visible_to(account)
        .select_related("person", "programme")
        .annotate(meals_total=Count("meals"))
    )
    return rows


ENROLMENTS = Resource(
    key="enrolments",
    label="登记职工",
    model=Enrolment,
    right=Right.EDIT_CASES,
    rows=enrolment_rows,
    columns=(
        Column("person", "职工", kind=Kind.NAME, source="person.name", sort="person__name_sort"),
        Column("id_masked", "身份证号", source="person.id_masked", exposure=Exposure.MASKED),
        Column("programme", "服务项目", source="programme.name"),
        Column("office", "街道（镇）", sort="office"),
        Column("valid_from", "起始日期", kind=Kind.DATE, sort="valid_from"),
        Column("valid_to", "终止日期", kind=Kind.DATE, sort="valid_to"),
        Column("meals_total", "累计就餐（份）", kind=Kind.INTEGER, sort="meals_total"),
    ),
)


def meal_rows(account: Any) -> QuerySet[Any]:
    """Visible meals with worker, shop and programme."""
    return MealCheckIn.objects.visible_to(account).select_related("enrolment__person", "shop", "programme")


MEALS = Resource(
    key="meals",
    label="就餐打卡",
    model=MealCheckIn,
    right=Right.EDIT_CASES,
    rows=meal_rows,
    columns=(
        Column("served_on", "就餐日期", kind=Kind.DATE, sort="served_on"),
        Column("shop", "门店", source="shop.name"),
        Column("person", "职工", kind=Kind.NAME, source="enrolment.person.name"),
        Column("id_masked", "身份证号", source="enrolment.person.id_masked", exposure=Exposure.MASKED),
        Column("programme", "服务项目", source="programme.name"),
    ),
)


def visit_rows(account: Any) -> QuerySet[Any]:
    """Visible records of use with their project."""
    return Visit.objects.visible_to(account).filter(archived_at__isnull=True).select_related("project")


VISITS = Resource(
    key="visits",
    label="使用记录",
    model=Visit,
    right=Right.EDIT_CASES,
    rows=visit_rows,
    columns=(
        Column("visited_on", "日期", kind=Kind.DATE, sort="visited_on"),
        Column("project", "建设项目", source="project.name"),
        Column("person_times", "人次", kind=Kind.INTEGER, sort="person_times"),
        Column("oxygen_hours", "供氧时长（小时）", kind=Kind.TEXT),
    ),
)
