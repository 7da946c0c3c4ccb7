"""The three-way match of a month in a few statements: what was recorded by shop and day, and what looks wrong.

Every statement reads the month's check-ins once; only doubtful ones leave the database.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import connection

from cases.serving import programme_hours
from funding.models import Settlement
from funding.settling.month import LIMITS

Days = dict[int, dict[date, int]]
MONTH = "m.programme_id = %(programme)s and m.served_on >= %(first)s and m.served_on < %(until)s"
_COUNT = f"""
select shop_id, served_on, count(*) from cases_mealcheckin m where {MONTH} group by 1, 2 order by 1, 2"""
_FOUND = f"""
with hours as (
  select id, coalesce(serves_from, %(serves_from)s::time) as opens, coalesce(serves_until, %(serves_until)s::time)
    + interval '59.999999 seconds' as closes from cases_partnershop where programme_id = %(programme)s),
flagged as (
  select m.id, m.shop_id, (m.served_at at time zone 'Asia/Shanghai')::time as at, h.opens, h.closes,
    m.served_on, e.valid_from, e.valid_to
  from cases_mealcheckin m join cases_enrolment e on e.id = m.enrolment_id join hours h on h.id = m.shop_id
  where {MONTH} and (
    (m.served_at at time zone 'Asia/Shanghai')::time not between h.opens and h.closes
    or m.served_on < e.valid_from or m.served_on >= e.valid_to)),
proxied as (
  select m.id, m.shop_id, m.proxy_by_id, m.served_at, lag(m.shop_id) over w as last_shop, lag(m.served_at) over w as last_at,
    count(*) over (partition by m.shop_id, m.proxy_by_id) as booked
  from cases_mealcheckin m where {MONTH} and m.channel = 'proxy'
  window w as (partition by m.proxy_by_id order by m.served_at, m.id)),
totals as (select * from unnest(%(shops)s::bigint[], %(totals)s::bigint[]) t (shop_id, meals)),
crowds as (
  select m.shop_id, floor(extract(epoch from m.served_at) / %(burst_seconds)s) as moment from cases_mealcheckin m
  where {MONTH} and m.served_at is not null group by 1, 2 having count(*) > %(burst_meals)s),
closed as (select * from unnest(%(closed_shops)s::bigint[], %(closed_days)s::date[]) c (shop_id, served_on)),
found (meal_id, shop_id, reason, detail) as (
  select id, shop_id, 'outside_hours', to_char(served_on, 'MM-DD') || ' ' || to_char(at, 'HH24:MI') || ' 打卡，供餐时间 '
    || to_char(opens, 'HH24:MI') || ' 至 ' || to_char(closes, 'HH24:MI') from flagged where at not between opens and closes
  union all
  select id, shop_id, 'left_post', served_on || ' 就餐，登记从 ' || valid_from || coalesce(' 到 ' || valid_to || ' 之前', ' 起')
  from flagged where served_on < valid_from or served_on >= valid_to
  union all
  select p.id, p.shop_id, 'proxy_share', '同一人本月在这家门店代登 ' || p.booked || ' 份，占 ' || t.meals || ' 份的 '
    || round(100.0 * p.booked / t.meals, 1) || '%%' from proxied p join totals t using (shop_id)
  where p.booked >= %(proxy_least)s and 100 * p.booked > %(proxy_percent)s * t.meals
  union all
  select id, shop_id, 'two_shops', '同一人 ' || round(extract(epoch from served_at - last_at) / 60) || ' 分钟前在另一家门店代登'
  from proxied where last_shop <> shop_id
    and served_at - last_at < make_interval(mins => %(minutes_between_shops)s)
  union all
  select m.id, m.shop_id, 'burst', %(burst_seconds)s || ' 秒内打卡超过 ' || %(burst_meals)s || ' 份'
  from cases_mealcheckin m join crowds c on c.shop_id = m.shop_id
    and c.moment = floor(extract(epoch from m.served_at) / %(burst_seconds)s)
  where {MONTH} and exists (select from crowds)
  union all
  select m.id, m.shop_id, 'closed_shop', m.served_on || ' 没有合同或停供'
  from closed c join cases_mealcheckin m on m.shop_id = c.shop_id and m.served_on = c.served_on where {MONTH}),
gone as (
  delete from funding_settlementexception x where x.settlement_id = %(settlement)s and x.meal_id is not null
    and x.decision = 'open' and not exists (
      select from found f where f.meal_id = x.meal_id and f.reason = x.reason))
insert into funding_settlementexception (settlement_id, union_id, county_id, shop_id, meal_id, reason, detail,
  decision, decision_reason, version, created_at)
select %(settlement)s, %(union)s, %(county)s, shop_id, meal_id, reason, detail, 'open', '', 1, now() from found
on conflict (settlement_id, shop_id, reason, meal_id) do nothing"""
_DOUBTFUL = """
select m.shop_id, m.served_on, count(distinct m.id) from funding_settlementexception x
join cases_mealcheckin m on m.id = x.meal_id
where x.settlement_id = %s and x.decision <> 'accepted' group by 1, 2"""
_CLOSED = """
select d.shop_id, d.day from unnest(%s::bigint[], %s::date[]) d (shop_id, day)
where not exists (select from cases_shopcontract c where c.shop_id = d.shop_id and c.archived_at is null
    and c.valid_from <= d.day and (c.valid_to is null or c.valid_to > d.day))
  or exists (select from cases_shoppause p where p.shop_id = d.shop_id and p.archived_at is null
    and p.valid_from <= d.day and (p.valid_to is null or p.valid_to > d.day))"""


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


def find_exceptions(settlement: Settlement, counted: Days) -> None:
    """List what is doubtful now; what was decided stays, what was open and is in order now goes."""
    hours = programme_hours(settlement.programme)
    shops = [(shop, day) for shop, days in counted.items() for day in days]
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED, [[shop for shop, _ in shops], [day for _, day in shops]])
        closed = cursor.fetchall()
        cursor.execute(
            _FOUND,
            {
                **_month(settlement),
                **vars(LIMITS),
                "serves_from": str(hours[0]) if hours else None,
                "serves_until": str(hours[1]) if hours else None,
                "shops": list(counted),
                "totals": [sum(days.values()) for days in counted.values()],
                "closed_shops": [shop for shop, _ in closed],
                "closed_days": [day for _, day in closed],
                "settlement": settlement.pk,
                "union": settlement.union_id,
                "county": settlement.county_id,
            },
        )


def _month(settlement: Settlement) -> dict[str, Any]:
    return {
        "programme": settlement.programme_id,
        "first": settlement.month,
        "until": settlement.following,
    }
