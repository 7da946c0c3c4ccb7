"""What all pages of imports share."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from core.actions import Refused
from core.exports import EXCEL
from core.imports import actions
from core.imports.pages.shared import resource_of
from core.models import ImportBatch
from core.requests import AccountView
from core.resource import Resource, registry
from core.rights import Right


class ImportView(AccountView):
    """What all pages of imports share: the right, and batches of the own scope."""

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> Any:
        if request.user.is_authenticated and not self.account.can(Right.IMPORT):
            raise PermissionDenied(f"您的账号没有“{Right.IMPORT.label}”的权限，请联系管理员。")
        return super().dispatch(request, *arguments, **options)

    def batch(self, pk: int) -> ImportBatch:
        visible = ImportBatch.objects.visible_to(self.account)
        return get_object_or_404(visible.select_related("file", "by"), pk=pk)

    def crumbs(self, *steps: str) -> list[dict[str, str]]:
        first = {"label": str(self.account.union), "url": "/"}
        second = {"label": "导入", "url": reverse("imports-list")}
        return [first, second, *({"label": step, "url": ""} for step in steps)]

    def resources(self) -> list[Resource]:
        return [r for r in registry().values() if r.importer and not r.why_not_import(self.account)]

    def resource(self, key: str) -> Resource:
        found = next((resource for resource in self.resources() if resource.key == key), None)
        if found is None:
            raise Http404
        return found


class StepView(ImportView):
    """One step forward or back with a batch; a repeated click finds it done."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.batch(pk)
        actions.require_right(self.account, resource_of(batch))
        try:
            self.step(batch)
        except Refused as refused:
            messages.error(request, refused.message)
        return HttpResponseRedirect(reverse("imports-detail", args=[pk]))

    def step(self, batch: ImportBatch) -> None:
        raise NotImplementedError


def download(stream: Any, name: str) -> FileResponse:
    stream.seek(0)
    response = FileResponse(stream, as_attachment=True, filename=name, content_type=EXCEL)
    response["Cache-Control"] = "private, no-store"
    return response
