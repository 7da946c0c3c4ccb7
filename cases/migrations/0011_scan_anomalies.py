"""Suspicious scans as a view; meals and rejected scans know the worker's phone by its random name."""

import django.contrib.postgres.fields
from django.db import migrations, models

# `security_invoker`: who reads the view sees the rows that the tables' own security shows him.
VIEW = """
create view cases_scananomaly with (security_invoker = true) as
with scans as (
  select m.shop_id, m.device_id, m.device_seq as seq, m.enrolment_id, m.served_on as day, m.served_at as at,
    m.channel, '' as reason, m.browser, m.id as meal, null::bigint as rejected
  from cases_partnershop s join cases_mealcheckin m on m.shop_id = s.id
  where m.served_on > current_date - 92 and m.served_at is not null and m.device_id is not null
  union all
  select r.shop_id, r.device_id, r.seq, r.enrolment_id, (r.scanned_at at time zone 'Asia/Shanghai')::date,
    r.scanned_at, r.channel, r.reason, r.browser, null, r.id
  from cases_partnershop s join cases_rejectedscan r on r.shop_id = s.id
  where r.scanned_at > now() - interval '92 days'
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
RECORD = """
drop function cases_record_tap(int, bigint, bigint, bigint, bigint, date, timestamptz);
create function cases_record_tap(
  county int, account bigint, shop bigint, enrolment bigint, device bigint, day date, at timestamptz, browser text)
returns bigint language plpgsql as $$
declare
  event bigint := nextval(pg_get_serial_sequence('core_auditevent', 'id'));
  meal bigint;
begin
  perform set_config('app.counties', county::text, true), set_config('app.event_id', event::text, true),
    set_config('lock_timeout', '10s', true);
  insert into cases_mealcheckin (union_id, county_id, programme_id, shop_id, enrolment_id, served_on, served_at,
                                 channel, device_id, browser)
    select e.union_id, e.county_id, e.programme_id, shop, e.id, day, at, 'worker_scan', device, browser
    from cases_enrolment e
    where e.id = enrolment and e.valid_from <= day and (e.valid_to is null or e.valid_to > day)
    for share
    on conflict do nothing
    returning id into meal;
  if meal is not null then
    insert into core_auditevent (id, at, by_id, county_id, verb, target_type, target_label, reason)
      values (event, now(), account, county, 'cases.check_in', '', '', '');
  end if;
  perform set_config('app.event_id', '', true);
  return meal;
end $$;
comment on function cases_record_tap(int, bigint, bigint, bigint, bigint, date, timestamptz, text) is
  'The action cases.check_in where nothing stands against it: the meal and its audit event, or neither and null.';
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_venue_checks")]

    operations = [
        migrations.AddField(
            model_name="mealcheckin",
            name="browser",
            field=models.CharField(
                blank=True, db_default="", editable=False, max_length=16, verbose_name="浏览器"
            ),
        ),
        migrations.AddField(
            model_name="rejectedscan",
            name="browser",
            field=models.CharField(
                blank=True, db_default="", editable=False, max_length=16, verbose_name="浏览器"
            ),
        ),
        migrations.CreateModel(
            name="ScanAnomaly",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("shared_phone", "一部手机替多人打卡"),
                            ("many_cards", "一部门店手机扫卡过多"),
                            ("two_shops", "十分钟内在两家门店"),
                            ("rapid", "三秒内连扫两人"),
                            ("off_hours", "不供餐时打卡"),
                            ("gap", "手机序号缺号"),
                        ],
                        max_length=12,
                        verbose_name="异常",
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("scans", models.PositiveIntegerField(verbose_name="打卡次数")),
                ("workers", models.PositiveIntegerField(verbose_name="职工人数")),
                ("first_at", models.DateTimeField(verbose_name="最早")),
                ("last_at", models.DateTimeField(verbose_name="最晚")),
                ("missing", models.PositiveIntegerField(null=True, verbose_name="缺号数")),
                (
                    "meals",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="就餐打卡"
                    ),
                ),
                (
                    "rejected",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="未成功的打卡"
                    ),
                ),
            ],
            options={
                "verbose_name": "打卡异常",
                "verbose_name_plural": "打卡异常",
                "db_table": "cases_scananomaly",
                "ordering": ["-day", "-id"],
                "managed": False,
            },
        ),
        migrations.RunSQL(VIEW, "drop view cases_scananomaly"),
        migrations.RunSQL(RECORD, migrations.RunSQL.noop),
    ]
