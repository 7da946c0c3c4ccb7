"""The way in for spreadsheets: an untrusted file becomes a table of typed cells, or one clear sentence."""

from core.sheets.choosing import Chosen, chosen_header, fingerprint, likely_header, open_chosen
from core.sheets.header import ColumnWords, HeaderMatch, Unknown, find_header
from core.sheets.limits import DEFAULT, Limits
from core.sheets.reading import Cell, Merge, Row, Sheet, Workbook, read_workbook
from core.sheets.refused import SheetRefused
from core.sheets.table import EXAMPLE_MARK, Skipped, Table, column_letters, open_table
from core.sheets.units import YUAN, Unit, headed

__all__ = [
    "DEFAULT",
    "EXAMPLE_MARK",
    "YUAN",
    "Cell",
    "Chosen",
    "ColumnWords",
    "HeaderMatch",
    "Limits",
    "Merge",
    "Row",
    "Sheet",
    "SheetRefused",
    "Skipped",
    "Table",
    "Unit",
    "Unknown",
    "Workbook",
    "chosen_header",
    "column_letters",
    "find_header",
    "fingerprint",
    "headed",
    "likely_header",
    "open_chosen",
    "open_table",
    "read_workbook",
]
