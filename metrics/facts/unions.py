"""Unions below county level at the end of a quarter: certificates and reported members."""

from metrics.facts.base import ALL, Fact, Grouping, kept, since, until, where
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
      select u.county_id, u.row_id, u.union_kind, u.quarters, u.quarters as is_entitled,
             {where("left(coalesce(u.credit_code, '81'), 2) = '81'", "u.quarters & coalesce(r.quarters, 0)")}
               as is_registered
      from (
        select u.county_id, u.id as row_id, u.kind as union_kind, u.credit_code,
               coalesce({since("u.founded_on")}, {ALL}) & {until("u.dissolved_on")} & {kept("u")} as quarters
        from unions_union u
        where u.county_id = any(%(codes)s)
          and not (u.level in ({_AREAS}) and u.line = '{UnionLine.TERRITORIAL}')
        offset 0
      ) u
      left join (
        select r.union_id, bit_or({since("r.issued_on")} & {until("r.expires_on + 1")} & {kept("r")}) as quarters
        from unions_legalpersonregistration r
        where r.county_id = any(%(codes)s)
        group by r.union_id
      ) r on r.union_id = u.row_id
      where u.quarters <> 0
    """,
)

# The newest report counts: an older one in the quarters that none of the newer ones reaches.
REPORTED_MEMBERS = Fact(
    key="reported_members",
    label="工会上报会员数",
    model="unions.UnionHeadcount",
    estimates=("reported_members",),
    groupings=_UNION_KIND,
    sql=f"""
      select c.county_id, c.row_id, c.union_kind, c.reported_members,
             c.quarters & ~coalesce(c.newer, 0) as quarters
      from (
        select c.*, bit_or(c.quarters) over (
                 partition by c.union_id order by c.counted_on desc
                 rows between unbounded preceding and 1 preceding) as newer
        from (
          select c.county_id, c.union_id, c.counted_on, c.id as row_id, u.kind as union_kind,
                 c.members as reported_members,
                 {since("c.counted_on")} & {until("u.dissolved_on")} & {kept("c")} & {kept("u")} as quarters
          from unions_unionheadcount c
          join unions_union u on u.id = c.union_id
          where c.county_id = any(%(codes)s)
        ) c
      ) c
      where c.quarters & ~coalesce(c.newer, 0) <> 0
    """,
)
