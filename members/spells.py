"""Memberships as an import needs them: where a person is a member, and what leaves no room for another."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Max

from core import scope
from core.imports.staging import problem_json
from core.models import ImportBatch
from members.models import Membership

OVERLAPPING = "此人在这段时间已有会籍，一个人同一时间只能有一个。请核对入会日期，把这一行再核对一次。"
# Rows that begin a membership, or move its first day, where another one stands since the check.
_HOLD_OVERLAPPING = """
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
where r.batch_id = %s and r.plan = 'changed' and (exists (
  select from jsonb_to_recordset(r."values" -> 'add' -> 'members_membership') v (person_id bigint, valid_from date)
  join members_membership m on m.person_id = v.person_id
  where coalesce(m.valid_to, 'infinity') > v.valid_from)
or exists (
  select from jsonb_to_recordset(r."values" -> 'edit' -> 'members_membership') v (id bigint, valid_from date)
  join members_membership own on own.id = v.id
  join members_membership m on m.person_id = own.person_id and m.id <> own.id
  where coalesce(m.valid_to, 'infinity') > v.valid_from
    and m.valid_from < coalesce(own.valid_to, 'infinity')))"""


def open_spells(persons: Collection[int]) -> dict[int, dict[str, Any]]:
    """Of each person the membership that stands, by the person's number."""
    names = ("id", "version", "person_id", "union_id", "union__name", "valid_from", "began_by")
    found = Membership.objects.open().filter(person_id__in=persons).values(*names)
    return {spell["person_id"]: spell for spell in found}


def last_ends(persons: Collection[int]) -> dict[int, date]:
    """Of each person the day until which memberships that have ended reach."""
    ended = Membership.objects.filter(person_id__in=persons, valid_to__isnull=False).order_by()
    return dict(ended.values_list("person_id").annotate(Max("valid_to")))


def last_ends_anywhere(persons: Collection[int]) -> dict[int, date]:
    """The same with memberships out of sight: two must not overlap, wherever they are."""
    if not persons:
        return {}
    with scope.everywhere():
        return last_ends(persons)


def hold_overlapping(batch: ImportBatch, label: str) -> None:
    """Hold rows for whose membership there is no room any more, in sight or out of it, instead of failing the batch."""
    with scope.everywhere(), connection.cursor() as cursor:
        cursor.execute(_HOLD_OVERLAPPING, [problem_json(label, OVERLAPPING), batch.pk])
