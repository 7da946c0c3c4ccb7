"""What people and the nightly clock do with figures."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils import timezone

from core import jobs
from core.actions import Refused, action, change, save_new
from core.models import Finding
from core.quarters import Quarter
from core.rights import Right
from metrics import checks, store
from metrics.breadth import whole
from metrics.engine import MOST_QUARTERS
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
    checks.run_all(checks.CHECKS, by.scope_counties())


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
    _require_area(union)
    _require_order(from_quarter, until_quarter)
    fields = {"value": value, "source": source, "direction": direction, "until_quarter": until_quarter}
    key = {"indicator": indicator, "union": union, "from_quarter": from_quarter}
    row = IndicatorTarget.objects.select_for_update().filter(**key, archived_at__isnull=True).first()
    if row is None:
        row = IndicatorTarget(**key, **fields)
        save_new(row)
    else:
        change(row, **fields)
    return row


@action("metrics.change_target", label="修改目标值", right=Right.SET_TARGETS, target="row")
def change_target(
    *, by: Account, row: IndicatorTarget, value: Decimal, source: str, direction: str, until_quarter: str = ""
) -> IndicatorTarget:
    """Change a target; another indicator, place or first quarter is another target."""
    _require_below(row.union, by)
    _require_order(row.from_quarter, until_quarter)
    change(row, value=value, source=source, direction=direction, until_quarter=until_quarter)
    return row


@action("metrics.archive_target", label="归档目标值", right=Right.SET_TARGETS, target="row")
def archive_target(*, by: Account, row: IndicatorTarget) -> IndicatorTarget:
    """Put a target away that was never right; one that has run out gets its last quarter instead."""
    _require_below(row.union, by)
    if row.is_archived:
        raise Refused("这个目标值已归档。")
    change(row, archived_at=timezone.now())
    return row


def _require_below(union: Union, by: Account) -> None:
    """Targets of higher places are read here and changed there."""
    if not union.path.startswith(by.scope_path):
        raise Refused(f"这是“{union}”设定的目标值，请由该工会修改。")


def _require_area(union: Union) -> None:
    if not union.is_area:
        raise Refused("指标只按县级以上工会计算，请选择县、市（州）或省总工会。", field="union")


def _require_order(first: str, last: str) -> None:
    if last and Quarter.parse(last) < Quarter.parse(first):
        raise Refused("截止季度不能早于起始季度。", field="until_quarter")


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
    as_of: date | None = None,
    source: str = "",
    document: SourceDocument | None = None,
) -> DeclaredFigure:
    """Keep a figure as the county declares it, beside the computed one; a second one is refused."""
    _known(indicator)
    _require_area(union)
    _require_halves(numerator, denominator)
    if Quarter.parse(quarter).start > timezone.localdate():
        raise Refused("这个季度还没有开始，不能申报。", field="quarter")
    _require_past(as_of)
    row = DeclaredFigure(
        union=union,
        county_id=union.county_id,
        indicator=indicator,
        quarter=quarter,
        group_key=group_key,
        group_value=group_value,
        numerator=numerator,
        denominator=denominator,
        printed=printed,
        as_of=as_of,
        source=source,
        document=document,
    )
    save_new(row)
    checks.run_declared([union.county_id])
    return row


@action("metrics.correct_declared", label="更正申报数", right=Right.EXPLAIN, target="row")
def correct_declared(
    *,
    by: Account,
    row: DeclaredFigure,
    numerator: Decimal | None,
    denominator: Decimal | None,
    printed: str = "",
    as_of: date | None = None,
    source: str = "",
    document: SourceDocument | None = None,
) -> DeclaredFigure:
    """Put right what was declared; the reason stands in the audit event."""
    if row.is_archived:
        raise Refused("这个申报数已撤回，不能再改。请另行申报。")
    _require_halves(numerator, denominator)
    _require_past(as_of)
    halves = {"numerator": numerator, "denominator": denominator, "printed": printed}
    change(row, **halves, as_of=as_of, source=source, document=document)
    checks.run_declared([row.county_id])
    return row


@action("metrics.withdraw_declared", label="撤回申报数", right=Right.EXPLAIN, target="row")
def withdraw_declared(*, by: Account, row: DeclaredFigure) -> DeclaredFigure:
    """Take back what should not have been declared; it stays readable and is compared no more."""
    if row.is_archived:
        raise Refused("这个申报数已经撤回。")
    change(row, archived_at=timezone.now())
    checks.run_declared([row.county_id])
    return row


def _require_halves(numerator: Decimal | None, denominator: Decimal | None) -> None:
    if numerator is None or denominator is None:
        missing = "numerator" if numerator is None else "denominator"
        raise Refused("申报数要有分子和分母。没有的不能当作 0，也不能只写百分比。", field=missing)


def _require_past(day: date | None) -> None:
    if day is not None and day > timezone.localdate():
        raise Refused("截至日期不能晚于今天。", field="as_of")


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
    if len(asked) > MOST_QUARTERS:
        raise Refused(f"一次最多计算 {MOST_QUARTERS} 个季度，请分几次计算。", field="quarters")
    if asked[-1].start > today:
        raise Refused(f"{asked[-1].label}还没有开始，不能计算。", field="quarters")
    return asked


def _perform(run: ComputationRun, by: Account) -> None:
    """Compute, store and check. Figures speak of a whole place, so every row of it counts, whoever asks."""
    run.started_at, run.figures_written = timezone.now(), 0
    with whole(by):
        top = Union.objects.get(pk=run.union_id)
        quarters = [Quarter.parse(quarter) for quarter in run.quarters]
        places = store.held_places(quarters, top)
        checks.run_all(checks.OF_ROWS, places.codes)
        store.recompute(run, quarters, places)
        checks.run_all(checks.OF_FIGURES, places.codes)
    run.state, run.progress, run.error, run.finished_at = State.SUCCEEDED, 100, "", timezone.now()
    run.save()
