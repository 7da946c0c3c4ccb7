"""What lists of unions, employers and accounts can be narrowed by; lists, exports and API share them."""

import django_filters
from django.db.models import Exists, OuterRef

from core.filters import ArchivedFilter, ChoiceFilter, NameFilter, UnionBelowFilter
from unions.models import Employer, LegalPersonRegistration, Ownership, Union, UnionKind, UnionLevel
from unions.models.employers import INDUSTRIES


class UnionFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    level = ChoiceFilter(label="层级为", choices=UnionLevel.choices)
    kind = ChoiceFilter(label="类型为", choices=UnionKind.choices)
    certificate = ChoiceFilter(
        label="法人证书", choices=[("yes", "已登记"), ("no", "未登记")], method="filter_certificate"
    )
    q = NameFilter("name", "code", "credit_code")
    scope = ArchivedFilter()

    class Meta:
        model = Union
        fields: tuple[str, ...] = ()

    def filter_certificate(self, rows, name, value):  # type: ignore[no-untyped-def]
        """Whether a legal-person certificate of the union was ever recorded."""
        registered = LegalPersonRegistration.objects.filter(union=OuterRef("pk"))
        return rows.filter(Exists(registered) if value == "yes" else ~Exists(registered))


class EmployerFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    ownership = ChoiceFilter(label="性质为", choices=Ownership.choices)
    industry_code = ChoiceFilter(label="行业为", choices=INDUSTRIES)
    covered = ChoiceFilter(
        label="建会情况", choices=[("yes", "已建会"), ("no", "未建会")], method="filter_covered"
    )
    q = NameFilter("name", "credit_code")
    scope = ArchivedFilter()

    class Meta:
        model = Employer
        fields: tuple[str, ...] = ()

    def filter_covered(self, rows, name, value):  # type: ignore[no-untyped-def]
        """Whether a union covers the employer today."""
        return rows.filter(is_covered=value == "yes")
