"""The three-way match of a month in a few statements: what was recorded by shop and day, and what looks wrong.

One statement surveys the month in one pass, shop by shop and day by day; for bursts each day keeps the moments
of its check-ins (grouping the month by moment makes fifty times as many groups). Only days on which something
can be wrong are looked at again, row by row, and only doubtful check-ins are written down: the others are
counted, and found again by shop and day. What was booked for others is read from an index of its own, phones of
several workers from the list of phones. What the union itself doubts is few, and is read from its own list.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from cases.serving import programme_hours
from funding.models import Settlement
from funding.settling.month import LIMITS

Days = dict[int, dict[date, int]]
_HOURS = """
hours as (
  select id as shop_id, coalesce(serves_from, %(serves_from)s::time) as opens,
    coalesce(serves_until, %(serves_until)s::time) + interval '59.999999 seconds' as closes
  from cases_partnershop where programme_id = %(programme)s)"""
_MONTH = "m.programme_id = %(programme)s and m.served_on >= %(first)s and m.served_on < %(until)s"
_MOMENT = "date_bin(make_interval(secs => %(burst_seconds)s), m.served_at, 'epoch')"
_COUNT = f"""
select shop_id, served_on, count(*) from cases_mealcheckin m where {_MONTH} group by 1, 2 order by 1, 2"""
_SURVEY = f"""
with {_HOURS},
contracts as (
  select shop_id, daterange(valid_from, valid_to) as span from cases_shopcontract where archived_at is null),
always as (select shop_id from contracts where span @> daterange(%(first)s, %(until)s)),
pauses as (
  select shop_id, daterange(valid_from, valid_to) as span from cases_shoppause
  where archived_at is null and daterange(valid_from, valid_to) && daterange(%(first)s, %(until)s)),
days as (
  select shop_id, served_on, count(*)::int as meals, min(served_at) as earliest, max(served_at) as latest,
    array_agg({_MOMENT}) filter (where served_at is not null) as moments
  from cases_mealcheckin m where {_MONTH} group by 1, 2)
select d.shop_id, d.served_on, d.meals,
  exists (select from (select unnest(moments) as moment) m group by moment having count(*) > %(burst_meals)s)
    as is_crowded,
  coalesce(earliest < (served_on + opens) at time zone 'Asia/Shanghai'
    or latest > (served_on + closes) at time zone 'Asia/Shanghai', false) as is_late,
  shop_id not in (select shop_id from always) and not exists (
      select from contracts c where c.shop_id = d.shop_id and d.served_on <@ c.span)
    or exists (select from pauses p where p.shop_id = d.shop_id and d.served_on <@ p.span) as is_closed
from days d left join hours using (shop_id) order by 1, 2"""


def _days_of(kind: str) -> str:
    """The days that the survey marked, by shop."""
    return f"unnest(%({kind}_shops)s::bigint[], %({kind}_days)s::date[]) d (shop_id, served_on)"


def _on(kind: str) -> str:
    """The check-ins of those days."""
    return f"cases_mealcheckin m join {_days_of(kind)} using (shop_id, served_on)"


_FOUND = f"""
with {_HOURS},
-- Before opening and after closing: two ranges of the index, without the others of the day.
late as (
  select m.id, shop_id, served_on, (m.served_at at time zone 'Asia/Shanghai')::time as at, opens, closes
  from {_days_of("late")} join hours using (shop_id)
  cross join lateral (values
    (timestamptz '-infinity', (d.served_on + opens) at time zone 'Asia/Shanghai'),
    ((d.served_on + closes) at time zone 'Asia/Shanghai', timestamptz 'infinity')) outside (after, before)
  join cases_mealcheckin m using (shop_id, served_on)
  where m.served_at > outside.after and m.served_at < outside.before and {_MONTH}),
outside_spell as materialized (
  select m.id, m.shop_id, m.person_id, m.served_on, e.valid_from, e.valid_to
  from cases_enrolment e join cases_mealcheckin m on m.person_id = e.person_id and m.enrolment_id = e.id
  where (e.valid_from > %(first)s or e.valid_to < %(until)s)
    and (m.served_on < e.valid_from or m.served_on >= e.valid_to) and {_MONTH}),
