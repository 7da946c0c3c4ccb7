"""Every data check, declared, and the one runner that keeps findings in step with what the checks see."""

from collections.abc import Sequence

from django.utils import timezone

from core.models import Finding
from metrics.checks.base import Check, Contradiction
from metrics.checks.declared import DECLARED_AGAINST_COMPUTED
from metrics.checks.duplicates import SAME_GRANT
from metrics.checks.matching import MATCH_SHARE
from metrics.checks.parts import PARTS_AGAINST_TOTAL
from metrics.checks.payments import PAYMENTS_AGAINST_SPENDING
from metrics.checks.subset import COMPUTED_SUBSET, DECLARED_SUBSET
from metrics.checks.subsidy import UNSPENT_SUBSIDY

# What is open on a project decides about its figure, so rows are checked before figures are computed.
OF_ROWS: tuple[Check, ...] = (
    PARTS_AGAINST_TOTAL,
    MATCH_SHARE,
    SAME_GRANT,
    UNSPENT_SUBSIDY,
    PAYMENTS_AGAINST_SPENDING,
)
OF_FIGURES: tuple[Check, ...] = (COMPUTED_SUBSET, DECLARED_SUBSET, DECLARED_AGAINST_COMPUTED)
CHECKS = (*OF_ROWS, *OF_FIGURES)
LABELS: dict[str, str] = {check.key: check.label for check in CHECKS}
GONE = "再次核对时两数已相符，源头已更正（系统自动记录）。"

State = Finding.State


def run(check: Check, codes: Sequence[int]) -> int:
    """Bring one check's findings in these divisions up to date, inside an action. How many are open."""
    found = {one.subject_id: one for one in check.find(codes)}
    known = Finding.objects.select_for_update().filter(check_key=check.key, county_id__in=codes)
    for finding in known:
        one = found.pop(finding.subject_id, None)
        _reconsider(finding, one)
    Finding.objects.bulk_create(_open(check, one) for one in found.values())
    return known.filter(state=State.OPEN).count()


def run_all(checks: Sequence[Check], codes: Sequence[int]) -> int:
    """Several checks; how many findings are open afterwards."""
    return sum(run(check, codes) for check in checks)


def run_declared(codes: Sequence[int]) -> None:
    """The checks of declared figures, after one or a whole table of them was written or taken back."""
    for check in (DECLARED_SUBSET, DECLARED_AGAINST_COMPUTED):
        run(check, codes)


def _open(check: Check, one: Contradiction) -> Finding:
    return Finding(
        check_key=check.key,
        subject_type=check.subject_type,
        subject_id=one.subject_id,
        subject_label=one.subject_label,
        union_id=one.union_id,
        county_id=one.county_id,
        message=one.message,
        detail=one.detail,
    )


def _reconsider(finding: Finding, one: Contradiction | None) -> None:
    """Close what is gone, open again what came back or changed; what people explained stays explained."""
    if one is None:
        if finding.state == State.OPEN:
            _set(finding, state=State.CORRECTED, explanation=GONE, closed_at=timezone.now())
    elif finding.state == State.CORRECTED or finding.detail != one.detail:
        _set(finding, state=State.OPEN, message=one.message, detail=one.detail, closed_at=None)


def _set(finding: Finding, **values: object) -> None:
    for name, value in values.items():
        setattr(finding, name, value)
    finding.version += 1
    finding.save(update_fields=[*values, "version"])


__all__ = ["CHECKS", "LABELS", "Check", "run", "run_all", "run_declared"]
