"""Members in force at the end of a quarter."""

from members.models import NEW_EMPLOYMENT_GROUPS, MemberGroup, MembershipState, Sex
from metrics.facts.base import Fact, Grouping, in_force, kept, since_instant, where

_RURAL_MIGRANT = f"'{MemberGroup.RURAL_MIGRANT.value}'"
_NEW_EMPLOYMENT = ", ".join(f"'{group.value}'" for group in NEW_EMPLOYMENT_GROUPS)

# `offset 0`: the planner would otherwise reckon the quarters of a row again for each of its measures.
MEMBERS = Fact(
    key="members",
    label="季末在籍会员",
    model="members.Person",
    counts=("is_member", "is_female", "is_rural_migrant", "is_new_employment", "is_verified"),
    groupings=(Grouping("union_kind", "union_kind"),),
    sql=f"""
      select m.county_id, m.row_id, m.union_kind, m.quarters, m.quarters as is_member,
             {where(f"m.sex = '{Sex.FEMALE}'", "m.quarters")} as is_female,
             m.quarters & coalesce(t.rural_migrant, 0) as is_rural_migrant,
             m.quarters & coalesce(t.new_employment, 0) as is_new_employment,
             m.quarters & m.verified as is_verified
      from (
        select m.county_id, m.person_id as row_id, u.kind as union_kind, p.sex,
               {in_force("m")} & {kept("m")} & {kept("p")} as quarters,
               {since_instant("p.verified_at")} as verified
        from members_membership m
        join members_person p on p.id = m.person_id
        join unions_union u on u.id = m.union_id
        where m.state = '{MembershipState.ACTIVE}' and m.county_id = any(%(codes)s)
        offset 0
      ) m
      left join (
        select g.person_id,
               bit_or({where(f'g."group" = {_RURAL_MIGRANT}', "g.quarters")}) as rural_migrant,
               bit_or({where(f'g."group" in ({_NEW_EMPLOYMENT})', "g.quarters")}) as new_employment
        from (
          select g.person_id, g."group", {in_force("g")} & {kept("g")} as quarters
          from members_membergrouptag g
          where g."group" in ({_RURAL_MIGRANT}, {_NEW_EMPLOYMENT})
          offset 0
        ) g
        group by g.person_id
      ) t on t.person_id = m.row_id
      where m.quarters <> 0
    """,
)