-- Who came back is enrolled by his new spell, also where the meal was booked under the old one.
left_post as (
  select * from outside_spell m where not exists (
    select from cases_enrolment e
    where e.programme_id = %(programme)s and e.person_id = m.person_id and e.archived_at is null
      and m.served_on >= e.valid_from and (e.valid_to is null or m.served_on < e.valid_to))),
proxied as (
  select m.id, m.shop_id, m.proxy_by_id, m.served_at
  from cases_mealcheckin m where {_MONTH} and m.channel = 'proxy'),
successive as (
  select id, shop_id, served_at, lag(shop_id) over w as last_shop, lag(served_at) over w as last_at
  from proxied window w as (partition by proxy_by_id order by served_at, id)),
totals as (select * from unnest(%(shops)s::bigint[], %(totals)s::bigint[]) t (shop_id, meals)),
-- Where all proxies together are few, none of them is too many.
suspect as (
  select shop_id, min(meals) as meals from proxied join totals using (shop_id) group by 1
  having count(*) >= %(proxy_least)s and 100 * count(*) > %(proxy_percent)s * min(meals)),
often as (
  select shop_id, proxy_by_id, count(*) as booked, min(meals) as meals from proxied join suspect using (shop_id)
  group by 1, 2 having count(*) >= %(proxy_least)s),
too_many as (
  select * from often where 100 * booked > %(proxy_percent)s * meals),
crowded as (
  select m.id, shop_id, count(*) over (partition by shop_id, {_MOMENT}) as meals
  from {_on("crowded")} where {_MONTH} and m.served_at is not null),
-- In the county of the month: whoever sees several counties finds a worker who moved on his phone in each.
phones as (
  select browser from cases_workerphone where county_id = %(county)s
  group by 1 having count(*) >= %(phone_workers)s),
shared as (
  select m.id, m.shop_id, count(*) over (partition by m.browser, m.served_on) as workers
  from cases_workerphone w join phones using (browser)
  join cases_mealcheckin m on m.person_id = w.person_id and m.browser = w.browser
  where w.county_id = %(county)s and {_MONTH}),
raised as (
  select m.id, m.shop_id, q.words from cases_mealdoubt q join cases_mealcheckin m on m.id = q.meal_id
  where q.archived_at is null and {_MONTH}),
found (meal_id, shop_id, reason, detail) as (
  select id, shop_id, 'outside_hours', to_char(served_on, 'MM-DD') || ' ' || to_char(at, 'HH24:MI') || ' 打卡，供餐时间 '
    || to_char(opens, 'HH24:MI') || ' 至 ' || to_char(closes, 'HH24:MI') from late where at not between opens and closes
  union all
  select id, shop_id, 'left_post', served_on || ' 就餐，登记从 ' || valid_from || coalesce(' 到 ' || valid_to || ' 之前', ' 起')
  from left_post
  union all
  select id, shop_id, 'proxy_share', '同一人本月在这家门店代登 ' || booked || ' 份，占 ' || meals || ' 份的 '
    || round(100.0 * booked / meals, 1) || '%%' from proxied join too_many using (shop_id, proxy_by_id)
  union all
  select id, shop_id, 'two_shops', '同一人 ' || round(extract(epoch from served_at - last_at) / 60) || ' 分钟前在另一家门店代登'
  from successive where last_shop <> shop_id
    and served_at - last_at < make_interval(mins => %(minutes_between_shops)s)
  union all
  select id, shop_id, 'burst', %(burst_seconds)s || ' 秒内打卡超过 ' || %(burst_meals)s || ' 份'
  from crowded where meals > %(burst_meals)s
  union all
  select id, shop_id, 'same_phone', '同一部手机当天为 ' || workers || ' 人打卡' from shared
  where workers >= %(phone_workers)s
  union all
  select id, shop_id, 'raised', words from raised
  union all
  select m.id, shop_id, 'closed_shop', served_on || ' 没有合同或停供' from {_on("closed")} where {_MONTH}),
