"""The database keeps scope, history and the audit trail by itself: read from its catalogue, then tried."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from core import scope
from core.models import AuditEvent, History
from tests.contracts import kit
from tests.world import World
from unions.models import Account

# Tables with a county that row security leaves open, and why.
OPEN_TABLES = {"unions_account": "accounts are read at sign-in, before there is a scope"}
# Policies that let a row be read without a check clause, and why.
READ_ONLY_POLICIES = {("unions_union", "way_up"): "the way up from a county is named on every page"}


@pytest.fixture
def furnished(db: None) -> World:
    return kit.furnished()


@pytest.fixture
def closed(furnished: World) -> Iterator[World]:
    """The furnished world seen by a transaction that no scope was given."""
    scope.set_counties([])
    yield furnished


def _tables_with_county() -> set[str]:
    sql = """select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
             where table_schema = 'public' and column_name = 'county_id' and table_type = 'BASE TABLE'"""
    return {name for (name,) in kit.query(sql)}


@pytest.mark.django_db
def test_every_view_asks_the_row_security_of_its_reader() -> None:
    views = kit.query(
        """select relname, coalesce('security_invoker=true' = any(reloptions), false)
           from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace"""
    )
    assert {name for name, _ in views} == {kit.table(model) for model in kit.views()}
    assert [name for name, asks in views if not asks] == []


@pytest.mark.django_db
def test_every_table_with_a_county_has_row_security_that_binds_its_owner() -> None:
    secured = kit.query("select relname from pg_class where relrowsecurity and relforcerowsecurity")
    assert _tables_with_county() - {name for (name,) in secured} == set(OPEN_TABLES)


@pytest.mark.django_db
def test_every_policy_of_a_county_table_checks_what_is_written() -> None:
    policies = kit.query(
        "select tablename, policyname, cmd, qual, with_check from pg_policies where schemaname = 'public'"
    )
    unchecked = {(table, policy) for table, policy, _, _, check in policies if not check}
    assert unchecked == set(READ_ONLY_POLICIES)
    assert {cmd for table, policy, cmd, *_ in policies if (table, policy) in unchecked} == {"SELECT"}
    scoped = {
        t
        for t, _, cmd, using, check in policies
        if cmd == "ALL" and "app_counties" in using and "app_counties" in check
    }
    assert scoped == _tables_with_county() - set(OPEN_TABLES)


@pytest.mark.django_db
def test_every_scoped_model_has_the_composite_key_of_union_and_county() -> None:
    sql = """select conrelid::regclass::text from pg_constraint
             where contype = 'f' and confrelid = 'unions_union'::regclass
               and pg_get_constraintdef(oid)
                   like 'FOREIGN KEY (union_id, county_id) REFERENCES%(id, county_id)%'"""
    keyed = {name for (name,) in kit.query(sql)}
    expected = {kit.table(model) for model in kit.portal_models() if kit.is_scoped(model)}
    assert expected - keyed == set()
    assert kit.table(Account) in keyed


@pytest.mark.django_db
def test_history_hears_of_every_kind_of_write() -> None:
    sql = """select tgrelid::regclass::text, array_agg(tgname::text order by tgname) from pg_trigger
             where tgname like 'history%' and tgenabled = 'O' group by 1"""
    heard = dict(kit.query(sql))
    assert heard and set(map(tuple, heard.values())) == {
        ("history_delete", "history_insert", "history_update")
    }


# Models whose writes leave no history: each row is itself the record of something.
UNTRACKED = {
    "cases_workerphone": "derived from meals, written with them",
    "core_auditevent": "the trail itself",
    "core_history": "the trail itself",
    "core_importrow": "a plan, kept with its batch",
    "core_importanswer": "kept with its batch; each answer is an action with an event of its own",
    "core_importbatch": "a record with its own states and times",
    "core_job": "a record with its own states and times",
    "core_storedfile": "written once",
    "metrics_computationrun": "a record with its own states and times",
    "metrics_figure": "derived from rows, replaced by every computation",
    "unions_administrativedivision": "public reference data, changed by migrations and the loader only",
}


@pytest.mark.django_db
def test_every_model_is_tracked_or_says_why_not() -> None:
    untracked = {kit.table(m) for m in kit.portal_models()} - {kit.table(m) for m in kit.tracked_models()}
    assert untracked == set(UNTRACKED)


@pytest.mark.django_db
def test_no_function_or_view_goes_round_the_scope() -> None:
    definers = kit.query(
        """select proname from pg_proc where prosecdef and pronamespace = 'public'::regnamespace"""
    )
    assert definers == []
    views = kit.query(
        """select relname from pg_class where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace
           and not coalesce(reloptions @> array['security_invoker=true'], false)"""
    )
    assert views == []


@pytest.mark.django_db
def test_both_roles_are_bound_and_the_web_role_owns_nothing() -> None:
    roles = kit.query(
        """select rolname, rolsuper, rolbypassrls from pg_roles
           where rolname in ('portal_owner', 'portal_app')"""
    )
    assert sorted(roles) == [("portal_app", False, False), ("portal_owner", False, False)]
    owners = {
        owner
        for (owner,) in kit.query("select distinct tableowner from pg_tables where schemaname = 'public'")
    }
    assert "portal_app" not in owners
    assert not kit.query("select pg_has_role('portal_app', 'portal_owner', 'member')")[0][0]


def test_every_county_model_has_a_row_in_every_county(furnished: World) -> None:
    """Otherwise the tests below, and the walk over all addresses, would prove nothing for it."""
    scope.apply_everywhere()
    missing = [
        (model._meta.label, county)
        for model in (*kit.scoped_models(), *kit.views())
        for county in kit.COUNTIES
        if kit.row_of(model, county) is None and model not in kit.RECORDS
    ]
    assert missing == []


def test_without_a_scope_nothing_is_visible(closed: World) -> None:
    manager: Any
    seen = {}
    for model in (*kit.scoped_models(), *kit.views()):
        manager = model._base_manager
        rows = (
            manager.exclude(level__in=("provincial", "prefecture"))
            if kit.table(model) == "unions_union"
            else manager
        )
        # Changes of tables without a county are kept without one.
        rows = rows.filter(county_id__isnull=False) if model is History else rows
        seen[model._meta.label] = rows.count()
    assert {label: count for label, count in seen.items() if count} == {}


def test_a_scope_shows_its_own_county_only(furnished: World) -> None:
    scope.set_counties([632322])
    for model in (*kit.scoped_models(), *kit.views()):
        manager: Any = model._base_manager
        rows = manager.exclude(county_id=632322)
        if kit.table(model) == "unions_union":
            rows = rows.exclude(level__in=("provincial", "prefecture"))
        if model is History:
            rows = rows.filter(county_id__isnull=False)
        assert rows.count() == 0, model._meta.label
        if model not in kit.RECORDS:
            assert manager.count() > 0, model._meta.label


def test_workers_of_a_statement_see_no_more_than_its_transaction(furnished: World) -> None:
    scope.set_counties([632322])
    # Whatever the table's statistics are: what may run in a worker does.
    forced = "'debug_parallel_query', 'force_parallel_mode'"
    kit.query(f"select set_config(name, 'on', true) from pg_settings where name in ({forced})")
    counties = "select distinct county_id from members_person"
    plan = "".join(line for (line,) in kit.query(f"explain analyze {counties}"))
    assert "Workers Launched: 1" in plan
    assert kit.query(counties) == [(632322,)]


def _refused(expected: type[DatabaseError], sql: str, *parameters: Any) -> str | None:
    """None when the database refuses the statement as expected, else what happened."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            cursor.execute("set constraints all immediate")
    except expected:
        return None
    except DatabaseError as error:
        return f"{sql}: {error}"
    return f"{sql}: was accepted"


