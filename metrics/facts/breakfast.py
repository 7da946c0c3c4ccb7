"""Workers enrolled in the breakfast: the meals they took and the days on which they could have taken one."""

from metrics.facts.base import Fact, Grouping, kept

KIND = "breakfast"

# A serving day is a day on which the programme runs and at least one of its shops is under contract and does
# not pause. The days of a programme stand in one sorted array, so the days of a worker are a difference of two
# positions in it.
ENROLMENTS = Fact(
    key="enrolments",
    label="爱心早餐登记职工",
    model="cases.Enrolment",
    counts=("is_enrolled", "is_reached"),
    sums=("meals", "serving_days"),
    groupings=(Grouping("office", "office"),),
    sql=f"""
      select q.quarter, e.county_id, e.id as row_id, nullif(e.office, '') as office,
             coalesce(x.serving_days > 0, false) as is_enrolled,
             coalesce(x.serving_days > 0, false) and m.meals is not null as is_reached,
             coalesce(m.meals, 0) as meals,
             coalesce(x.serving_days, 0) as serving_days
      from asked q
      join cases_enrolment e on {kept("e")}
      join cases_programme p on p.id = e.programme_id and p.kind = '{KIND}'
       and {kept("p")}
      left join (
        select d.quarter, d.programme_id, array_agg(d.day order by d.day) as days
        from (
          select q.quarter, p.id as programme_id, day::date as day
          from asked q
          join cases_programme p on p.kind = '{KIND}' and p.county_id = any(%(codes)s)
           and p.started_on <= q.through_on
          cross join generate_series(
            greatest(q.start_on, p.started_on), least(q.through_on, p.ended_on), interval '1 day') as day
        ) d
        where exists (
          select from cases_partnershop s
          join cases_shopcontract c on c.shop_id = s.id and c.archived_at is null
           and c.valid_from <= d.day and (c.valid_to is null or c.valid_to > d.day)
          where s.programme_id = d.programme_id and (s.archived_at is null or s.archived_at > d.day)
            and not exists (
              select from cases_shoppause z
              where z.shop_id = s.id and z.archived_at is null
                and z.valid_from <= d.day and (z.valid_to is null or z.valid_to > d.day)))
        group by d.quarter, d.programme_id
      ) d on d.quarter = q.quarter and d.programme_id = e.programme_id
      left join lateral (
        select width_bucket(coalesce(e.valid_to - 1, q.through_on), d.days)
             - width_bucket(e.valid_from - 1, d.days) as serving_days
        where d.days is not null
      ) x on true
      left join (
        select q.quarter, m.enrolment_id, count(*) as meals
        from asked q
        join cases_mealcheckin m on m.served_on between q.start_on and q.end_on
        where m.county_id = any(%(codes)s)
        group by q.quarter, m.enrolment_id
      ) m on m.quarter = q.quarter and m.enrolment_id = e.id
      where e.county_id = any(%(codes)s)
        and (m.meals is not null or x.serving_days > 0)
    """,
)
