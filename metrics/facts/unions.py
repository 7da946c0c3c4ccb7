"""Unions below county level at the end of a quarter: certificates and reported members."""

from metrics.facts.base import Fact, Grouping, kept
from unions.models import UnionLine
from unions.models.tree import AREA_LEVELS

_AREAS = ", ".join(f"'{level.value}'" for level in AREA_LEVELS)
_UNION_KIND = (Grouping("union_kind", "union_kind"),)

# Federations of county level and above are registrars themselves and get no certificate.
UNIONS = Fact(
    key="unions",
    label="季末基层工会组织",
    model="unions.Union",
    counts=("is_entitled", "is_registered"),
    groupings=_UNION_KIND,
    sql=f"""
      select q.quarter, u.county_id, u.id as row_id, u.kind as union_kind,
             true as is_entitled,
             r.union_id is not null and left(coalesce(u.credit_code, '81'), 2) = '81' as is_registered
      from asked q
      join unions_union u
        on (u.founded_on is null or u.founded_on <= q.end_on)
       and (u.dissolved_on is null or u.dissolved_on > q.end_on)
      left join (
        select distinct q.quarter, r.union_id
        from asked q
        join unions_legalpersonregistration r
          on r.issued_on <= q.end_on and (r.expires_on is null or r.expires_on >= q.end_on)
        where {kept("r")} and r.county_id = any(%(codes)s)
      ) r on r.quarter = q.quarter and r.union_id = u.id
      where {kept("u")} and u.county_id = any(%(codes)s)
        and not (u.level in ({_AREAS}) and u.line = '{UnionLine.TERRITORIAL}')
    """,
)

REPORTED_MEMBERS = Fact(
    key="reported_members",
    label="工会上报会员数",
    model="unions.UnionHeadcount",
    estimates=("reported_members",),
    groupings=_UNION_KIND,
    sql=f"""
      select distinct on (q.quarter, c.union_id)
             q.quarter, c.county_id, c.id as row_id, u.kind as union_kind, c.members as reported_members
      from asked q
      join unions_unionheadcount c on c.counted_on <= q.end_on
      join unions_union u on u.id = c.union_id
        and {kept("u")} and (u.dissolved_on is null or u.dissolved_on > q.end_on)
      where {kept("c")} and c.county_id = any(%(codes)s)
      order by q.quarter, c.union_id, c.counted_on desc
    """,
)
