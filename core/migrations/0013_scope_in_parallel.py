"""A statement under row-level security may be shared out to parallel workers: they get the transaction's settings."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0012_import_answers")]
    operations = [
        migrations.RunSQL(
            "alter function app_counties() parallel safe", "alter function app_counties() parallel unsafe"
        )
    ]
