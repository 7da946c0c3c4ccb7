"""Employers on the base register at the end of a quarter: coverage, workers, democratic systems."""

from metrics.facts.base import Fact, Grouping, in_force, kept, since, until, where
from unions.models import DemocraticKind, Ownership

_ENTERPRISES = f"'{Ownership.PUBLIC}', '{Ownership.NON_PUBLIC}'"

_COVERED = f"""
  select c.employer_id, bit_or({in_force("c")} & {kept("c")}) as quarters
  from unions_unitcoverage c
  where c.county_id = any(%(codes)s)
  group by c.employer_id
"""
_LISTED = f"{since('e.listed_on')} & {until('e.closed_on')} & {kept('e')}"

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
    groupings=(
        Grouping("ownership", "ownership"),
        Grouping("ownership", "enterprise"),
        Grouping("industry", "industry"),
    ),
    sql=f"""
      select e.county_id, e.row_id, e.ownership, e.enterprise, e.industry, e.quarters,
             e.expected as should_have_union,
             e.expected & e.covered as has_union_of_should,
             {where("e.is_nonpublic", "e.expected")} as nonpublic_should_have_union,
             {where("e.is_nonpublic", "e.expected & e.covered")} as nonpublic_has_union_of_should,
             e.quarters & e.covered as has_union,
             e.quarters & e.congress as has_congress,
             e.quarters & e.disclosure as has_disclosure
      from (
        select e.*, {where("e.is_legal_entity", "e.quarters & ~e.idle")} as expected
        from (
          select e.county_id, e.id as row_id, e.ownership, e.is_legal_entity,
                 case when e.ownership in ({_ENTERPRISES}) then 'enterprise' end as enterprise,
                 nullif(e.industry_code, '') as industry,
                 e.ownership = '{Ownership.NON_PUBLIC}' as is_nonpublic,
                 {_LISTED} as quarters,
                 coalesce(c.quarters, 0) as covered, coalesce(h.quarters, 0) as idle,
                 coalesce(s.congress, 0) as congress, coalesce(s.disclosure, 0) as disclosure
          from unions_employer e
          left join ({_COVERED}) c on c.employer_id = e.id
          left join (
            select h.employer_id, bit_or({in_force("h")} & {kept("h")}) as quarters
            from unions_employerheadcount h
            where h.workers = 0 and h.county_id = any(%(codes)s)
            group by h.employer_id
          ) h on h.employer_id = e.id
          left join (
            select s.employer_id,
                   bit_or({where(f"s.kind = '{DemocraticKind.CONGRESS}'", "s.quarters")}) as congress,
                   bit_or({where(f"s.kind = '{DemocraticKind.DISCLOSURE}'", "s.quarters")}) as disclosure
            from (
              select s.employer_id, s.kind, {in_force("s")} & {kept("s")} as quarters
              from unions_democraticsystem s
              where s.county_id = any(%(codes)s)
            ) s
            group by s.employer_id
          ) s on s.employer_id = e.id
          where e.county_id = any(%(codes)s)
          offset 0
        ) e
      ) e
      where e.quarters <> 0
    """,
)

# An employer's count of workers, with two rows: what counts at every employer, and what where there is a union.
WORKERS = Fact(
    key="workers",
    label="季末在册用人单位",
    model="unions.Employer",
    estimates=("workers_with_union", "female_workers_with_union", "rural_migrants", "new_employment"),
    sql=f"""
      select e.county_id, e.row_id, m.*
      from (
        select e.county_id, e.id as row_id, {_LISTED} & {in_force("h")} & {kept("h")} as quarters,
               coalesce(c.quarters, 0) as covered,
               h.workers, h.female_workers, h.rural_migrants, h.new_employment
        from unions_employer e
        join unions_employerheadcount h on h.employer_id = e.id
        left join ({_COVERED}) c on c.employer_id = e.id
        where e.county_id = any(%(codes)s)
        offset 0
      ) e
      cross join lateral (values
        (e.quarters, null, null, e.rural_migrants, e.new_employment),
        (e.quarters & e.covered, e.workers, e.female_workers, null, null)
      ) as m (quarters, workers_with_union, female_workers_with_union, rural_migrants, new_employment)
    """,
)
