"""Migration operations that put a table under scope and history.

Every scoped table gets, in the migration that creates it: the composite foreign key that keeps its county
true, row-level security that binds the table's owner too, and the statement-level history triggers.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AlterField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

COMPOSITE_KEY = """
alter table {table} add constraint {table}_union_county_fk foreign key (union_id, county_id)
  references unions_union (id, county_id) on update cascade deferrable initially deferred;
"""
PARENT = """
alter table {table} add constraint {table}_id_county unique (id, county_id);
"""
PARENT_KEY = """
alter table {table} add constraint {table}_{column}_county_fk foreign key ({column}, county_id)
  references {parent} (id, county_id) deferrable initially deferred;
"""
ROW_SECURITY = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy scope on {table} for all
  using ({column} = any((select app_counties())::int[]))
  with check ({column} = any((select app_counties())::int[]));
"""
SECOND_SIDE = """
alter table {table} add constraint {table}_{side}_county_fk foreign key ({side}_id, {side}_county_id)
  references unions_union (id, county_id) on update cascade deferrable initially deferred;
drop policy scope on {table};
create policy scope on {table} for all
  using (county_id = any((select app_counties())::int[])
         or {side}_county_id = any((select app_counties())::int[]))
  with check (county_id = any((select app_counties())::int[])
              or {side}_county_id = any((select app_counties())::int[]));
"""
HISTORY = """
create trigger history_insert after insert on {table} referencing new table as new_rows
  for each statement execute function core_history_insert('{county}');
create trigger history_update after update on {table} referencing old table as old_rows
  for each statement execute function core_history_change('{county}');
create trigger history_delete after delete on {table} referencing old table as old_rows
  for each statement execute function core_history_change('{county}');
"""

LEAVING_OUT = """
drop trigger {name} on {table};
create trigger {name} after {event} on {table} referencing old table as old_rows
  for each statement execute function core_history_change('{county}', '{columns}');
"""

# Each by itself, so that the rows are looked through under no lock that stops writing; may be done again.
RESTRICTING = (
    "alter table {table} drop constraint if exists {table}_{column}_kept",
    """alter table {table} add constraint {table}_{column}_kept foreign key ({column})
       references {parent} (id) on delete restrict deferrable initially deferred not valid""",
    "alter table {table} validate constraint {table}_{column}_kept",
    """do $$ declare usual text; begin
         for usual in select conname from pg_constraint c
           join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
           where c.conrelid = '{table}'::regclass and c.contype = 'f' and a.attname = '{column}'
             and c.conname <> '{table}_{column}_kept'
         loop execute 'alter table {table} drop constraint ' || quote_ident(usual); end loop;
       end $$""",
)

# What stands in something, and the archiving of that: each looks for the other. Both only judge what changes, so rows
# from before stay as they are; each statement by itself and again without harm, on tables that are in use.
ACTIVE_PARENT = (
    """create or replace function {table}_hold_{key}() returns trigger language plpgsql as $$
declare
  standing bigint;
begin
  select count(*) into standing from {table} r where r.{key}_id = new.id and {standing};
  if standing > 0 then
    raise exception '{key} in use' using errcode = 'check_violation',
      hint = format('{left}', new.name, standing, new.{shown});
  end if;
  return null;
end $$""",
    """create or replace function {table}_in_active_{key}() returns trigger language plpgsql as $$
declare
  chosen bigint[];
  gone text;
begin
  if tg_op = 'INSERT' then
    select array_agg(distinct r.{key}_id) into chosen from new_rows r where {standing};
  else
    select array_agg(distinct r.{key}_id) into chosen from new_rows r join old_rows o on o.id = r.id
    where {standing} and not (o.{key}_id is not distinct from r.{key}_id and {stood});
  end if;
  -- Held until the end: nobody archives one of which this is not yet seen.
  perform from {parent} where id = any(chosen) order by id for share;
  select name into gone from {parent} where id = any(chosen) and archived_at is not null limit 1;
  if found then
    raise exception '{key} archived' using errcode = 'check_violation', hint = format('{refused}', gone);
  end if;
  return null;
end $$""",
    "drop trigger if exists {table}_hold_{key} on {parent}",
    """create constraint trigger {table}_hold_{key} after update of archived_at on {parent} for each row
       when (old.archived_at is null and new.archived_at is not null) execute function {table}_hold_{key}()""",
    "drop trigger if exists active_{key}_insert on {table}",
    """create trigger active_{key}_insert after insert on {table} referencing new table as new_rows
       for each statement execute function {table}_in_active_{key}()""",
    "drop trigger if exists active_{key}_update on {table}",
    """create trigger active_{key}_update after update on {table}
       referencing old table as old_rows new table as new_rows
       for each statement execute function {table}_in_active_{key}()""",
)


