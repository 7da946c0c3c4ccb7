"""Names and codes in cells, resolved to rows inside the importer's scope only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from core.checks import Problem
from core.imports.draft import Draft
from core.resource import Column

Found = dict[str, Any]
RESTORE_FIRST = "请先在它的页面“恢复”，再导入"
_NARROW, _WIDE = str.maketrans("（）", "()"), str.maketrans("()", "（）")


class Lookup:
    """Rows that cells of one column may name. A unique code wins over a name; a name must be unambiguous.

    `rows` are the visible rows, `codes` and `names` the fields that a cell may hold, `carry` the values that
    planning needs of what was found. Only what the file names is read, chunk by chunk.
    Brackets count as the same in both widths: people type either. With `current_only` archived rows mean nothing;
    a cell that means one of them is told so.
    """

    def __init__(
        self,
        noun: str,
        rows: QuerySet[Any],
        *,
        codes: tuple[str, ...] = (),
        names: tuple[str, ...] = ("name",),
        carry: tuple[str, ...] = (),
        remedy: str = "",
        current_only: bool = False,
    ) -> None:
        self.noun, self.rows, self.codes, self.names = noun, rows, codes, names
        self.current_only = current_only
        archived = ("archived_at",) if current_only else ()
        self.fields = tuple(dict.fromkeys(("pk", *codes, *names, *carry, *archived)))
        self.remedy = remedy or f"请填写{noun}的编码或全称"
        self._by_code: dict[str, Found] = {}
        self._by_name: dict[str, list[Found]] = {}
        self._known: set[str] = set()
        self._archived: dict[str, list[Found]] = {}
        self._meant: dict[str, list[Found]] = {}

    def prepare(self, texts: Iterable[str | None]) -> None:
        """Read what these cells name, in one statement."""
        wanted = {text for text in texts if text} - self._known
        if not wanted:
            return
        self._known |= wanted
        self._meant.clear()
        for row in self.rows.filter(self.naming(wanted)).values(*self.fields):
            self.remember(row)

    def naming(self, texts: set[str]) -> Q:
        """The condition under which a row may be meant by one of the texts."""
        spelled = texts.union(*((text.translate(_NARROW), text.translate(_WIDE)) for text in texts))
        condition = Q()
        for field in (*self.codes, *self.names):
            condition |= Q(**{f"{field}__in": spelled})
        return condition

    def key(self, name: str) -> str:
        """What two spellings of one name have in common."""
        return name.translate(_NARROW)

    def remember(self, row: Found) -> None:
        """Know a row by what may name it."""
        if self.current_only and row["archived_at"] is not None:
            for field in (*self.codes, *self.names):
                if row[field]:
                    self._archived.setdefault(self.key(row[field]), []).append(row)
            return
        for field in self.codes:
            if row[field]:
                self._by_code[row[field]] = row
        for field in self.names:
            same = self._by_name.setdefault(self.key(row[field]), [])
            if all(other["pk"] != row["pk"] for other in same):
                same.append(row)

    def all_of(self, text: str) -> list[Found]:
        """Everything a prepared text may mean."""
        if text not in self._meant:
            code = self._by_code.get(text)
            self._meant[text] = [code] if code else self._by_name.get(self.key(text), [])
        return self._meant[text]

    def resolve(self, draft: Draft, column: Column) -> Found | None:
        """What the cell means; a cell that means nothing or several things holds its row."""
        text = draft.cells.get(column.key)
        if text is None:
            return None
        found = self.all_of(text)
        if len(found) == 1:
            return found[0]
        if found:
            problem = Problem(f"有 {len(found)} 个{self.noun}都叫“{text[:40]}”", self.remedy)
        else:
            problem = self.missing(text, f"您管辖范围内没有{self.noun}“{text[:40]}”")
        draft.hold(column.label, problem, text)
        return None

    def missing(self, text: str, reason: str, county: int | None = None) -> Problem:
        """Why a text means no row (of a county): the given reason, unless what it means is archived."""
        archived = self._archived.get(self.key(text), [])
        if any(county in (None, row.get("county_id")) for row in archived):
            return Problem(f"{self.noun}“{text[:40]}”已归档", RESTORE_FIRST)
        return Problem(reason, self.remedy)
