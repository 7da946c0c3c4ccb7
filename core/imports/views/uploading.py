"""From a file to its batch: choose, upload, several at once, templates."""

from __future__ import annotations

import tempfile
import uuid

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from core.actions import Refused
from core.imports import actions, jobs
from core.imports.forms import PileForm, UploadForm
from core.imports.marking import has_file, is_kept
from core.imports.pages import batch as batch_page
from core.imports.pages import pile as pile_page
from core.imports.returning import update_response, write_template
from core.imports.sorting import open_as, start_sort, upload_pile
from core.imports.views.base import ImportView, StepView, download
from core.models import ImportBatch, StoredFile, Versioned
from core.resource import Resource


class UploadView(ImportView):
    """Choose what is imported, then the file; the check starts at once."""

    def get(self, request: HttpRequest) -> HttpResponse:
        key = request.GET.get("resource", "")
        if not key:
            return self.choose(PileForm())
        resource = self.resource(key)
        return self.page(resource, UploadForm(resource=resource, account=self.account))

    def choose(self, form: PileForm, status: int = 200) -> HttpResponse:
        context = {"crumbs": self.crumbs("选择内容"), "resources": self.resources(), "pile_form": form}
        return render(self.request, "imports/choose.html", context, status=status)

    def post(self, request: HttpRequest) -> HttpResponse:
        if not request.GET.get("resource"):
            return self.pile(PileForm(request.POST, request.FILES))
        resource = self.resource(request.GET["resource"])
        form = UploadForm(request.POST, request.FILES, resource=resource, account=self.account)
        if not form.is_valid():
            return self.page(resource, form, status=422)
        try:
            batch = actions.upload(
                by=self.account,
                resource=resource.key,
                file=form.cleaned_data["file"],
                defaults=form.defaults(),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self.page(resource, form, status=422)
        jobs.start_check(batch, by=self.account)
        return HttpResponseRedirect(reverse("imports-detail", args=[batch.pk]))

    def page(self, resource: Resource, form: UploadForm, status: int = 200) -> HttpResponse:
        context = {"crumbs": self.crumbs(resource.label), "resource": resource, "form": form}
        return render(self.request, "imports/new.html", context, status=status)

    def pile(self, form: PileForm) -> HttpResponse:
        if not form.is_valid():
            return self.choose(form, status=422)
        pile = uuid.uuid4()
        upload_pile(by=self.account, files=form.chosen, pile=pile)
        return HttpResponseRedirect(reverse("imports-pile", args=[pile]))


class PileView(ImportView):
    """Batches that were uploaded together, with their common progress."""

    def get(self, request: HttpRequest, **given: uuid.UUID) -> HttpResponse:
        pile = given["uuid"]
        batches = list(pile_page.pile_batches(pile, self.account))
        sorting = pile_page.sort_job(pile, self.account)
        if not batches and sorting is None:
            raise Http404
        unclear = pile_page.unclear(sorting, batches, self.account)
        if len(batches) == 1 and not unclear and (sorting is None or sorting.is_finished):
            # One table is a pile no longer.
            return self.go(request, reverse("imports-detail", args=[batches[0].pk]))
        job = pile_page.pile_progress(pile, batches, sorting, self.account)
        if request.headers.get("HX-Request") and job is not None:
            return render(request, "components/progress.html", {"job": job})
        if request.headers.get("HX-Request"):
            return self.go(request, request.path)
        context = {
            "crumbs": self.crumbs("一起上传的表格"),
            "job": job,
            "unclear": unclear,
            "resources": self.resources(),
            "failed": sorting.error if sorting is not None else "",
            "told": pile_page.told(batches),
            "done": pile_page.done(batches),
            "confirm": None if job else pile_page.confirm(pile_page.ready(batches, self.account)),
            "confirm_url": reverse("imports-pile-commit", args=[pile]),
            **pile_page.pile_table(batches),
        }
        return render(request, "imports/pile.html", context)

    def go(self, request: HttpRequest, url: str) -> HttpResponse:
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": url})
        return HttpResponseRedirect(url)

    def post(self, request: HttpRequest, **given: uuid.UUID) -> HttpResponse:
        """Say what an unclear sheet is."""
        pile = given["uuid"]
        batches = list(pile_page.pile_batches(pile, self.account))
        unclear = pile_page.unclear(pile_page.sort_job(pile, self.account), batches, self.account)
        asked = (request.POST.get("number"), request.POST.get("sheet"))
        item = next((one for one in unclear if (str(one.get("number")), one["sheet"]) == asked), None)
        if item is None:
            raise Http404
        resource = self.resource(request.POST.get("resource", ""))
        file = get_object_or_404(StoredFile.objects.visible_to(self.account), pk=item["number"])
        if not is_kept(file):
            messages.error(request, "这个文件已在别的工作表导入后删除，请重新上传。")
            return HttpResponseRedirect(request.path)
        batch = open_as(by=self.account, pile=pile, file=file, sheet=item["sheet"], resource=resource.key)
        return HttpResponseRedirect(reverse("imports-detail", args=[batch.pk]))


class PileCommitView(ImportView):
    """Commit the good rows of every batch of a pile that was shown as ready."""

    def post(self, request: HttpRequest, **given: uuid.UUID) -> HttpResponse:
        batches = list(pile_page.pile_batches(given["uuid"], self.account))
        if not batches:
            raise Http404
        # A batch whose check has ended since then has not been seen by anybody.
        seen = set(request.POST.getlist("batch"))
        asked = [batch for batch in pile_page.ready(batches, self.account) if str(batch.pk) in seen]
        if not [batch for batch in asked if jobs.start_commit(batch, by=self.account)]:
            messages.info(request, "这些表格已经确认过，不会重复写入。")
        return HttpResponseRedirect(reverse("imports-pile", args=[given["uuid"]]))


class TemplateView(ImportView):
    """The empty Excel table of a resource, or with `?rows=1` the one filled with what is registered."""

    def get(self, request: HttpRequest, key: str) -> FileResponse:
        resource = self.resource(key)
        if request.GET.get("rows") == "1":
            rows = resource.rows(self.account).order_by("pk")
            if issubclass(resource.model, Versioned):
                rows = rows.filter(archived_at__isnull=True)
            return update_response(by=self.account, resource=resource, rows=rows)
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the response
        write_template(stream, resource)
        return download(stream, f"{resource.label}导入模板.xlsx")


class OtherSheetsView(StepView):
    """Every other sheet of the workbook as a batch of its own, shown together with this one."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        others = batch_page.other_sheets(batch)
        if not others or not has_file(batch):
            messages.info(request, "没有别的工作表可以读取。")
            return HttpResponseRedirect(reverse("imports-detail", args=[pk]))
        pile = batch.pile or uuid.uuid4()
        ImportBatch.objects.visible_to(self.account).filter(pk=pk).update(pile=pile)
        start_sort(by=self.account, pile=pile, files=[batch.file_id], skip=[batch.reading["sheet"]])
        return HttpResponseRedirect(reverse("imports-pile", args=[pile]))
