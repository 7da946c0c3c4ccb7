"""Money up to the end of a quarter: grants and what came of them, projects and whether their sums agree."""

from core.models import Finding
from funding.doubts import TOTAL_CHECK
from funding.models import EntryStage, FundStage, SourceKind
from funding.reconciliation import COUNTED_ORDER
from funding.same_grants import SAME_GRANT_CHECK
from metrics.facts.base import Fact, Grouping, kept, since, until, where

_GRANTORS = f"'{SourceKind.SUPERIOR_UNION}', '{SourceKind.TREASURY}'"
_RANK = " ".join(f"when '{stage}' then {rank}" for rank, stage in enumerate(COUNTED_ORDER))
_COUNTED_STAGES = ", ".join(f"'{stage}'" for stage in COUNTED_ORDER)

# Whether every payer of a joint source grants: the source counts as they do, whatever it is registered as.
_JOINT = f"""
  select m.joint_id, bool_and(k.kind in ({_GRANTORS})) as grants
  from funding_sourcemember m
  join funding_fundingsource k on k.id = m.member_id
  where m.archived_at is null and m.county_id = any(%(codes)s)
  group by m.joint_id
"""

GRANTS = Fact(
    key="grants",
    label="上级工会和财政的补助资金",
    model="funding.FundingLine",
    sums=("approved", "received", "spent"),
    groupings=(Grouping("source_kind", "source_kind"),),
    sql=f"""
      select l.county_id, l.id as row_id, s.kind as source_kind,
             {since("l.recorded_on")} & {kept("l")} as quarters,
             {where(f"l.stage = '{FundStage.APPROVED}'", "l.amount")} as approved,
             {where(f"l.stage = '{FundStage.RECEIVED}'", "l.amount")} as received,
             {where(f"l.stage = '{FundStage.SPENT}'", "l.amount")} as spent
      from funding_fundingline l
      join funding_fundingsource s on s.id = l.source_id
      left join ({_JOINT}) j on j.joint_id = s.id
      where coalesce(j.grants, s.kind in ({_GRANTORS})) and l.county_id = any(%(codes)s) and l.goods = ''
        and l.stage in ('{FundStage.APPROVED}', '{FundStage.RECEIVED}', '{FundStage.SPENT}')
    """,
)

# A grant counts in the quarters of its year; what came of it and went, from its own day on.
SUBSIDIES = Fact(
    key="subsidies",
    label="当年下达的县级工会补助",
    model="funding.SubsidyGrant",
    sums=("granted", "received", "spent"),
    groupings=(Grouping("tier", "tier"),),
    sql=f"""
      with granted as (
        select g.county_id, g.id as row_id, g.tier, g.amount,
               {since("greatest(g.granted_on, make_date(g.year, 1, 1))")}
                 & {until("make_date(g.year + 1, 1, 1)")} & {kept("g")} as quarters
        from funding_subsidygrant g
        where g.county_id = any(%(codes)s)
      )
      select county_id, row_id, tier, quarters, amount as granted, 0 as received, 0 as spent
      from granted
      union all
      select g.county_id, g.row_id, g.tier, g.quarters & {since("e.occurred_on")} & {kept("e")}, 0,
             {where(f"e.stage = '{EntryStage.RECEIVED}'", "e.amount")},
             {where(f"e.stage = '{EntryStage.SPENT}'", "e.amount")}
      from granted g
      join funding_subsidyentry e on e.grant_id = g.row_id
    """,
)

# A grant that two cases report is one finding, on a line of one of them; it names both.
_REPORTED_TWICE = f"""
  select substr(subject, length('cases.project:') + 1)::bigint
  from core_finding f cross join jsonb_array_elements_text(f.detail -> 'subjects') as subject
  where f.check_key = '{SAME_GRANT_CHECK}' and f.state = '{Finding.State.OPEN}'
    and subject like 'cases.project:%%'"""

# Which stage of a source counts depends on what else there is by then, so this one looks at every quarter.
PROJECTS = Fact(
    key="projects",
    label="多来源建设项目",
    model="cases.Project",
    counts=("has_several_sources", "is_reconciled", "is_settled"),
    groupings=(Grouping("project_kind", "project_kind"),),
    sql=f"""
      select b.county_id, b.row_id, b.project_kind, b.bit as quarters, b.bit as has_several_sources,
             {where("b.agrees and not b.is_waiting", "b.bit")} as is_reconciled,
             {where("(b.agrees or b.is_explained) and not b.is_waiting", "b.bit")} as is_settled
      from (
        select p.county_id, p.id as row_id, p.kind as project_kind, b.bit,
               coalesce(b.counted = p.stated_total, false) as agrees, w.is_waiting, w.is_explained
        from (
          select a.bit, a.project_id, sum(a.amount) as counted
          from (
            select q.bit, l.project_id, l.source_id, sum(l.amount) as amount, l.rank,
                   min(l.rank) over (partition by q.bit, l.project_id, l.source_id) as best
            from asked q
            join (
              select l.project_id, l.source_id, l.amount, case l.stage {_RANK} end as rank,
                     {since("l.recorded_on")} & {kept("l")} as quarters
              from funding_fundingline l
              where l.project_id is not null and l.goods = '' and l.county_id = any(%(codes)s)
                and l.stage in ({_COUNTED_STAGES})
              offset 0
            ) l on l.quarters & q.bit <> 0
            group by q.bit, l.project_id, l.source_id, l.rank
          ) a
          where a.rank = a.best
          group by a.bit, a.project_id
          having count(distinct a.source_id) >= 2
        ) b
        join cases_project p on p.id = b.project_id and {kept("p")} & b.bit <> 0
        cross join lateral (
          select coalesce(bool_or(f.state = '{Finding.State.OPEN}'), false)
                   or p.id in ({_REPORTED_TWICE}) as is_waiting,
                 coalesce(bool_or(f.check_key = '{TOTAL_CHECK}'
                   and f.state in ('{Finding.State.EXPLAINED}', '{Finding.State.KEPT}')), false)
                   as is_explained
          from core_finding f
          where f.subject_type = 'cases.project' and f.subject_id = p.id
        ) w
      ) b
    """,
)
