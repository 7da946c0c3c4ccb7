"""Scope of figures, history of what people declare and set."""

from django.db import migrations

from core.operations import ScopeTable, SecureTable, TrackTable


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial"), ("core", "0003_scope"), ("unions", "0002_scope")]
    operations = [
        SecureTable("ComputationRun"),
        SecureTable("Figure"),
        ScopeTable("DeclaredFigure"),
        ScopeTable("PrintedFigure"),
        TrackTable("IndicatorTarget"),
        TrackTable("SourceDocument"),
    ]
