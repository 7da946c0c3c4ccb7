"""What people and the nightly clock do with figures."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from core import jobs
from core.actions import Refused, action, change, save_new
from core.models import Finding
from core.quarters import Quarter
from core.rights import Right
from metrics import checks, store
from metrics.breadth import whole
from metrics.indicators import REGISTRY
from metrics.models import ComputationRun, DeclaredFigure, IndicatorTarget, SourceDocument
from unions.models import Account, Union

JOB_KIND = "metrics.compute"
State = ComputationRun.State


@action("metrics.compute_quarters", label="计算指标", right=Right.COMPUTE)
def compute_quarters(*, by: Account, quarters: Sequence[str], county: Union | None = None) -> ComputationRun:
    """Compute quarters at once, for the actor's own place or for one below it (`county`)."""
    run = _new_run(by, quarters, county, State.RUNNING)
    _perform(run, by)
    return run


@action("metrics.request_computation", label="安排计算指标", right=Right.COMPUTE)
def request_computation(
    *, by: Account, quarters: Sequence[str], county: Union | None = None
) -> ComputationRun:
    """Leave the computation to the background."""
    run = _new_run(by, quarters, county, State.QUEUED)
    jobs.enqueue(JOB_KIND, by=by, arguments={"run": run.pk})
    return run


@action("metrics.perform_computation", label="完成指标计算", right=Right.COMPUTE, target="row")
def perform_computation(*, by: Account, row: ComputationRun) -> ComputationRun:
    """Carry out a queued computation; a second delivery computes the same again."""
    _perform(row, by)
    return row


@action("metrics.run_checks", label="核对数据", right=Right.EXPLAIN)
def run_checks(*, by: Account) -> None:
    """Run every check over the actor's scope."""
    checks.run_all(by.scope_counties())


@action("metrics.explain_finding", label="处理待核事项", right=Right.EXPLAIN, target="row")
def explain_finding(*, by: Account, row: Finding, state: str, explanation: str) -> Finding:
    """Explain a finding, report it corrected at the source, or keep the figure with a reason."""
    if state not in (Finding.State.EXPLAINED, Finding.State.CORRECTED, Finding.State.KEPT):
        raise Refused("请选择处理结果：已说明、源头更正或维持。", field="state")
    if not explanation.strip():
        raise Refused("请写明原因，再结束这个待核事项。", field="explanation")
    change(row, state=state, explanation=explanation.strip(), closed_at=timezone.now())
    return row


@action("metrics.set_target", label="设定目标值", right=Right.SET_TARGETS)
def set_target(
    *,
    by: Account,
    indicator: str,
    union: Union,
    value: Decimal,
    from_quarter: str,
    source: str,
    direction: str = IndicatorTarget.Direction.AT_LEAST,
    until_quarter: str = "",
) -> IndicatorTarget:
    """Set what an indicator should reach in a place and everything below it; the same quarter is changed."""
    _known(indicator)
    fields = {"value": value, "source": source, "direction": direction, "until_quarter": until_quarter}
    if until_quarter and Quarter.parse(until_quarter) < Quarter.parse(from_quarter):
        raise Refused("截止季度不能早于起始季度。", field="until_quarter")
    key = {"indicator": indicator, "union": union, "from_quarter": from_quarter}
    return _put(IndicatorTarget, key, fields)  # type: ignore[no-any-return]


@action("metrics.declare_figure", label="申报数据", right=Right.EXPLAIN)
def declare_figure(
    *,
    by: Account,
    union: Union,
    indicator: str,
    quarter: str,
    numerator: Decimal | None,
    denominator: Decimal | None,
    group_key: str = "",
    group_value: str = "",
    printed: str = "",
    document: SourceDocument | None = None,
) -> DeclaredFigure:
    """Keep a figure as the county declares it; one already declared is changed."""
    _known(indicator)
    key = {
        "union": union,
        "county_id": union.county_id,
        "indicator": indicator,
        "quarter": quarter,
        "group_key": group_key,
        "group_value": group_value,
    }
    halves = {"numerator": numerator, "denominator": denominator}
    row = _put(DeclaredFigure, key, {**halves, "printed": printed, "document": document})
    checks.run(checks.DECLARED_SUBSET, [union.county_id])
    return row  # type: ignore[no-any-return]


def _put(model: type[Any], key: dict[str, Any], fields: dict[str, Any]) -> Any:
    row = model.objects.select_for_update().filter(**key).first()
    if row is None:
        row = model(**key, **fields)
        save_new(row)
    else:
        change(row, **fields)
    return row


def _known(indicator: str) -> None:
    if indicator not in REGISTRY:
        raise Refused(f"没有编号为“{indicator}”的指标。", field="indicator")


def _new_run(by: Account, quarters: Sequence[str], county: Union | None, state: str) -> ComputationRun:
    top = county or by.union
    if not top.is_area:
        raise Refused("指标只按县级以上工会计算，请选择县、市（州）或省。", field="county")
    asked = _asked(quarters, timezone.localdate())
    return ComputationRun.objects.create(
        **top.stamp(), by=by, quarters=[str(quarter) for quarter in asked], state=state
    )


def _asked(quarters: Sequence[str], today: date) -> list[Quarter]:
    try:
        asked = sorted({Quarter.parse(str(quarter)) for quarter in quarters})
    except ValueError as error:
        raise Refused(str(error), field="quarters") from error
    if not asked:
        raise Refused("请选择要计算的季度。", field="quarters")
    if asked[-1].start > today:
        raise Refused(f"{asked[-1].label}还没有开始，不能计算。", field="quarters")
    return asked


def _perform(run: ComputationRun, by: Account) -> None:
    """Compute, store and check. Figures speak of a whole place, so every row of it counts, whoever asks."""
    run.started_at, run.figures_written = timezone.now(), 0
    with whole(by):
        top = Union.objects.get(pk=run.union_id)
        codes = store.recompute(run, [Quarter.parse(quarter) for quarter in run.quarters], top)
        checks.run_all(codes)
    run.state, run.progress, run.error, run.finished_at = State.SUCCEEDED, 100, "", timezone.now()
    run.save()
