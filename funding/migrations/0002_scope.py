"""Scope and history of sources and lines."""

from core.operations import ScopeTable
from django.db import migrations


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
