"""Scope, history and the tree's own constraints."""

from django.db import migrations

from core.operations import ScopeTable, TrackTable

TREE = """
alter table unions_union
  add constraint union_path_follows_parent foreign key (parent_id, parent_path)
    references unions_union (id, path) on update cascade deferrable initially deferred,
  add constraint union_root_has_no_path check (parent_id is not null or parent_path = ''),
  add column inherited_county_id integer generated always as
    (case when level in ('township', 'grassroots') or line <> 'territorial' then county_id end) stored,
  add constraint union_county_follows_parent foreign key (parent_id, inherited_county_id)
    references unions_union (id, county_id) deferrable initially deferred,
  add constraint union_area_code check
    (level in ('township', 'grassroots') or line <> 'territorial' or code = county_id::text);

alter table unions_union enable row level security;
alter table unions_union force row level security;
create policy scope on unions_union for all
  using (county_id = any((select app_counties())::int[]))
  with check (county_id = any((select app_counties())::int[]));
-- The way up from a county is public: province and prefectures are named on every page.
create policy way_up on unions_union for select using (level in ('provincial', 'prefecture'));

alter table unions_account add constraint unions_account_union_county_fk
  foreign key (union_id, county_id) references unions_union (id, county_id)
  on update cascade deferrable initially deferred;
"""
EMPLOYER = {"employer_id": "unions_employer"}


class Migration(migrations.Migration):
    dependencies = [("unions", "0001_initial"), ("core", "0002_initial")]
    operations = [
        migrations.RunSQL(TREE, migrations.RunSQL.noop),
        TrackTable("Union", county="county_id"),
        TrackTable("Account", county="county_id"),
        ScopeTable("LegalPersonRegistration"),
        ScopeTable("UnionTerm"),
        ScopeTable("UnionHeadcount"),
        ScopeTable("Employer", is_parent=True),
        ScopeTable("UnitCoverage", parents=EMPLOYER),
        ScopeTable("EmployerHeadcount", parents=EMPLOYER),
        ScopeTable("DemocraticSystem", parents=EMPLOYER),
    ]
