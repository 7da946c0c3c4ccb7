"""The log of a county without its phones' taps, newest first: most events of a county are taps."""

from django.db import migrations

BUILD = """
create index concurrently if not exists auditevent_log on core_auditevent (county_id, id)
  where verb not in ('cases.check_in', 'cases.check_in_crew', 'cases.refuse_scan', 'cases.sync_scans')
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0031_one_name"), ("core", "0013_scope_in_parallel")]
    operations = [migrations.RunSQL(BUILD, "drop index if exists auditevent_log")]
