"""Scope and history of sources and lines."""

from django.db import migrations

from core.operations import ScopeTable


class Migration(migrations.Migration):
    dependencies = [("funding", "0001_initial"), ("core", "0003_scope"), ("cases", "0002_scope")]
    operations = [
        ScopeTable("FundingSource", is_parent=True),
        ScopeTable(
            "FundingLine",
            parents={
                "project_id": "cases_project",
                "programme_id": "cases_programme",
                "source_id": "funding_fundingsource",
            },
        ),
    ]
