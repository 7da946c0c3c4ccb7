"""Cells of a spreadsheet by the kind of their column."""

from core.imports.cells import read_column, reader
from members.resources import MEMBERS


def test_a_refused_cell_keeps_no_rows_in_memory() -> None:
    column = MEMBERS.column("name")
    read = read_column(column, reader(MEMBERS, column), ["张三", "李4", None])
    ((place, problem),) = read.problems
    assert (read.values, place) == (["张三", None, None], 1)
    assert problem.__traceback__ is None
