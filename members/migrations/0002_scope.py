"""Scope and history of persons, memberships and tags."""

from django.db import migrations

from core.operations import ScopeTable


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial"), ("core", "0003_scope"), ("unions", "0002_scope")]
    operations = [ScopeTable("Person"), ScopeTable("Membership"), ScopeTable("MemberGroupTag")]
