"""What each right brings along, in the order of urgency."""

from collections.abc import Callable

from core.rights import Right
from metrics.duties.base import Item
from metrics.duties.money import approvals, settlements, subsidies
from metrics.duties.programmes import shops
from metrics.duties.registers import imports, registers, transfers
from metrics.duties.review import findings, operations, review
from unions.models import Account

DUTIES: tuple[tuple[Right, Callable[[Account], list[Item]]], ...] = (
    (Right.IMPORT, imports),
    (Right.EDIT_MEMBERS, transfers),
    (Right.APPROVE, approvals),
    (Right.EDIT_FUNDING, settlements),
    (Right.EXPLAIN, findings),
    (Right.EDIT_CASES, shops),
    (Right.EDIT_FUNDING, subsidies),
    (Right.COMPUTE, review),
    (Right.EDIT_EMPLOYERS, registers),
    (Right.MANAGE_ACCOUNTS, operations),
)


def work_of(account: Account) -> list[Item]:
    """The work list of one account."""
    return [item for right, duty in DUTIES if account.can(right) for item in duty(account)]
