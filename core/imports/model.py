"""The importer of a plain model: keys find the row, the rest is new, changed or the same.

A subclass declares `keys` and translates cells into values of the model in `image`. Everything is done for a
chunk of rows at once; the number of SQL statements does not depend on the number of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from django.db import models
from django.db.models import Field, Q, QuerySet

from core.checks import Problem
from core.elsewhere import held_anywhere
from core.imports.cells import shown
from core.imports.draft import Draft
from core.imports.images import Image, Numbers, complete_image, insertable
from core.imports.leaning import Leaning
from core.imports.lookup import RESTORE_FIRST
from core.models import ImportBatch, ImportRow
from core.resource import Column, Resource
from core.words import first_few

Defaults = dict[str, Any]
NOTED = 5
REMOVE_ONE = "请只保留一行"
CHECK_RECORD = "请用导出的表格，不要改动这一列"


_CONTENT_BITS = 38
_CONTENT = 2**_CONTENT_BITS - 1


class Key(NamedTuple):
    """A set of model columns that names one row, and the key's values on one draft."""

    names: tuple[str, ...]
    values: tuple[Hashable, ...]


class Doubt(NamedTuple):
    """A new row that may be somebody registered (`target_id`), or stand in the file twice."""

    number: int
    column: str
    message: str
    target_id: int | None = None


class Seen(NamedTuple):
    """The row of the file in which a key first stood."""

    number: int
    content: int

    @staticmethod
    def packed(number: int, content: int) -> int:
        """As one small number: a file may have a million keys, and all of them are remembered."""
        return number << _CONTENT_BITS | content

    @classmethod
    def unpacked(cls, packed: int) -> Seen:
        return cls(packed >> _CONTENT_BITS, packed & _CONTENT)


