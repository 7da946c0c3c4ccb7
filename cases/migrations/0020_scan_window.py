"""Suspicious scans are looked for up to a programme's latest scan, not up to today."""

from django.db import migrations, models

# The three months that are looked at. A phone whose clock runs ahead moves no window beyond today.
WINDOW = """
create view cases_scanwindow with (security_invoker = true) as
select p.id, p.union_id, p.county_id, latest.day - 91 as since, latest.day as until
from cases_programme p
cross join lateral (
  select least((now() at time zone 'Asia/Shanghai')::date, greatest(
    (select max(m.served_on) from cases_mealcheckin m where m.programme_id = p.id),
    (select max((
        select (max(r.scanned_at) at time zone 'Asia/Shanghai')::date
        from cases_rejectedscan r where r.shop_id = s.id))
      from cases_partnershop s where s.programme_id = p.id))) as day) latest
where latest.day is not null
"""
# `security_invoker`: who reads the view sees the rows that the tables' own security shows him.
VIEW = """
create or replace view cases_scananomaly with (security_invoker = true) as
with windows as materialized (
  select id, since, until from cases_scanwindow
), scans as (
  select m.shop_id, m.device_id, m.device_seq as seq, m.enrolment_id, m.served_on as day, m.served_at as at,
    m.channel, '' as reason, m.browser, m.id as meal, null::bigint as rejected
  from windows w
  join cases_partnershop s on s.programme_id = w.id
  join cases_mealcheckin m on m.shop_id = s.id and m.served_on between w.since and w.until
  where m.served_at is not null and m.device_id is not null
  union all
  select r.shop_id, r.device_id, r.seq, r.enrolment_id, (r.scanned_at at time zone 'Asia/Shanghai')::date,
    r.scanned_at, r.channel, r.reason, r.browser, null, r.id
  from windows w
  join cases_partnershop s on s.programme_id = w.id
  join cases_rejectedscan r on r.shop_id = s.id and r.scanned_at >= w.since::timestamp at time zone 'Asia/Shanghai'
), cards as (
  select *,
    coalesce(at - lag(at) over counter <= interval '3 seconds'
      and enrolment_id is distinct from lag(enrolment_id) over counter, false)
    or coalesce(lead(at) over counter - at <= interval '3 seconds'
      and enrolment_id is distinct from lead(enrolment_id) over counter, false) as is_rapid
  from scans where channel = 'shop_scan' and device_id is not null
  window counter as (partition by device_id, day order by at, seq)
), walks as (
  select *,
    coalesce(shop_id <> lag(shop_id) over walk and at - lag(at) over walk <= interval '10 minutes', false) as is_far
  from scans where enrolment_id is not null
  window walk as (partition by enrolment_id, day order by at)
), numbers as (
  select *, seq - lag(seq) over (partition by device_id order by seq) - 1 as missing
  from scans where seq is not null
), found as (
  select 1 as number, 'shared_phone' as kind, day, ('x' || left(md5(browser), 7))::bit(28)::int::bigint as subject,
    min(shop_id) as shop_id, null::bigint as device_id, null::bigint as enrolment_id, count(*) as scans,
    count(distinct enrolment_id) as workers, min(at) as first_at, max(at) as last_at, null::bigint as missing,
    array_agg(meal) filter (where meal is not null) as meals,
    array_agg(rejected) filter (where rejected is not null) as rejected
  from scans where browser <> '' group by day, browser having count(distinct enrolment_id) > 2
  union all
  select 2, 'many_cards', day, device_id, min(shop_id), device_id, null, count(*),
    count(distinct enrolment_id), min(at), max(at), null,
    array_agg(meal) filter (where meal is not null), array_agg(rejected) filter (where rejected is not null)
  from cards group by day, device_id having count(distinct enrolment_id) > 30
  union all
  select 3, 'two_shops', day, enrolment_id, min(shop_id), null, enrolment_id, count(*),
    1, min(at), max(at), null,
    array_agg(meal) filter (where meal is not null), array_agg(rejected) filter (where rejected is not null)
  from walks group by day, enrolment_id having bool_or(is_far)
  union all
  select 4, 'rapid', day, device_id, min(shop_id), device_id, null, count(*),
    count(distinct enrolment_id), min(at), max(at), null,
    array_agg(meal) filter (where meal is not null), array_agg(rejected) filter (where rejected is not null)
  from cards where is_rapid group by day, device_id
  union all
  select 5, 'off_hours', day, shop_id, shop_id, null, null, count(*),
    count(distinct enrolment_id), min(at), max(at), null,
    array_agg(meal) filter (where meal is not null), array_agg(rejected) filter (where rejected is not null)
  from scans where reason = 'not_served' group by day, shop_id
  union all
  select 6, 'gap', day, device_id, min(shop_id), device_id, null, count(*),
    count(distinct enrolment_id), min(at), max(at), sum(missing),
    array_agg(meal) filter (where meal is not null), array_agg(rejected) filter (where rejected is not null)
  from numbers where missing > 0 group by day, device_id
)
-- The number is made of kind, day and subject, so that an address keeps its meaning; it stays below 2^53.
select (f.number * 100000::bigint + (f.day - date '2020-01-01')) * 1000000000 + f.subject as id,
  s.union_id, s.county_id, f.kind::varchar(12) as kind, f.day, f.shop_id, f.device_id, f.enrolment_id,
  f.scans::int as scans, f.workers::int as workers, f.first_at, f.last_at, f.missing::int as missing,
  coalesce(f.meals, '{}') as meals, coalesce(f.rejected, '{}') as rejected
from found f join cases_partnershop s on s.id = f.shop_id
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_meal_proxied")]

    operations = [
        migrations.CreateModel(
            name="ScanWindow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(verbose_name="从")),
                ("until", models.DateField(verbose_name="到")),
            ],
            options={
                "verbose_name": "打卡异常的时间段",
                "verbose_name_plural": "打卡异常的时间段",
                "db_table": "cases_scanwindow",
                "ordering": ["-until", "programme"],
                "managed": False,
            },
        ),
        migrations.RunSQL(WINDOW),
        migrations.RunSQL(VIEW),
    ]
