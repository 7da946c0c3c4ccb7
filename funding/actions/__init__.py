"""What can be done to sources, funding lines and what is paid by them."""

from funding.actions.lines import archive_line, correct_line, record_line
from funding.actions.matching import drop_match, require_match
from funding.actions.sharing import archive_rule, change_rule, create_rule
from funding.actions.sources import (
    add_member,
    archive_source,
    change_source,
    create_source,
    remove_member,
)
from funding.actions.subsidies import (
    archive_entry,
    archive_funding_target,
    archive_grant,
    archive_standard,
    archive_tier,
    change_funding_target,
    change_standard,
    change_tier,
    grant_subsidies,
    record_entry,
    set_funding_target,
    set_standard,
    set_tier,
)

__all__ = [
    "add_member",
    "archive_entry",
    "archive_funding_target",
    "archive_grant",
    "archive_line",
    "archive_rule",
    "archive_source",
    "archive_standard",
    "archive_tier",
    "change_funding_target",
    "change_rule",
    "change_source",
    "change_standard",
    "change_tier",
    "correct_line",
    "create_rule",
    "create_source",
    "drop_match",
    "grant_subsidies",
    "record_entry",
    "record_line",
    "remove_member",
    "require_match",
    "set_funding_target",
    "set_standard",
    "set_tier",
]
