"""What can be done to sources, funding lines and what is paid by them."""

from funding.actions.lines import (
    archive_line,
    archive_source,
    change_source,
    correct_line,
    create_source,
    record_line,
)

__all__ = [
    "archive_line",
    "archive_source",
    "change_source",
    "correct_line",
    "create_source",
    "record_line",
]
