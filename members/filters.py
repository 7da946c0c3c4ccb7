"""What the list of members can be narrowed by. Full ID numbers never stand in an address: see `FindByIdView`."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from core.filters import ArchivedFilter, ChoiceFilter, NameFilter, UnionBelowFilter
from members.models import (
    MemberGroup,
    Membership,
    MembershipState,
    Person,
    Sex,
    TransferRequest,
    TransferState,
)
from members.resources import INWARD, OUTWARD, WITHIN

STATES = [*MembershipState.choices, ("none", "无会籍")]


class MemberFilter(django_filters.FilterSet):
    below = UnionBelowFilter()
    state = ChoiceFilter(label="会籍为", choices=STATES, method="filter_state")
    group = ChoiceFilter(label="群体为", choices=MemberGroup.choices, method="filter_group")
    sex = ChoiceFilter(label="性别为", choices=Sex.choices)
    q = NameFilter("name", label="姓名含")
    last4 = django_filters.CharFilter(field_name="id_last4", label="证件号后四位", max_length=4)
    scope = ArchivedFilter()

    class Meta:
        model = Person
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.form.fields["last4"].widget.attrs["size"] = 4

    def filter_state(self, rows: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        open_spells = Membership.objects.visible_to(self.request.user).open()
        if value == "none":
            return rows.exclude(pk__in=open_spells.values("person"))
        return rows.filter(pk__in=open_spells.filter(state=value).values("person"))

    def filter_group(self, rows: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        return rows.filter(tags__group=value, tags__valid_to__isnull=True)


class TransferFilter(django_filters.FilterSet):
    direction = ChoiceFilter(label="方向为", choices=[(d, d) for d in (INWARD, OUTWARD, WITHIN)])
    state = ChoiceFilter(label="状态为", choices=TransferState.choices)
    name = django_filters.CharFilter(label="姓名含", lookup_expr="icontains", max_length=60)

    class Meta:
        model = TransferRequest
        fields: tuple[str, ...] = ()
