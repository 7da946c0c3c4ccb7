"""Scope of the kernel's own rows; the audit trail is append-only."""

from django.db import migrations

from core.operations import ScopeTable, SecureRecord, SecureTable

APPEND_ONLY = """
create trigger append_only before update or delete on core_auditevent
  for each statement execute function core_append_only();
create trigger append_only before update or delete on core_history
  for each statement execute function core_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_initial")]
    operations = [
        SecureRecord("AuditEvent"),
        SecureRecord("ImportRow"),
        SecureTable("StoredFile"),
        SecureTable("Job"),
        SecureTable("ImportBatch"),
        ScopeTable("Finding"),
        # Triggers write the history of tables without a county too; those rows are for administrators.
        migrations.RunSQL(
            """
            alter table core_history enable row level security;
            alter table core_history force row level security;
            create policy scope on core_history for all
              using (county_id is null or county_id = any((select app_counties())::int[]))
              with check (county_id is null or county_id = any((select app_counties())::int[]));
            """,
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
