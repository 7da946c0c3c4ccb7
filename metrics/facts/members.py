"""Members in force at the end of a quarter."""

from members.models import NEW_EMPLOYMENT_GROUPS, MemberGroup, MembershipState, Sex
from metrics.facts.base import Fact, Grouping, in_force, kept

_NEW_EMPLOYMENT = ", ".join(f"'{group.value}'" for group in NEW_EMPLOYMENT_GROUPS)

MEMBERS = Fact(
    key="members",
    label="季末在籍会员",
    model="members.Person",
    counts=("is_member", "is_female", "is_rural_migrant", "is_new_employment", "is_verified"),
    groupings=(Grouping("union_kind", "union_kind"),),
    sql=f"""
      select q.quarter, m.county_id, m.person_id as row_id, u.kind as union_kind,
             true as is_member,
             p.sex = '{Sex.FEMALE}' as is_female,
             coalesce(t.is_rural_migrant, false) as is_rural_migrant,
             coalesce(t.is_new_employment, false) as is_new_employment,
             coalesce(p.verified_at < q.end_at, false) as is_verified
      from asked q
      join members_membership m
        on {in_force("m")}
      join members_person p on p.id = m.person_id and {kept("p")}
      join unions_union u on u.id = m.union_id
      left join (
        select q.quarter, g.person_id,
               bool_or(g."group" = '{MemberGroup.RURAL_MIGRANT}') as is_rural_migrant,
               bool_or(g."group" in ({_NEW_EMPLOYMENT})) as is_new_employment
        from asked q
        join members_membergrouptag g
          on {in_force("g")}
        where g."group" in ('{MemberGroup.RURAL_MIGRANT}', {_NEW_EMPLOYMENT}) and {kept("g")}
        group by q.quarter, g.person_id
      ) t on t.quarter = q.quarter and t.person_id = m.person_id
      where m.state = '{MembershipState.ACTIVE}' and {kept("m")} and m.county_id = any(%(codes)s)
    """,
)
