"""Background work on figures."""

from typing import Any

from django.utils import timezone

from core import scope
from core.actions import Refused
from core.jobs import JobFailed, Progress
from core.models import Job
from metrics import actions
from metrics.models import ComputationRun
from unions.models import Account

State = ComputationRun.State
FAILED = "计算没有完成，系统会自动重试。若仍不成功，请联系管理员（任务 %s）。"


def compute(job: Job, progress: Progress) -> dict[str, Any]:
    """Carry out the computation whose run the job names."""
    by, run_id = job.by, job.arguments["run"]
    run = _mark(by, run_id, state=State.RUNNING, progress=10, error="")
    progress.report(0, 1)
    try:
        run = actions.perform_computation(by=by, row=run)
    except Refused as refusal:
        _mark(by, run_id, state=State.FAILED, error=refusal.message)
        raise JobFailed(refusal.message) from refusal
    except Exception:
        _mark(by, run_id, state=State.FAILED, error=FAILED % job.pk)
        raise
    progress.report(1, 1)
    return {"run": run.pk, "figures": run.figures_written}


def give_up(job: Job, error: str) -> None:
    """The computation's workers died every time: it is not under way any more."""
    runs = ComputationRun.objects.visible_to(job.by).filter(pk=job.arguments["run"])
    runs.update(state=State.FAILED, error=error, finished_at=timezone.now())


def _mark(by: Account, run_id: int, **values: Any) -> ComputationRun:
    """Set the run's visible state in a transaction of its own."""
    with scope.applied(by):
        runs = ComputationRun.objects.visible_to(by).filter(pk=run_id)
        runs.update(**values)
        return runs.get()
