"""Money up to the end of a quarter: grants and what came of them, projects and whether their sums agree."""

from core.models import Finding
from funding.banners import TOTAL_CHECK
from funding.models import EntryStage, FundStage, SourceKind
from funding.reconciliation import PROMISE_ORDER
from metrics.facts.base import Fact, Grouping, kept

_GRANTORS = f"'{SourceKind.SUPERIOR_UNION}', '{SourceKind.TREASURY}'"
_PROMISE_RANK = " ".join(f"when '{stage}' then {rank}" for rank, stage in enumerate(PROMISE_ORDER))
_PROMISE_STAGES = ", ".join(f"'{stage}'" for stage in PROMISE_ORDER)

GRANTS = Fact(
    key="grants",
    label="上级工会和财政的补助资金",
    model="funding.FundingLine",
    sums=("approved", "received", "spent"),
    groupings=(Grouping("source_kind", "source_kind"),),
    sql=f"""
      select q.quarter, l.county_id, l.id as row_id, s.kind as source_kind,
             case when l.stage = '{FundStage.APPROVED}' then l.amount else 0 end as approved,
             case when l.stage = '{FundStage.RECEIVED}' then l.amount else 0 end as received,
             case when l.stage = '{FundStage.SPENT}' then l.amount else 0 end as spent
      from asked q
      join funding_fundingline l on l.recorded_on <= q.end_on
      join funding_fundingsource s on s.id = l.source_id and s.kind in ({_GRANTORS})
      where {kept("l")} and l.county_id = any(%(codes)s) and l.goods = ''
        and l.stage in ('{FundStage.APPROVED}', '{FundStage.RECEIVED}', '{FundStage.SPENT}')
    """,
)

SUBSIDIES = Fact(
    key="subsidies",
    label="当年下达的县级工会补助",
    model="funding.SubsidyGrant",
    sums=("granted", "received", "spent"),
    groupings=(Grouping("tier", "tier"),),
    sql=f"""
      select q.quarter, g.county_id, g.id as row_id, g.tier, g.amount as granted,
             coalesce(e.received, 0) as received, coalesce(e.spent, 0) as spent
      from asked q
      join funding_subsidygrant g
        on g.year = extract(year from q.end_on) and g.granted_on <= q.end_on and {kept("g")}
      left join lateral (
        select sum(e.amount) filter (where e.stage = '{EntryStage.RECEIVED}') as received,
               sum(e.amount) filter (where e.stage = '{EntryStage.SPENT}') as spent
        from funding_subsidyentry e
        where e.grant_id = g.id and e.occurred_on <= q.end_on and {kept("e")}
      ) e on true
      where g.county_id = any(%(codes)s)
    """,
)

PROJECTS = Fact(
    key="projects",
    label="多来源建设项目",
    model="cases.Project",
    counts=("has_several_sources", "is_reconciled", "is_settled"),
    groupings=(Grouping("project_kind", "project_kind"),),
    sql=f"""
      select b.quarter, p.county_id, p.id as row_id, p.kind as project_kind,
             true as has_several_sources,
             coalesce(b.promised = p.stated_total, false) and not w.is_waiting as is_reconciled,
             (coalesce(b.promised = p.stated_total, false) or w.is_explained) and not w.is_waiting
               as is_settled
      from (
        select a.quarter, a.project_id, sum(a.amount) as promised
        from (
          select q.quarter, l.project_id, l.source_id, sum(l.amount) as amount,
                 case l.stage {_PROMISE_RANK} end as rank,
                 min(case l.stage {_PROMISE_RANK} end)
                   over (partition by q.quarter, l.project_id, l.source_id) as best
          from asked q
          join funding_fundingline l on l.recorded_on <= q.end_on
          where l.project_id is not null and l.goods = '' and {kept("l")}
            and l.county_id = any(%(codes)s)
            and l.stage in ({_PROMISE_STAGES})
          group by q.quarter, l.project_id, l.source_id, l.stage
        ) a
        where a.rank = a.best
        group by a.quarter, a.project_id
        having count(distinct a.source_id) >= 2
      ) b
      join asked q on q.quarter = b.quarter
      join cases_project p on p.id = b.project_id and {kept("p")}
      cross join lateral (
        select coalesce(bool_or(f.state = '{Finding.State.OPEN}'), false) as is_waiting,
               coalesce(bool_or(f.check_key = '{TOTAL_CHECK}'
                 and f.state in ('{Finding.State.EXPLAINED}', '{Finding.State.KEPT}')), false) as is_explained
        from core_finding f
        where f.subject_type = 'cases.project' and f.subject_id = p.id
      ) w
    """,
)
