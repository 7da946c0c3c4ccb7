"""The history of accounts keeps no password hashes: not from now on, and not those it has."""

from django.db import migrations

from core.operations import LeaveOut

CLEAN = """
alter table core_history no force row level security;
alter table core_history disable trigger append_only;
update core_history set before = before - 'password'
where table_name = 'unions_account' and before ? 'password';
alter table core_history enable trigger append_only;
alter table core_history force row level security;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("unions", "0004_shop_role"),
        ("core", "0010_history_without_secrets"),
    ]
    operations = [
        LeaveOut("Account", ("password",), county="county_id"),
        migrations.RunSQL(CLEAN, migrations.RunSQL.noop),
    ]
