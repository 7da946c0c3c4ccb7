"""Workers enrolled in the breakfast: the meals they took and the days on which they could have taken one."""

from metrics.facts.base import Fact, Grouping, kept, where

KIND = "breakfast"

# The days on which at least one shop of a programme is under contract and does not pause.
_SERVED = """
  select s.programme_id, range_agg(
           c.days * datemultirange(daterange(null, (s.archived_at - interval '1 microsecond')::date, '[]'))
           - coalesce(z.days, '{}')) as days
  from cases_partnershop s
  join (
    select c.shop_id, range_agg(daterange(c.valid_from, c.valid_to)) as days
    from cases_shopcontract c
    where c.archived_at is null
    group by c.shop_id
  ) c on c.shop_id = s.id
  left join (
    select z.shop_id, range_agg(daterange(z.valid_from, z.valid_to)) as days
    from cases_shoppause z
    where z.archived_at is null
    group by z.shop_id
  ) z on z.shop_id = s.id
  where s.county_id = any(%(codes)s)
  group by s.programme_id
"""

# The days of a programme stand in one sorted array, so the days of a worker are a difference of two positions.
ENROLMENTS = Fact(
    key="enrolments",
    label="爱心早餐登记职工",
    model="cases.Enrolment",
    counts=("is_enrolled", "is_reached"),
    sums=("meals", "serving_days"),
    groupings=(Grouping("office", "office"),),
    sql=f"""
      select e.county_id, e.id as row_id, nullif(e.office, '') as office, q.bit as quarters,
             {where("x.serving_days > 0", "q.bit")} as is_enrolled,
             {where("x.serving_days > 0 and m.meals is not null", "q.bit")} as is_reached,
             coalesce(m.meals, 0) as meals,
             coalesce(x.serving_days, 0) as serving_days
      from asked q
      join cases_enrolment e on {kept("e")} & q.bit <> 0
      join cases_programme p on p.id = e.programme_id and p.kind = '{KIND}'
       and {kept("p")} & q.bit <> 0
      left join (
        select q.bit, p.id as programme_id, array_agg(day::date order by day) as days
        from asked q
        join cases_programme p on p.kind = '{KIND}' and p.started_on is not null
         and p.county_id = any(%(codes)s)
        join ({_SERVED}) s on s.programme_id = p.id
        cross join unnest(s.days * datemultirange(
          daterange(q.start_on, q.end_on, '[]') * daterange(null, q.through_on, '[]')
          * daterange(p.started_on, p.ended_on, '[]'))) as span
        cross join generate_series(lower(span), upper(span) - 1, interval '1 day') as day
        group by q.bit, p.id
      ) d on d.bit = q.bit and d.programme_id = e.programme_id
      left join lateral (
        select width_bucket(coalesce(e.valid_to - 1, q.through_on), d.days)
             - width_bucket(e.valid_from - 1, d.days) as serving_days
        where d.days is not null
      ) x on true
      left join (
        select q.bit, m.enrolment_id, count(*) as meals
        from cases_mealcheckin m
        join asked q on q.position = width_bucket(m.served_on, %(starts)s::date[])
         and m.served_on <= q.end_on
        where m.county_id = any(%(codes)s) and m.served_on between %(first_on)s and %(last_on)s
        group by q.bit, m.enrolment_id
      ) m on m.bit = q.bit and m.enrolment_id = e.id
      where e.county_id = any(%(codes)s)
        and (m.meals is not null or x.serving_days > 0)
    """,
)
