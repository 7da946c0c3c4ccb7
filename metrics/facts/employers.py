"""Employers on the base register at the end of a quarter: coverage, workers, democratic systems."""

from metrics.facts.base import Fact, Grouping, in_force, kept
from unions.models import DemocraticKind, Ownership

_ENTERPRISES = f"'{Ownership.PUBLIC}', '{Ownership.NON_PUBLIC}'"

EMPLOYERS = Fact(
    key="employers",
    label="季末在册用人单位",
    model="unions.Employer",
    counts=(
        "should_have_union",
        "has_union_of_should",
        "nonpublic_should_have_union",
        "nonpublic_has_union_of_should",
        "has_union",
        "has_congress",
        "has_disclosure",
    ),
    estimates=("workers_with_union", "female_workers_with_union", "rural_migrants", "new_employment"),
    groupings=(
        Grouping("ownership", "ownership"),
        Grouping("ownership", "enterprise"),
        Grouping("industry", "industry"),
    ),
    sql=f"""
      select e.*,
             e.is_expected as should_have_union,
             e.is_expected and e.has_union as has_union_of_should,
             e.is_expected and e.is_nonpublic as nonpublic_should_have_union,
             e.is_expected and e.is_nonpublic and e.has_union as nonpublic_has_union_of_should,
             case when e.has_union then e.workers end as workers_with_union,
             case when e.has_union then e.female_workers end as female_workers_with_union
      from (
        select q.quarter, e.county_id, e.id as row_id, e.ownership,
               case when e.ownership in ({_ENTERPRISES}) then 'enterprise' end as enterprise,
               nullif(e.industry_code, '') as industry,
               e.is_legal_entity and coalesce(h.workers, 1) > 0 as is_expected,
               e.ownership = '{Ownership.NON_PUBLIC}' as is_nonpublic,
               c.employer_id is not null as has_union,
               coalesce(s.has_congress, false) as has_congress,
               coalesce(s.has_disclosure, false) as has_disclosure,
               h.workers, h.female_workers, h.rural_migrants, h.new_employment
        from asked q
        join unions_employer e on e.listed_on <= q.end_on and (e.closed_on is null or e.closed_on > q.end_on)
        left join unions_employerheadcount h
          on h.employer_id = e.id and {kept("h")}
         and {in_force("h")}
        left join (
          select distinct q.quarter, c.employer_id
          from asked q
          join unions_unitcoverage c
            on {in_force("c")}
          where {kept("c")} and c.county_id = any(%(codes)s)
        ) c on c.quarter = q.quarter and c.employer_id = e.id
        left join (
          select q.quarter, s.employer_id,
                 bool_or(s.kind = '{DemocraticKind.CONGRESS}') as has_congress,
                 bool_or(s.kind = '{DemocraticKind.DISCLOSURE}') as has_disclosure
          from asked q
          join unions_democraticsystem s
            on {in_force("s")}
          where {kept("s")} and s.county_id = any(%(codes)s)
          group by q.quarter, s.employer_id
        ) s on s.quarter = q.quarter and s.employer_id = e.id
        where {kept("e")} and e.county_id = any(%(codes)s)
      ) e
    """,
)