gone as (
  delete from funding_settlementexception x where x.settlement_id = %(settlement)s and x.meal_id is not null
    and x.decision = 'open' and not exists (
      select from found f where f.meal_id = x.meal_id and f.reason = x.reason))
insert into funding_settlementexception (settlement_id, union_id, county_id, shop_id, meal_id, reason, detail,
  decision, decision_reason, version, created_at)
select %(settlement)s, %(union)s, %(county)s, shop_id, meal_id, reason, detail, 'open', '', 1, statement_timestamp() from found
on conflict (settlement_id, shop_id, reason, meal_id) do nothing"""
# A doubt that was taken back, or raised again in the same or other words, takes its decision along. The doubt that is
# listed is older than its listing: the month is held by whoever raises or lists, so a newer one was raised after it.
_NO_LONGER_RAISED = """
delete from funding_settlementexception x where x.settlement_id = %s and x.reason = 'raised' and not exists (
  select from cases_mealdoubt q where q.meal_id = x.meal_id and q.archived_at is null and q.words = x.detail
    and q.created_at <= x.created_at)"""
_DOUBTFUL = """
select m.shop_id, m.served_on, count(distinct m.id) from funding_settlementexception x
join cases_mealcheckin m on m.id = x.meal_id
where x.settlement_id = %s and x.decision <> 'accepted' group by 1, 2"""
_KINDS = ("crowded", "late", "closed")
# A day's moments are kept together in memory; with less of it PostgreSQL reads the month by shop, row by row.
_ROOM = "select set_config('work_mem', '64MB', true)"


@dataclass
class Survey:
    """A month's check-ins by shop and day, and the days on which one of a kind of doubt may be found."""

    counted: Days = field(default_factory=lambda: defaultdict(dict))
    marked: dict[str, list[tuple[int, date]]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})


def surveyed(settlement: Settlement) -> Survey:
    """One grouped scan over the month."""
    found = Survey()
    with connection.cursor() as cursor:
        cursor.execute(_ROOM)
        cursor.execute(_SURVEY, _month(settlement))
        for shop, day, meals, *marks in cursor.fetchall():
            found.counted[shop][day] = meals
            for kind, is_marked in zip(_KINDS, marks, strict=True):
                if is_marked:
                    found.marked[kind].append((shop, day))
    return found


def recorded(settlement: Settlement) -> Days:
    """Check-ins of the month by shop and day: one grouped scan."""
    return _days(_COUNT, _month(settlement))


def doubtful(settlement: Settlement) -> Days:
    """Check-ins by shop and day that are in doubt: open or disputed."""
    return _days(_DOUBTFUL, [settlement.pk])


def _days(sql: str, parameters: Any) -> Days:
    found: Days = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        for shop, day, count in cursor.fetchall():
            found[shop][day] = count
    return found


def find_exceptions(settlement: Settlement, survey: Survey) -> None:
    """List what is doubtful now; what was decided stays, what was open and is in order now goes.

    Only what the union raised and took back goes decided or not.
    """
    marked: dict[str, Any] = {}
    for kind, places in survey.marked.items():
        marked |= {f"{kind}_shops": [shop for shop, _ in places], f"{kind}_days": [day for _, day in places]}
    with connection.cursor() as cursor:
        cursor.execute(_NO_LONGER_RAISED, [settlement.pk])
        cursor.execute(
            _FOUND,
            {
                **_month(settlement),
                **marked,
                "shops": list(survey.counted),
                "totals": [sum(days.values()) for days in survey.counted.values()],
                "settlement": settlement.pk,
                "union": settlement.union_id,
                "county": settlement.county_id,
            },
        )


def _month(settlement: Settlement) -> dict[str, Any]:
    hours = programme_hours(settlement.programme)
    return {
        "programme": settlement.programme_id,
        "first": settlement.month,
        "until": settlement.following,
        "serves_from": str(hours[0]) if hours else None,
        "serves_until": str(hours[1]) if hours else None,
        **vars(LIMITS),
    }
