"""Scope and history of persons, memberships and tags."""

from core.operations import ScopeTable
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial"), ("core", "0003_scope"), ("unions", "0002_scope")]
    operations = [ScopeTable("Person"), ScopeTable("Membership"), ScopeTable("MemberGroupTag")]
