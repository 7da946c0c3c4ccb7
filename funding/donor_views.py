"""Pages of donors: who gave how much over all counties, one donor's giving, the report to take away."""

import tempfile
from typing import IO, Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from core.exports import EXCEL
from core.money import wan, wan_text
from core.requests import AccountView
from core.rights import Right
from funding.charts import ageing, stages
from funding.donor_list import Listed, export_donors, page_of
from funding.donor_report import report_donor
from funding.donors import Donor, Share
from funding.forms import DonorForm
from funding.models import FundingSource
from funding.money import STAGE_LABELS
from funding.pages import (
    amounts,
    lines_page,
    of_subject,
    open_stages,
    subject_url,
    table_columns,
    table_row,
    waiting_of,
    waiting_table,
)

# What stands beside its own money and is never added to it.
BESIDE = ("共同出资（未分列）", "实物折价")
HEADS = ("捐助方", "类别", "县", "项目", *STAGE_LABELS.values(), "承诺", "尚未到位", "结余", *BESIDE)
SHARE_HEADS = ("用于", "县", *STAGE_LABELS.values(), "承诺", "尚未到位", "结余", "进展和成效")
TYPES = {"pdf": "application/pdf", "xlsx": EXCEL}


class AskedView(AccountView):
    """The donors as asked for by the address: the list and its export cannot differ."""

    def asked(self) -> dict[str, Any]:
        self.form = DonorForm(self.request.GET)
        given = self.form.cleaned_data if self.form.is_valid() else {}
        return {name: value for name, value in given.items() if value}


class DonorsView(AskedView):
    """Everybody who promised or gave something in the account's scope, the largest promise first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = self.asked()
        page = page_of(self.account, request.GET, **asked)
        context = {
            "crumbs": [
                {"label": str(self.account.union), "url": "/"},
                {"label": "资金", "url": reverse("funding_lines-list")},
                {"label": "捐助方", "url": ""},
            ],
            "form": self.form,
            "count": page.total_text,
            "columns": table_columns(HEADS, HEADS[2:]),
            "rows": [_donor_row(one) for one in page.rows],
            "pager": page.pager({**asked, "size": str(page.size)}),
            "export_url": self._export_url(asked),
        }
        return render(request, "funding/donors.html", context)

    def _export_url(self, asked: dict[str, Any]) -> str:
        may = self.account.can(Right.EXPORT)
        return f"{reverse('donors-export')}?{urlencode(asked)}" if may else ""


def _donor_row(one: Listed) -> dict[str, Any]:
    giver, source = one.giver, one.source
    cells = (
        giver.name,
        source.get_kind_display(),
        giver.counties,
        giver.subjects,
        *amounts(giver.money),
        wan(giver.joint),
        wan(one.goods_value),
    )
    row = table_row(HEADS, cells, numeric=HEADS[2:], url=reverse("donors-detail", args=[source.pk]))
    return open_stages(row, giver.money, donor=source.pk)


class DonorsExportView(AskedView):
    """All donors as asked for, as a table; taking it away leaves an audit entry."""

    def get(self, request: HttpRequest) -> FileResponse:
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        export_donors(by=self.account, stream=stream, **self.asked())
        return _download(stream, f"捐助方-{self.account.union}", "xlsx")


class DonorView(AccountView):
    """One donor over all counties that the account sees."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        donor = Donor(_source(self.account, pk), self.account)
        lines = list(donor.lines())
        waiting = waiting_of(lines)
        names = {line.pk: line.subject.name for line in lines}
        pictures = (stages(donor.name, donor.whole), ageing(donor.name, waiting))
        context = {
            "crumbs": [
                {"label": str(self.account.union), "url": "/"},
                {"label": "捐助方", "url": reverse("donors-list")},
                {"label": donor.name, "url": ""},
            ],
            "donor": donor,
            "facts": _facts(donor, pk),
            "charts": [picture for picture in pictures if picture],
            "columns": table_columns(SHARE_HEADS, SHARE_HEADS[2:-1]),
            "rows": [*(_share_row(share, pk) for share in donor.shares), *_total(donor, pk)],
            "waiting": waiting_table((names[part.line.id], part) for part in waiting),
            "goods": [(share.name, share.goods_words) for share in donor.shares if share.gifts],
            "reports": _reports(pk) if self.account.can(Right.EXPORT) else [],
        }
        return render(request, "funding/donor.html", context)


def _source(account: Any, pk: int) -> FundingSource:
    return get_object_or_404(FundingSource.objects.visible_to(account), pk=pk)


def _reports(pk: int) -> list[dict[str, str]]:
    return [
        {"label": label, "url": reverse("donors-report", args=[pk, suffix]), "icon": icon}
        for label, suffix, icon in (
            ("报告（PDF）", "pdf", "download"),
            ("报告（Excel）", "xlsx", "file-spreadsheet"),
        )
    ]


def _facts(donor: Donor, pk: int) -> list[dict[str, Any]]:
    whole = donor.whole

    def opened(stage: str) -> str:
        return lines_page(donor=pk, stage=stage, form="cash") if whole.at(stage) is not None else ""

    facts: list[dict[str, Any]] = [
        {"label": "类别", "value": donor.kind},
        {"label": "涉及", "value": f"{donor.counties} 个县 {len({s.subject for s in donor.shares})} 个项目"},
        {"label": "承诺", "value": wan_text(whole.promised)},
        {"label": "已到位", "value": wan_text(whole.at("received")), "url": opened("received")},
        {"label": "尚未到位", "value": wan_text(whole.outstanding)},
        {"label": "已支出", "value": wan_text(whole.at("spent")), "url": opened("spent")},
        {"label": "结余", "value": wan_text(whole.left)},
    ]
    if donor.goods_value is not None:
        facts.append(
            {"label": "实物折价", "value": wan_text(donor.goods_value), "note": "另列，不计入资金合计"}
        )
    return facts


def _share_row(share: Share, pk: int) -> dict[str, Any]:
    cells = (share.name, share.county, *amounts(share.money), share.results)
    tone, url = "muted" if share.is_joint else "", subject_url(share.subject)
    row = table_row(SHARE_HEADS, cells, numeric=SHARE_HEADS[2:-1], url=url, tone=tone)
    if share.is_joint:
        return row
    return open_stages(row, share.money, **of_subject(share.subject), donor=pk)


def _total(donor: Donor, pk: int) -> list[dict[str, Any]]:
    if sum(not share.is_joint for share in donor.shares) < 2:
        return []
    cells = ("合计", "", *amounts(donor.whole), donor.results)
    return [open_stages(table_row(SHARE_HEADS, cells, numeric=SHARE_HEADS[2:-1]), donor.whole, donor=pk)]


class DonorReportView(AccountView):
    """The report as a file; taking it away leaves an audit entry."""

    def get(self, request: HttpRequest, pk: int, suffix: str) -> FileResponse:
        if suffix not in TYPES:
            raise Http404
        source = _source(self.account, pk)
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        report_donor(by=self.account, row=source, stream=stream, suffix=f".{suffix}")
        return _download(stream, f"{source.name}捐助情况", suffix)


def _download(stream: IO[bytes], name: str, suffix: str) -> FileResponse:
    stream.seek(0)
    day = timezone.localdate().isoformat()
    response = FileResponse(
        stream, as_attachment=True, filename=f"{name}-{day}.{suffix}", content_type=TYPES[suffix]
    )
    response["Cache-Control"] = "private, no-store"
    return response
