"""What the actions on programmes and projects have in common."""

from datetime import date
from typing import Any, TypeVar

from django.db import models
from django.http import Http404
from django.utils import timezone

from cases.kinds import WrongAttribute, kind_of
from cases.models import Case, MealCheckIn
from cases.months import MonthState, hold_month, month_text
from core.actions import Gone, Refused, change, restore
from core.pinyin import sort_key
from unions.models import Union

RowT = TypeVar("RowT", bound=models.Model)


def held(row: RowT) -> RowT:
    """The row as it stands, safe from change until the transaction ends; others may hold it as well."""
    query = f"select * from {row._meta.db_table} where id = %s for share"
    return next(iter(type(row)._default_manager.raw(query, [row.pk])))


def held_meal(meal: MealCheckIn, what: str) -> MealCheckIn:
    """The meal, nobody else's until the transaction ends; its month first, as everybody takes it.

    In an approved month nothing changes any more; `what` is what the refusal says that one cannot do.
    """
    if hold_month(meal) is MonthState.APPROVED:
        raise Refused(
            f"{month_text(meal)}的结算已批准，那个月的{what}。"
            "多付、少付的请在那个月门店那一行登记更正，记入以后的月份。"
        )
    found = MealCheckIn.objects.select_for_update().filter(pk=meal.pk).first()
    if found is None:
        raise Gone(meal)
    return found


def attributes_of(of: str, kind_key: str, given: dict[str, Any] | None) -> dict[str, Any]:
    kind = kind_of(kind_key)
    if kind is None or kind.of != of:
        raise Refused("请选择种类。", field="kind")
    try:
        return kind.clean(given or {})
    except WrongAttribute as wrong:
        raise Refused(wrong.message, field=wrong.field) from wrong


def place_of(row: Any) -> dict[str, int]:
    """What hangs on a row lies where the row lies."""
    return {"union_id": row.union_id, "county_id": row.county_id}


def require_new_name(model: type[Case], union: Union, name: str) -> None:
    """The database refuses as well; here at its field."""
    if named(model, union.pk, name).exists():
        raise Refused(f"本工会已有名为“{name}”的项目。请换一个名称，或打开原来的项目。", field="name")


def named(model: type[Case], union: int, name: str) -> models.QuerySet[Case]:
    """Those of one name that stand in a union."""
    return model.objects.active().filter(union=union, name=name)


def restored_case(row: Case) -> None:
    """Bring it back, unless its name has gone to another one since."""
    if row.is_archived and named(type(row), row.union_id, row.name).exists():
        raise Refused(
            f"归档以后，本工会又登记了名为“{row}”的项目。要恢复这一个，请先给那一个改名或归档那一个。"
        )
    restore(row)


def require_current(row: Case) -> None:
    if row.is_archived:
        raise Refused(f"“{row}”已归档，不能再登记。")


def require_not_future(day: date, field: str) -> None:
    if day > timezone.localdate():
        raise Refused("日期不能晚于今天。", field=field)


def require_own(row: Any, owner: Case, field: str) -> None:
    """A row of another programme or project is no row at all."""
    if getattr(row, f"{field}_id") != owner.pk:
        raise Http404


def changed_case(row: Case, of: str, values: dict[str, Any]) -> None:
    """Change what programmes and projects share; kind and union stay what they were."""
    if values.pop("kind", row.kind) != row.kind:
        raise Refused("种类登记后不能改。种类选错的，请归档后重新登记。", field="kind")
    values.pop("union", None)
    if "name" in values:
        if values["name"] != row.name:
            require_new_name(type(row), row.union, values["name"])
        values["name_sort"] = sort_key(values["name"])
    if "attributes" in values:
        values["attributes"] = attributes_of(of, row.kind, values["attributes"])
    change(row, **values)
