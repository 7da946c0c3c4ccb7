"""Whether a shop may be archived: money stands above this package, so the database is asked."""

from django.db import migrations

FIRST = """
create function cases_month_to_approve(shop bigint) returns date language sql stable as $$
  select null::date
$$;
comment on function cases_month_to_approve(bigint) is
  'The first month in which the shop has meals that are to be settled and not approved yet.';
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0033_earlier_pairing")]

    operations = [migrations.RunSQL(FIRST, "drop function cases_month_to_approve(bigint)")]
