"""The page of one finding: what contradicts what, its rows, and the form that explains it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse

from core import tables
from core.addresses import row_url
from core.models import Finding
from core.rights import Right
from core.screens.views import FormView
from core.timeline import timeline
from metrics import actions, dashboard
from metrics.finding_lines import lines_of
from metrics.forms import ExplainForm

# What is told of a finding by the checks, which nobody of the place asked for.
BY_THE_CHECK = ("系统核对", "提出或更新")
TONES = {"open": "warn", "explained": "ok", "corrected": "ok", "kept": "muted"}


class FindingView(FormView):
    """One finding; whoever may explain it does so on the same page, and later corrects what was said."""

    def build_form(self, data: Any = None, files: Any = None) -> ExplainForm:
        if data is not None:
            self.require(Right.EXPLAIN)
        row = self.row()
        said = {} if row.state == Finding.State.OPEN else {"state": row.state}
        return ExplainForm(data, initial={"version": row.version, "explanation": row.explanation, **said})

    def perform(self, form: Any) -> str:
        actions.explain_finding(by=self.account, row=self.row(), **form.cleaned_data)
        messages.success(self.request, "已记下处理结果。")
        return self.cancel_url()

    def freshen(self, form: Any) -> None:
        """The page shows above the form what somebody else said meanwhile; saved again, the later word counts."""
        form.data = {**form.data.dict(), "version": str(self.row().version)}

    def cancel_url(self) -> str:
        return self.declared.url("list")

    def page(self, form: Any, status: int = 200) -> HttpResponse:
        finding = self.row()
        is_open = finding.state == Finding.State.OPEN
        links = {"对象": subject_url(finding, self.account)}
        badges = {"状态": TONES[finding.state]}
        context = {
            "row": finding,
            "crumbs": self.crumbs((finding.subject_label, "")),
            "facts": tables.facts(self.resource, finding, links=links, badges=badges),
            "lines": lines_of(finding, self.account),
            "form": form if self.account.can(Right.EXPLAIN) else None,
            "submit": "记下处理结果" if is_open else "改写处理结果",
            "ticket": uuid.uuid4(),
            "cancel_url": self.cancel_url(),
            "events": timeline(finding, self.account, unseen=BY_THE_CHECK),
        }
        return self.render("metrics/finding.html", context, status)


def subject_url(finding: Finding, account: Any) -> str:
    """The page of the row that a finding is about."""
    detail = finding.detail
    if "indicator" in detail:
        group = detail["group_key"], detail["group_value"]
        return dashboard.figure_url(detail["indicator"], finding.union.code, detail["quarter"], group)
    return row_url(finding.subject_type, finding.subject_id, account)