class ModelImporter:
    """Plans rows of `resource.model`; subclasses say how cells become values and what else follows."""

    #: Sets of model columns that identify a row, the strongest first.
    keys: tuple[tuple[str, ...], ...] = ()
    #: The key (one column) that is unique over all counties and may be taken out of sight.
    unique: str = ""
    elsewhere = "已由您管辖范围以外的工会登记，不能在这里导入。请联系上级工会核实。"
    #: Models of the rows that are written along with the row itself.
    parts: tuple[type[models.Model], ...] = ()
    #: Models of rows that several rows of the file share.
    shared_parts: tuple[type[models.Model], ...] = ()
    #: Whether archived rows still have their keys, as what can be restored has. Of the others the same may come anew.
    keeps_archived: ClassVar[bool] = False
    #: How rows of one file lean on each other.
    leaning: ClassVar[Leaning | None] = None
    #: Whether rows change before new ones come: a period is ended before the one that follows it begins.
    changes_first: ClassVar[bool] = False
    #: Model columns that an import may set on a new row only, with the sentence for those who try.
    fixed: ClassVar[dict[str, str]] = {}
    #: Model columns that follow from another one: they change only together with it.
    derived: ClassVar[dict[str, str]] = {"name_sort": "name"}
    #: Model columns that a column of another key gives.
    given_by: ClassVar[dict[str, str]] = {}

    def __init__(self, resource: Resource, actor: Any, defaults: Defaults) -> None:
        self.resource, self.actor, self.defaults = resource, actor, defaults
        self.model = resource.model
        self.columns: dict[str, Column] = {column.key: column for column in resource.importable}
        self.required = {key: column for key, column in self.columns.items() if column.required}
        #: Keys by their hash: of a million, two that differ agree in one file of forty million.
        self.seen: dict[tuple[str, ...], dict[int, int]] = {}
        self.late_holds: list[tuple[int, dict[str, str]]] = []
        self.noted: dict[str, dict[str, int]] = {}
        self.targets: dict[int, int] = {}
        self.numbers = Numbers(self.model)

    # --- what subclasses say

    def prepare(self, drafts: Sequence[Draft]) -> None:
        """Read what the chunk refers to."""

    def recall(self, planned: Iterable[dict[str, Any]]) -> None:
        """Know what rows of the same file, planned before (`ImportRow.values`), will register."""

    def image(self, draft: Draft) -> Image:
        """Values by model column of what the row gives; blank cells give nothing."""
        fields = self.fields
        return {name: value for name, value in draft.cells.items() if name in fields}

    def complete(self, draft: Draft) -> None:
        """Fill in what follows from the rest of a new row (union, path, code)."""

    def doubts(self, batch: ImportBatch, numbers: Collection[int] | None = None) -> Iterable[Doubt]:
        """New rows of the staged plan that may mean something registered, or each other (all, or some)."""
        return ()

    def meaning(self, cells: dict[str, Any], target_id: int) -> dict[str, Any]:
        """The cells of a doubtful row when it means that row of the register."""
        return cells

    def foresee(self, draft: Draft) -> None:
        """What else is wrong with a new row that is held already: everything is said at once."""
        self.require(draft)

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        """Problems between the columns of a whole row, each with the key of its column."""
        return ()

    def extend(self, draft: Draft, current: Image | None) -> None:
        """Plan the rows that belong to this one (`draft.add`, `draft.edit`)."""

    def hold_outdated(self, batch: ImportBatch) -> None:
        """Before the plan is written: hold rows that have been ruled out since the check."""

    @classmethod
    def keep_settled(cls) -> None:
        """Before an import is taken back: give rows of the temporary table `undoing` that stay for good their reason."""

    def complete_late(self, batch: ImportBatch) -> None:
        """Just before the plan is written: give new rows what only then is certain, such as the next free code."""

    # --- the plan

    @property
    def fields(self) -> dict[str, Field[Any, Any]]:
        """Columns of the model that an insert may name."""
        return insertable(self.model)

    def plan(self, drafts: Sequence[Draft]) -> None:
        """Decide what each row is: new, changed, unchanged or held."""
        self.prepare(drafts)
        for draft in drafts:
            draft.image = self.image(draft)
            draft.keys = self.keys_of(draft)
        self.hold_duplicates(drafts)
        registered = self.registered(drafts)
        found = self.find(self.sought(drafts, registered))
        taken = registered - {key.values[0] for key in found if key.names == (self.unique,)}
        for draft in drafts:
            self.decide(draft, self.current(draft, found), taken)

    def decide(self, draft: Draft, current: Image | None, taken: set[Any]) -> None:
        """The plan of one row."""
        is_new = current is None and draft.image.get(self.unique) not in taken
        if draft.problems:
            if is_new and draft.keys:
                self.foresee(draft)
        elif current is not None:
            self.decide_changed(draft, current)
        elif is_new:
            self.decide_new(draft, next(self.numbers))
        else:
            draft.say(self.label_of(self.unique), self.elsewhere)
        if draft.problems:
            draft.plan = ImportRow.Plan.HELD
            draft.row, draft.add, draft.edit = {}, {}, {}
        elif draft.doubts:
            draft.plan, draft.problems = ImportRow.Plan.DOUBTFUL, draft.doubts

    def decide_new(self, draft: Draft, new_id: int) -> None:
        self.complete(draft)
        self.require(draft)
        self.obey(draft, draft.image)
        if draft.is_held:
            return
        draft.target_id = new_id
        draft.plan = ImportRow.Plan.NEW
        draft.row = complete_image(self.model, draft.image, new_id)
        self.extend(draft, None)

    def decide_changed(self, draft: Draft, current: Image) -> None:
        draft.target_id, draft.target_version = current["id"], current["version"]
        changed = self.changed(draft.image, current)
        for name in changed.keys() & self.fixed.keys():
            draft.hold(self.label_of(name), Problem(self.fixed[name], "请删去这一格，或改回登记的内容"))
        self.hold_second(draft, current["id"])
        self.obey(draft, {**current, **changed})
        if draft.is_held:
            return
        for name in changed:
            self.note_change(draft, name, current)
        draft.row = changed
        self.extend(draft, current)
        is_changed = bool(changed or draft.add or draft.edit)
        draft.plan = ImportRow.Plan.CHANGED if is_changed else ImportRow.Plan.UNCHANGED

    def changed(self, image: Image, current: Image) -> Image:
        """What the row says otherwise than the register; blank cells say nothing."""
        fields = self.fields
        other = {
            name: value
            for name, value in image.items()
            if value is not None and name in fields and current.get(name) != value
        }
        return {name: value for name, value in other.items() if self.derived.get(name, name) in other}

    def hold_second(self, draft: Draft, target_id: int) -> None:
        """Two rows of the file that mean the same row of the register by different keys."""
        first = self.targets.setdefault(target_id, draft.number)
        if first != draft.number:
            draft.hold(self.columns_label(), Problem(f"与第 {first} 行是同一条记录", REMOVE_ONE))

    def obey(self, draft: Draft, image: Image) -> None:
        for key, problem in self.rules(draft, image):
            draft.hold(self.columns[key].label, problem, draft.shown.get(key, ""))

    def require(self, draft: Draft) -> None:
        """A new row needs every required column; what an earlier problem explains is not asked for again."""
        if draft.cells.keys() >= self.required.keys():
            return
        missing = [column for key, column in self.required.items() if key not in draft.cells]
        explained = {problem["column"] for problem in draft.problems}
        for column in missing:
            if column.label not in explained:
                draft.hold(column.label, Problem("没有填写", "这一列必填，请补上"))

    def note_change(self, draft: Draft, name: str, current: Image) -> None:
        """Old and new of one cell for the preview; values that are derived are not shown."""
        column = self.column_of(name)
        if column is not None:
            draft.changes[column.label] = [self.old(column, name, current), draft.shown.get(column.key)]

    def old(self, column: Column, name: str, current: Image) -> str | None:
        """The value in the register, in words."""
        value = current.get(name)
        return shown(dict(column.choices), value) if value not in (None, "") else None

    def note(self, text: str, example: str) -> None:
        """Count something that the clerk should know but that holds no row."""
        examples = self.noted.setdefault(text, {})
        examples[example] = examples.get(example, 0) + 1

    def notes(self) -> list[str]:
        """What was noted, each with its rows and first examples."""
        return [_note(text, examples) for text, examples in self.noted.items()]

    # --- keys

    def keys_of(self, draft: Draft) -> list[Key]:
        """The keys whose every part the row gives, the strongest first."""
        found = [(names, tuple(map(draft.image.get, names))) for names in self.keys]
        return [Key(names, values) for names, values in found if None not in values]

    def hold_duplicates(self, drafts: Sequence[Draft]) -> None:
        """The same thing twice in the file: the same content is taken once, different content not at all."""
        for draft in drafts:
            if draft.is_held:
                continue
            content = hash(frozenset(self.content(draft).items())) & _CONTENT
            for key in draft.keys[:1]:
                seen = self.seen.setdefault(key.names, {})
                mine = Seen.packed(draft.number, content)
                known = seen.setdefault(hash(key.values), mine)
                if known != mine:
                    first = Seen.unpacked(known)
                    self.hold_duplicate(draft, first, is_same=first.content == content, key=key)

    def content(self, draft: Draft) -> dict[str, str]:
        """What must agree for two rows to be the same."""
        return draft.shown

    def hold_duplicate(self, draft: Draft, first: Seen, *, is_same: bool, key: Key) -> None:
        label = self.label_of(key.names[0])
        if is_same:
            draft.hold(label, Problem(f"与第 {first.number} 行重复", f"这一行不会导入，{REMOVE_ONE}即可"))
            return
        draft.hold(label, Problem(f"与第 {first.number} 行重复，但内容不同", REMOVE_ONE))
        problem = Problem(f"与第 {draft.number} 行重复，但内容不同", REMOVE_ONE)
        self.late_holds.append((first.number, {"column": label, "message": str(problem), "value": ""}))

    def visible(self) -> QuerySet[Any]:
        manager: Any = self.model._default_manager
        rows: QuerySet[Any] = manager.visible_to(self.actor)
        return rows

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        """What the register holds of the rows found."""
        return rows.values(*self.fields)

    def registered(self, drafts: Sequence[Draft]) -> set[Any]:
        """Unique values that stand in the register, in sight or out of it: most rows of a file are new."""
        if not self.unique:
            return set()
        asked = {draft.image.get(self.unique) for draft in drafts} - {None}
        return held_anywhere(self.model, self.unique, asked, self.actor)

    def sought(self, drafts: Sequence[Draft], registered: set[Any]) -> list[Key]:
        """The keys of the chunk that may find a row."""
        unique = (self.unique,)
        return [k for d in drafts for k in d.keys if k.names != unique or k.values[0] in registered]

    def find(self, keys: Sequence[Key]) -> dict[Key, list[Image]]:
        """Rows of the register by every key that may find one."""
        wanted: dict[str, set[Any]] = {}
        for key in keys:
            wanted.setdefault(key.names[-1], set()).add(key.values[-1])
        if not wanted:
            return {}
        condition = Q()
        for name, values in wanted.items():
            condition |= Q(**{f"{name}__one_of": values})
        found: dict[Key, list[Image]] = {}
        for current in self.current_rows(self.visible().filter(condition).order_by()):
            for names in self.keys:
                key = Key(names, tuple(current[name] for name in names))
                found.setdefault(key, []).append(current)
        return found

    def current(self, draft: Draft, found: dict[Key, list[Image]]) -> Image | None:
        """The row of the register that the draft means, by its strongest key."""
        for key in draft.keys:
            rows = found.get(key, [])
            standing = [row for row in rows if not self.is_past(row)]
            if len(standing) == 1:
                return standing[0]
            if standing:
                label = self.label_of(key.names[-1])
                draft.hold(
                    label, Problem(f"登记册里有 {len(standing)} 条同名记录", "请补上编码，写明是哪一条")
                )
            elif rows and (self.keeps_archived or key.names == ("id",)):
                self.hold_past(draft, rows[0])
                return rows[0]
            elif key.names == ("id",):
                draft.hold(self.label_of("id"), Problem("登记册里没有这个编号", CHECK_RECORD))
        return None

    def is_past(self, row: Image) -> bool:
        """Whether a registered row counts no longer; without a number, a row of the file does not mean it."""
        return bool(row.get("archived_at"))

    def hold_past(self, draft: Draft, row: Image) -> None:
        """Say that what the row means was archived, and the way on."""
        if self.keeps_archived:
            problem = Problem(f"“{row['name']}”已归档", RESTORE_FIRST)
            draft.hold(self.label_of("name"), problem)
        else:
            problem = Problem("这个编号的记录已归档", "要重新登记的，请清空编号这一格，再导入")
            draft.hold(self.label_of("id"), problem, draft.shown.get("id", ""))

    # --- labels

    def column_of(self, name: str) -> Column | None:
        """The column that gives a model column: of the same key, or `union` for `union_id`."""
        return self.columns.get(self.given_by.get(name, name)) or self.columns.get(name.removesuffix("_id"))

    def label_of(self, name: str) -> str:
        column = self.column_of(name)
        return column.label if column else self.columns_label()

    def columns_label(self) -> str:
        """The first column, where a problem belongs to the whole row."""
        return next(iter(self.columns.values())).label


def _note(text: str, examples: dict[str, int]) -> str:
    return f"{text}：{first_few(list(examples), NOTED)}（{sum(examples.values())} 行）"
