"""What the list of requirements can be narrowed by."""

from typing import Any

from django.db.models import QuerySet

from cases.project_filters import PartFilter
from core.filters import ChoiceFilter, words_filter
from funding.models import MatchRequirement


class MatchFilter(PartFilter):
    state = ChoiceFilter(
        label="配套为", choices=[("short", "还差"), ("met", "已足额")], method="filter_state"
    )
    q = words_filter("依据含", "filter_basis")

    class Meta:
        model = MatchRequirement
        fields: tuple[str, ...] = ()

    def filter_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(lacking__gt=0) if value == "short" else rows.filter(lacking=0)

    def filter_basis(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(basis__icontains=value.strip())
