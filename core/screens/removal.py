"""The page of a verb that takes its row away: it shows the row, and the list follows."""

from typing import Any

from django import forms

from core.screens.views import VerbView


class RemovalView(VerbView):
    def facts(self) -> list[dict[str, Any]]:
        return self.facts_of(self.row())

    def perform(self, form: forms.Form) -> str:
        super().perform(form)
        return self.declared.url("list")