def test_a_write_outside_an_action_is_refused_for_every_tracked_table(furnished: World) -> None:
    scope.apply_everywhere()
    accepted = []
    for model in kit.tracked_models():
        key = model._meta.pk.column
        # The deletion touches no row: a key that keeps its row would refuse before the history does.
        deletion = f"delete from {kit.table(model)} where false"
        for sql in (f"update {kit.table(model)} set {key} = {key}", deletion):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(sql)
                accepted.append(sql)
            except DatabaseError as error:
                if "write outside an action" not in str(error):
                    accepted.append(f"{sql}: {error}")
    assert accepted == []


def test_an_insert_outside_an_action_is_refused_for_every_tracked_table(furnished: World) -> None:
    scope.apply_everywhere()
    accepted = []
    for model in kit.tracked_models():
        row = _copy(model)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
            accepted.append(model._meta.label)
        except IntegrityError:
            continue  # a constraint was faster than the trigger
        except DatabaseError as error:
            if "write outside an action" not in str(error):
                accepted.append(f"{model._meta.label}: {error}")
    assert accepted == []


def _copy(model: type[models.Model]) -> Any:
    row: Any = model._base_manager.order_by("pk").last()
    row.pk = None
    row._state.adding = True
    for field in model._meta.concrete_fields:
        if field.unique and not field.primary_key:
            setattr(row, field.attname, None if field.null else _other(field, getattr(row, field.attname)))
    return row


def _other(field: Any, value: Any) -> Any:
    if isinstance(field, models.UUIDField):
        return field.default()
    return (
        bytes(value)[::-1]
        if isinstance(field, models.BinaryField)
        else f"{value}9"[-(field.max_length or 0) :]
    )


def test_a_row_cannot_claim_the_county_of_another_union(furnished: World) -> None:
    """The composite key, tried on every scoped table."""
    foreign = furnished.unions["632323"].pk
    problems = []
    with kit.writing(furnished):
        for model in kit.portal_models():
            if kit.is_scoped(model):
                name = kit.table(model)
                sql = f"update {name} set union_id = %s where county_id = 632322"
                problems.append(_refused(IntegrityError, sql, foreign))
    assert [problem for problem in problems if problem] == []


def test_a_row_cannot_be_moved_or_written_to_a_closed_county(furnished: World) -> None:
    """The check clause of the policy, tried on every county table."""
    problems = []
    with kit.writing(furnished):
        scope.set_counties([632322])
        for model in kit.scoped_models():
            if model in kit.RECORDS:
                continue
            sql = f"update {kit.table(model)} set county_id = 632323 where county_id = 632322"
            problems.append(_refused(DatabaseError, sql))
        scope.apply_everywhere()
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("model", kit.RECORDS)
def test_the_trail_is_append_only(furnished: World, model: type[AuditEvent | History]) -> None:
    with kit.writing(furnished):
        assert model.objects.exists()
        for sql in (f"update {kit.table(model)} set id = id", f"delete from {kit.table(model)}"):
            with (
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)
