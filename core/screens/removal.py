"""The page of a verb that takes its row away: it shows the row, and the list follows."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from core.models import History
from core.screens.views import VerbView


class RemovalView(VerbView):
    """Whoever comes second, by a double click or beside somebody else, is told that the row is gone already."""

    found: Any = None

    def row(self) -> Any:
        """Read once: it is told about still when it is gone."""
        self.found = self.found or super().row()
        return self.found

    def facts(self) -> list[dict[str, Any]]:
        return self.facts_of(self.row())

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._gone() or super().get(request, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._gone() or super().post(request, **kwargs)

    def perform(self, form: forms.Form) -> str:
        super().perform(form)
        return self.declared.url("list")

    def _gone(self) -> HttpResponse | None:
        """The way back to the list where the row was taken away."""
        self.require(self.asked.right)
        table, number = self.resource.model._meta.db_table, self.kwargs["pk"]
        removed = History.objects.visible_to(self.account).filter(
            table_name=table, row_id=number, op=History.Op.DELETE
        )
        if not removed.exists() or self.rows().filter(pk=number).exists():
            return None
        messages.info(self.request, f"这条{self.resource.label}已经撤销，没有再做什么。")
        return HttpResponseRedirect(self.declared.url("list"))
