"""Members in force at the end of a quarter."""

from members.models import NEW_EMPLOYMENT_GROUPS, MemberGroup, MembershipState, Sex
from metrics.facts.base import Fact, Grouping

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
        on m.valid_from <= q.end_on and (m.valid_to is null or m.valid_to > q.end_on)
      join members_person p on p.id = m.person_id and (p.archived_at is null or p.archived_at >= q.end_at)
      join unions_union u on u.id = m.union_id
      left join (
        select q.quarter, g.person_id,
               bool_or(g."group" = '{MemberGroup.RURAL_MIGRANT}') as is_rural_migrant,
               bool_or(g."group" in ({_NEW_EMPLOYMENT})) as is_new_employment
        from asked q
        join members_membergrouptag g
          on g.valid_from <= q.end_on and (g.valid_to is null or g.valid_to > q.end_on)
        where g."group" in ('{MemberGroup.RURAL_MIGRANT}', {_NEW_EMPLOYMENT}) and (g.archived_at is null or g.archived_at >= q.end_at)
        group by q.quarter, g.person_id
      ) t on t.quarter = q.quarter and t.person_id = m.person_id
      where m.state = '{MembershipState.ACTIVE}' and (m.archived_at is null or m.archived_at >= q.end_at) and m.county_id = any(%(codes)s)
    """,
)
