"""Scope and history of programmes, projects and what hangs on them."""

from django.db import migrations

from core.operations import ScopeTable

PROGRAMME = {"programme_id": "cases_programme"}
PROJECT = {"project_id": "cases_project"}


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("core", "0003_scope"), ("unions", "0002_scope")]
    operations = [
        ScopeTable("Programme", is_parent=True),
        ScopeTable("Project", is_parent=True),
        ScopeTable("PartnerShop", parents=PROGRAMME),
        ScopeTable("Enrolment", parents=PROGRAMME),
        ScopeTable("MealCheckIn", parents=PROGRAMME),
        ScopeTable("Milestone", parents=PROJECT),
        ScopeTable("Equipment", parents=PROJECT),
        ScopeTable("Visit", parents=PROJECT),
    ]
