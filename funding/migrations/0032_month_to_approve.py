"""A shop whose last months are not approved yet is not archived.

A month that nobody has worked out counts where the programme has a cost rule, unless it lies before the first month
that was worked out: what was served before the portal settled anything is not waited for.
"""

from django.db import migrations

ASKED = """
create or replace function cases_month_to_approve(shop bigint) returns date language sql stable as $$
  with served as (
    select m.programme_id as programme, date_trunc('month', m.served_on)::date as month
    from cases_mealcheckin m where m.shop_id = shop group by 1, 2)
  select min(v.month) from served v
  left join funding_settlement s on s.programme_id = v.programme and s.month = v.month
  where s.stage in ('drafted', 'confirmed', 'checked')
    or (s.id is null
      and exists (select from funding_costsharerule r where r.programme_id = v.programme and r.archived_at is null)
      and v.month >= coalesce(
        (select min(f.month) from funding_settlement f where f.programme_id = v.programme), v.month))
$$;
"""
LET_GO = """
create or replace function cases_month_to_approve(shop bigint) returns date language sql stable as $$
  select null::date
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0034_month_to_approve"), ("funding", "0031_sources_by_key")]

    operations = [migrations.RunSQL(ASKED, LET_GO)]