class TableOperation(Operation):
    """Runs SQL on the table of one model, forwards only: a table leaves with its own security."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def statements(self, table: str) -> str:
        raise NotImplementedError

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(self.statements(table))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        pass


class ScopeTable(TableOperation):
    """Composite key, row-level security and history for a model derived from `core.scope.Scoped`.

    `parents` maps a foreign key column to its table: the row then lies in its parent's county too, and the
    plain key (`db_constraint=False` on the field) would only prove the same once more. A parent
    table is declared with `is_parent=True`.
    """

    def __init__(
        self, model_name: str, parents: dict[str, str] | None = None, is_parent: bool = False
    ) -> None:
        super().__init__(model_name)
        self.parents = parents or {}
        self.is_parent = is_parent

    def statements(self, table: str) -> str:
        keys = "".join(
            PARENT_KEY.format(table=table, column=column, parent=parent)
            for column, parent in self.parents.items()
        )
        return (
            (PARENT.format(table=table) if self.is_parent else "")
            + COMPOSITE_KEY.format(table=table)
            + keys
            + ROW_SECURITY.format(table=table, column="county_id")
            + HISTORY.format(table=table, county="county_id")
        )

    def describe(self) -> str:
        return f"Scope and history for {self.model_name}"


class ParentTable(TableOperation):
    """Let other tables hang on one that stands already (see `ScopeTable.parents`)."""

    def statements(self, table: str) -> str:
        return PARENT.format(table=table)

    def describe(self) -> str:
        return f"Parent key for {self.model_name}"


class SecureTable(TableOperation):
    """Composite key and row-level security without history, for rows that are themselves a record."""

    def statements(self, table: str) -> str:
        return COMPOSITE_KEY.format(table=table) + ROW_SECURITY.format(table=table, column="county_id")

    def describe(self) -> str:
        return f"Scope for {self.model_name}"


class ShareTable(TableOperation):
    """Show a scoped table's rows to a second county as well, that of its column `<side>` (a union)."""

    def __init__(self, model_name: str, side: str) -> None:
        super().__init__(model_name)
        self.side = side

    def statements(self, table: str) -> str:
        return SECOND_SIDE.format(table=table, side=self.side)

    def describe(self) -> str:
        return f"Second county of {self.model_name}"


class RestrictKeys(TableOperation):
    """Foreign keys that refuse at once to lose their row (ON DELETE RESTRICT); `keys` maps columns to parents.

    The usual key asks two questions for every row that leaves: whether it is there again, and whether anybody
    points at it. Where a hundred thousand rows leave together, the first costs as much as the second. For
    migrations that are not atomic.
    """

    def __init__(self, model_name: str, keys: dict[str, str]) -> None:
        super().__init__(model_name)
        self.keys = keys

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        for column, parent in self.keys.items():
            for statement in RESTRICTING:
                schema_editor.execute(statement.format(table=table, column=column, parent=parent))

    def describe(self) -> str:
        return f"Keys of {self.model_name} that refuse to lose their row"


class ActiveParent(TableOperation):
    """Rows that still stand (`standing`, SQL over `{row}`) lie in a parent that is not archived, and keep it from being so.

    `refused` is the sentence for who writes such a row, of the parent's name (%s); `left` that for who archives the
    parent, of its name, their number and what it is found by, its column `shown` (%1$s, %2$s, %3$s).
    For migrations that are not atomic.
    """

    key, parent, shown = "", "", "name"

    def __init__(self, model_name: str, standing: str, refused: str, left: str) -> None:
        super().__init__(model_name)
        self.standing, self.refused, self.left = standing, refused, left

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        standing, stood = (self.standing.format(row=row) for row in ("r", "o"))
        said = {"refused": self.refused, "left": self.left, "standing": standing, "stood": stood}
        where = {"table": table, "key": self.key, "parent": self.parent, "shown": self.shown}
        for statement in ACTIVE_PARENT:
            schema_editor.execute(statement.format(**said, **where), None)

    def describe(self) -> str:
        return f"{self.model_name} where the {self.key} is not archived"


class ActiveUnion(ActiveParent):
    """Rows that stand in unions; `noun` is what an archived union takes no more."""

    key, parent, shown = "union", "unions_union", "code"

    def __init__(self, model_name: str, standing: str, noun: str, left: str) -> None:
        super().__init__(model_name, standing, f"“%s”已归档，不能再登记{noun}。请改选现在的工会。", left)


class ActiveProject(ActiveParent):
    """Rows that stand on projects."""

    key, parent = "project", "cases_project"


class WithoutIndex(AlterField):
    """Takes away the plain index of a foreign key where another index begins with the same column.

    Nobody who reads or writes waits for it. For migrations that are not atomic.
    """

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        editor: Any = schema_editor
        name = editor._create_index_name(model._meta.db_table, [f"{self.name}_id"])
        editor.execute(f'drop index concurrently if exists "{name}"')

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"No index of its own for {self.name} of {self.model_name}"


class SecureRecord(TableOperation):
    """Row-level security alone, for the kernel's rows that carry a county but no union."""

    def statements(self, table: str) -> str:
        return ROW_SECURITY.format(table=table, column="county_id")

    def describe(self) -> str:
        return f"Row-level security for {self.model_name}"


class TrackTable(TableOperation):
    """History alone, for tables that every county shares (accounts, targets)."""

    def __init__(self, model_name: str, county: str = "null") -> None:
        super().__init__(model_name)
        self.county = county

    def statements(self, table: str) -> str:
        return HISTORY.format(table=table, county=self.county)

    def describe(self) -> str:
        return f"History for {self.model_name}"


class LeaveOut(TableOperation):
    """Keeps columns out of the images of a tracked table: secrets that no history may hold."""

    def __init__(self, model_name: str, columns: tuple[str, ...], county: str = "null") -> None:
        super().__init__(model_name)
        self.columns, self.county = columns, county

    def statements(self, table: str) -> str:
        images = "{" + ",".join(self.columns) + "}"
        return "".join(
            LEAVING_OUT.format(table=table, name=name, event=event, county=self.county, columns=images)
            for name, event in (("history_update", "update"), ("history_delete", "delete"))
        )

    def describe(self) -> str:
        return f"History of {self.model_name} without {', '.join(self.columns)}"
