"""Cells of a spreadsheet by the kind of their column."""

import gc
from collections.abc import Iterator

import pytest

from core.imports.cells import read_column, reader
from members.resources import MEMBERS


class Rows(list[str | None]):
    """Cells that tell by their number how many are alive."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    """As a check runs: what hangs in a cycle stays until the end."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(("key", "bad"), [("name", "李4"), ("joined_on", "2023-13-01"), ("mobile", "139")])
def test_a_refused_cell_keeps_no_rows_in_memory(key: str, bad: str, uncollected: None) -> None:
    column = MEMBERS.column(key)
    read = read_column(column, reader(MEMBERS, column), Rows([None, bad, None]))
    ((place, problem),) = read.problems
    assert (read.values, place) == ([None, None, None], 1)
    assert problem.__traceback__ is None and problem.__context__ is None
    assert not [kept for kept in gc.get_objects() if type(kept) is Rows]


def test_a_tick_is_not_taken_for_the_number_one() -> None:
    column = MEMBERS.column("name")
    read = read_column(column, reader(MEMBERS, column), [True, 1, None, True])
    assert [place for place, _ in read.problems] == [1]
    assert read.values == ["是", None, None, "是"] and read.shown[1] == "1"
