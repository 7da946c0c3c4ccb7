"""What the list of cost-sharing rules can be narrowed by."""

import django_filters

from cases.filters import own_programmes
from core.filters import ArchivedFilter, UnionBelowFilter
from funding.models import CostShareRule


class RuleFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    programme = django_filters.ModelChoiceFilter(
        label="属于", queryset=own_programmes, empty_label="全部项目"
    )
    scope = ArchivedFilter()

    class Meta:
        model = CostShareRule
        fields: tuple[str, ...] = ()
