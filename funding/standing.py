"""Money of many projects at once, counted by the database: how far it has come, by whatever one asks.

The rules are those of `funding.reconciliation`, source by source within each project; a joint source is counted
once, as its own; separate projects are never merged, only their sums are added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max, Min, QuerySet, Sum
from django.db.models import Q as Where

from funding.models import FundingLine
from funding.reconciliation import PROMISE_ORDER, STAGES, Waterfall

# What sums can be told apart by: a column of the source's own standing in a project.
BY = {"": "''", "donor": "donor", "county": "county_id::text", "kind": "kind"}
_PROMISE = f"coalesce({', '.join(PROMISE_ORDER)})"
_STAGE_SUMS = ", ".join(f"sum({stage})" for stage in STAGES)
_GROUPED = """
select {by}, min(name), count(distinct county_id), count(distinct (project_id, programme_id)),
       sum({promise}), sum(greatest({promise} - coalesce(received, 0), 0)), {stages},
       count(*) over ()
from ({own}) own
group by 1 order by sum({promise}) desc nulls last, 1 limit %s offset %s
"""
_WAITING = """
with line as ({own}),
basis as (
  select project_id, programme_id, source_id, bool_or(stage = 'approved') as is_approved,
         bool_or(stage = 'letter') as is_letter,
         coalesce(sum(amount) filter (where stage = 'received'), 0) as come
  from line group by 1, 2, 3
),
waiting as (
  select line.id, line.recorded_on, line.amount,
         sum(line.amount) over (
           partition by line.project_id, line.programme_id, line.source_id order by line.recorded_on, line.id
         ) - basis.come as short
  from line join basis
    on basis.source_id = line.source_id
   and basis.project_id is not distinct from line.project_id
   and basis.programme_id is not distinct from line.programme_id
  where line.stage = case when basis.is_approved then 'approved' when basis.is_letter then 'letter' end
)
select id, %s - recorded_on as days, least(amount, short) from waiting where short > 0
"""


@dataclass(frozen=True)
class Standing:
    """One group: whom or where it is about, over how many counties and projects, and its money."""

    key: str
    name: str
    counties: int
    subjects: int
    money: Waterfall
    groups: int


def lines_of(account: Any, **where: Any) -> QuerySet[Any]:
    """The visible lines in cash that sums are made of."""
    rows: QuerySet[Any] = FundingLine.objects.visible_to(account).active().in_cash().filter(**where)
    return rows


def grouped(lines: QuerySet[Any], by: str = "", most: int = 100, start: int = 0) -> list[Standing]:
    """Sums by donor, county or kind, the largest promise first; `groups` is how many there are in all."""
    stages = {stage: Sum("amount", filter=Where(stage=stage)) for stage in STAGES}
    own = (
        lines.order_by()
        .values("project_id", "programme_id", "source_id")
        .annotate(
            county_id=Min("county_id"),
            donor=Min("source__name_key"),
            name=Max("source__name"),
            kind=Min("source__kind"),
            **stages,
        )
    )
    sql, parameters = own.query.sql_with_params()
    statement = _GROUPED.format(by=BY[by], promise=_PROMISE, stages=_STAGE_SUMS, own=sql)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, most, start])
        return [_standing(row) for row in cursor.fetchall()]


def _standing(row: Sequence[Any]) -> Standing:
    key, name, counties, subjects, promised, outstanding = row[:6]
    amounts = dict(zip(STAGES, row[6:-1], strict=True))
    known = {stage: amount for stage, amount in amounts.items() if amount is not None}
    money = Waterfall(key, known, promised, None if promised is None else outstanding)
    return Standing(key, name, counties, subjects, money, row[-1])


def whole(lines: QuerySet[Any]) -> Standing:
    """Everything together; nothing where there are no lines."""
    found = grouped(lines)
    return found[0] if found else Standing("", "", 0, 0, Waterfall("", {}, None, None), 0)


@dataclass(frozen=True)
class Waiting:
    """A committed line of which money has not come: how much, for how many days."""

    line_id: int
    days: int
    amount: Decimal


def waiting(lines: QuerySet[Any], today: date) -> list[Waiting]:
    """What was committed in writing and has not come, the longest first; see `reconciliation.owed`."""
    own = lines.order_by().values(
        "id", "project_id", "programme_id", "source_id", "stage", "amount", "recorded_on"
    )
    sql, parameters = own.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{_WAITING.format(own=sql)} order by days desc, id", [*parameters, today])
        return [Waiting(*row) for row in cursor.fetchall()]
