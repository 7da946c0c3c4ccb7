"""New rows of a member table that may mean a person who is already there under another ID number."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db import connection

from core.crypto import open_sealed
from core.imports.model import Doubt
from core.models import ImportBatch
from members.models import Person

NUMBER, MOBILE = "身份证号", "手机号"
REMEDY = "是同一个人的请按此人更新，不是的请按新增。"
# More people than this with one name and one birth date were given a made-up date.
FEW = 3
TABLE = Person._meta.db_table
# The new people of the plan with what tells them apart, in a table that knows how many they are.
_PLANNED = """
create temporary table planned_people on commit drop as
select number, v ->> 'name' as name, v ->> 'name_sort' as name_sort,
  (v ->> 'birth_date')::date as birth_date, (v ->> 'county_id')::int as county_id,
  v ->> 'mobile_last4' as mobile_last4, v ->> 'uuid' as uuid, v ->> 'mobile' as mobile
from (
  select number, "values" -> 'row' as v from core_importrow
  where batch_id = %s and plan in ('new', 'doubtful') and target_version is null and "values" ? 'row'
  offset 0) planned;
analyze planned_people (county_id, name_sort, name, birth_date, mobile_last4)"""
_FORGET = "drop table planned_people"
_ALIKE = """
select v.number, p.id from planned_people v
join {table} p on p.county_id = v.county_id and p.name_sort = v.name_sort and p.name = v.name
where p.archived_at is null and {agreement} and (%s::int[] is null or v.number = any(%s::int[]))"""
_REGISTERED = """
with alike as materialized ({same_day} union {same_mobile})
select v.number, p.id, p.name, p.id_last4, u.name, p.birth_date = v.birth_date,
       p.uuid, p.mobile, v.uuid, v.mobile, count(*) over (partition by v.number)
from alike
join planned_people v on v.number = alike.number
join {table} p on p.id = alike.id
join unions_union u on u.id = p.union_id
where p.id in ({visible})
order by v.number, p.id"""
_SAME_DAY = _ALIKE.format(table=TABLE, agreement="p.birth_date = v.birth_date")
_SAME_MOBILE = _ALIKE.format(
    table=TABLE, agreement="p.mobile_last4 = v.mobile_last4 and p.mobile_last4 <> ''"
)
_TWICE = """
select array_agg(number order by number) from planned_people
group by name, birth_date
having count(*) between 2 and %s and (%s::int[] is null or bool_or(number = any(%s::int[])))"""


def find_doubts(batch: ImportBatch, actor: Any, numbers: Collection[int] | None) -> Iterator[Doubt]:
    """Doubts about the new rows of a staged plan, all or some."""
    asked = None if numbers is None else sorted(numbers)
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED, [batch.pk])
    found = [*_registered(actor, asked), *_twice(asked)]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
    return iter(found)


def _registered(actor: Any, asked: list[int] | None) -> Iterator[Doubt]:
    """Somebody registered with the same name and birth date, or the same name and mobile number."""
    visible, given = Person.objects.visible_to(actor).order_by().values("pk").query.sql_with_params()
    statement = _REGISTERED.format(table=TABLE, same_day=_SAME_DAY, same_mobile=_SAME_MOBILE, visible=visible)
    for row in _rows(statement, [asked, asked, asked, asked, *given]):
        number, person, name, last4, union, is_same_day, *mobiles, alike = row
        if alike > FEW:
            continue
        same = "同名同生日" if is_same_day else "同名同手机号" if _is_same_mobile(*mobiles) else ""
        if same:
            who = f"与登记的“{name}”{same}，身份证号不同（尾号“{last4}”，在“{union}”）"
            yield Doubt(number, NUMBER if is_same_day else MOBILE, f"{who}。{REMEDY}", person)


def _is_same_mobile(uuid: Any, registered: Any, new_uuid: str, given: str | None) -> bool:
    """The last four digits agree; whether all do is seen only in the open numbers."""
    if not registered or not given:
        return False
    envelope = bytes.fromhex(given.removeprefix("\\x"))
    return _mobile(str(uuid), bytes(registered)) == _mobile(new_uuid, envelope)


def _mobile(uuid: str, envelope: bytes) -> str:
    return str(open_sealed(envelope, f"{TABLE}:{uuid}:mobile"))


def _twice(asked: list[int] | None) -> Iterator[Doubt]:
    """The same name and birth date in two or three rows of the file, each with its own ID number."""
    for (same,) in _rows(_TWICE, [FEW, asked, asked]):
        for number in same:
            if asked is None or number in asked:
                others = "、".join(str(other) for other in same if other != number)
                text = (
                    f"与表中第 {others} 行同名同生日，身份证号不同。是同一个人的请只留一行，不是的请按新增。"
                )
                yield Doubt(number, NUMBER, text)


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
