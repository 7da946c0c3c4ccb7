"""The sentence that names the lines equal to a difference; the page and the nightly finding say the same."""

from collections.abc import Callable

from core.money import spoken
from funding.models import FundStage
from funding.reconciliation import Difference, Line


def explanation(found: Difference, name: Callable[[Line], str], in_kind: set[int]) -> str:
    """Empty where no lines equal the difference. `name` is that of a line's source, `in_kind` are gifts' lines."""
    if not found.explanations:
        return ""
    groups = (
        "加".join(_named(line, name(line), line.id in in_kind) for line in own) for own in found.explanations
    )
    more = f"；另有 {found.more} 种也相等" if found.more else ""
    return f"与差额相等的明细：{'；或'.join(groups)}{more}。"


def _named(line: Line, source: str, is_in_kind: bool) -> str:
    kind = "实物折价" if is_in_kind else ""
    tells = line.document or (line.day.isoformat() if line.day else "")
    words = f"“{source}”{FundStage(line.stage).label}{kind} {spoken(line.amount)}"
    return f"{words}（{tells}）" if tells else words
