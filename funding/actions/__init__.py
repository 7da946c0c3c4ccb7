"""What can be done to sources, funding lines and what is paid by them."""

from funding.actions.lines import archive_line, correct_line, record_line
from funding.actions.matching import drop_match, require_match
from funding.actions.sources import (
    add_member,
    archive_source,
    change_source,
    create_source,
    remove_member,
)

__all__ = [
    "add_member",
    "archive_line",
    "archive_source",
    "change_source",
    "correct_line",
    "create_source",
    "drop_match",
    "record_line",
    "remove_member",
    "require_match",
]
