"""Filter parts that every list uses. Labels are the words before the field; the filters read as a sentence."""

import re
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from core.forms import DayField

CODE = re.compile(r"\d{6}(-\d{4,6})?")


def words_widget() -> forms.TextInput:
    """The field for what a name contains."""
    return forms.TextInput({"placeholder": "输入关键字", "size": 12})


class NameFilter(django_filters.CharFilter):
    """Contains these words, in the name or at the beginning of its pinyin."""

    def __init__(self, *fields: str, **options: Any) -> None:
        super().__init__(**{"label": "名称含", **options})
        self.fields = fields or ("name",)
        self.extra["widget"] = words_widget()

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        words = (value or "").strip()
        if not words:
            return qs
        wanted = Q()
        for field in self.fields:
            wanted |= Q(**{f"{field}__icontains": words})
        if words.isascii():
            wanted |= Q(name_sort__startswith=words.lower())
        return qs.filter(wanted)


def words_filter(label: str, method: str) -> django_filters.CharFilter:
    """Contains what is typed; `method` says where it is looked for."""
    return django_filters.CharFilter(label=label, method=method, widget=words_widget())


def contains_filter(label: str, field: str) -> django_filters.CharFilter:
    """A text that contains what is typed."""
    return django_filters.CharFilter(
        label=label, field_name=field, lookup_expr="icontains", widget=words_widget()
    )


class DayFilter(django_filters.Filter):
    """A day in any of the forms people write."""

    field_class = DayField


class ChoiceFilter(django_filters.ChoiceFilter):
    """One of a list; the empty choice says 全部."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"empty_label": "全部", **options})


class UnionBelowFilter(django_filters.CharFilter):
    """Rows of a union and everything below it, by code or name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": "隶属", **options})
        self.extra["widget"] = forms.TextInput({"placeholder": "工会名称或编码", "size": 14})

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        words = (value or "").strip()
        if not words:
            return qs
        prefix = "" if hasattr(qs.model, "path") else "union__"
        union = qs.filter(**{f"{prefix}code": words}).values_list(f"{prefix}path", flat=True).first()
        if union:
            return qs.filter(**{f"{prefix}path__startswith": union})
        if CODE.fullmatch(words):
            # A union above all of these rows, none of which is its own.
            top, deeper = (
                {f"{prefix}path__startswith": f"{words}/"},
                {f"{prefix}path__contains": f"/{words}/"},
            )
            return qs.filter(Q(**top) | Q(**deeper))
        below = {f"{prefix}name__icontains": words}
        return qs.filter(**below)


class ArchivedFilter(django_filters.ChoiceFilter):
    """Archived rows stay out of the list until they are asked for."""

    def __init__(self, **options: Any) -> None:
        choices = [("all", "全部"), ("archived", "已归档")]
        super().__init__(**{"label": "范围", "choices": choices, "empty_label": "现用", **options})

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "all":
            return qs
        return qs.filter(archived_at__isnull=value != "archived")


class RowNumberFilter(django_filters.NumberFilter):
    """The number of a row, given by a link from its page; nobody types it."""

    def __init__(self, field_name: str) -> None:
        super().__init__(label="", field_name=field_name)
        self.extra["widget"] = forms.HiddenInput()

    def named(self, value: Any, account: Any) -> str:
        """The row in words: 建设项目“某县职工氧吧”."""
        field = self.model._meta.get_field(self.field_name.removesuffix("_id"))
        row = field.related_model._default_manager.visible_to(account).filter(pk=value).first()
        return f"{field.verbose_name}“{row or '（查不到）'}”"


def narrowed(filterset: Any) -> list[str]:
    """The rows that a link narrowed a list to, in words; nobody would see them among the fields."""
    if not filterset.is_valid():
        return []
    linked = (bound for bound in filterset.form if isinstance(filterset.filters[bound.name], RowNumberFilter))
    return list(filter(None, (_said(filterset, bound) for bound in linked)))


def conditions(filterset: Any) -> list[str]:
    """What a list is narrowed by, in the words of the screen: 状态为“待核”."""
    if not filterset.is_valid():
        return ["条件写错了，没有列出内容"]
    return list(filter(None, (_said(filterset, field) for field in filterset.form)))


def _said(filterset: Any, bound: Any) -> str:
    """What was asked for in one field; a list's own beginning (现用) is asked for, too, everything is not."""
    own, field = filterset.filters[bound.name], bound.field
    value = filterset.form.cleaned_data.get(bound.name)
    if not isinstance(field, forms.ModelChoiceField) and isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        words = str(dict(choices).get(value or "", ""))
        return "" if words.startswith("全部") else f"{bound.label}“{words}”" if words else ""
    if value in (None, ""):
        return ""
    if isinstance(own, RowNumberFilter):
        return own.named(value, filterset.request.user)
    return f"{bound.label}“{value if isinstance(field, forms.ModelChoiceField) else bound.value()}”"
