"""The declaration of a screen and the addresses that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.urls import URLPattern, path, reverse
from django_filters import FilterSet

from core.resource import Resource

Action = Callable[..., Any]


@dataclass(frozen=True)
class Verb:
    """Something that is done to one row: a button on its page, a form, an action with `row=`.

    `form` may be None: then the verb asks only for confirmation (and the reason when `needs_reason`).
    `applies` says whether the button makes sense for a row; `creates_for` names the action's argument that
    takes the row when the action does not work on it but makes something that belongs to it. `afterwards` says
    what follows from it, of the row and what was given. A verb `of_archived` rows is offered on no others. One
    that `removes` its row shows it beforehand.
    """

    key: str
    label: str
    action: Action
    right: Any
    form: type[forms.Form] | None = None
    note: str = ""
    icon: str = ""
    needs_reason: bool = False
    is_danger: bool = False
    applies: Callable[[Any], bool] = lambda row: True
    creates_for: str = "row"
    of_archived: bool = False
    afterwards: Callable[[Any, dict[str, Any]], str] = lambda row, given: ""
    removes: bool = False


def restoring(action: Action, right: Any, note: str = "") -> Verb:
    """The way back from an archiving that was a mistake."""
    told = f"恢复后重新出现在名单和统计里。{note}"
    return Verb("restore", "恢复", action, right, note=told, needs_reason=True, of_archived=True)


@dataclass(frozen=True)
class Related:
    """A list of what hangs on a row. `cells` gives one row's texts, in the order of `columns`.

    `applies` says whether the row can have such things at all.
    """

    title: str
    columns: tuple[str, ...]
    rows: Callable[[Any, Any], Any]
    cells: Callable[[Any], tuple[Any, ...]]
    empty: str
    url: Callable[[Any], str] | None = None
    verb: str = ""
    numeric: frozenset[str] = frozenset()
    applies: Callable[[Any], bool] = lambda row: True


@dataclass(frozen=True)
class Screen:
    """Everything the pages of one resource differ in. `may_create` says to whom of those with the right it is offered."""

    resource: Resource
    filterset: type[FilterSet]
    right: Any
    noun: str
    lead: str = "查看"
    form: type[forms.ModelForm[Any]] | None = None
    change_form: type[forms.ModelForm[Any]] | None = None
    create: Action | None = None
    change: Action | None = None
    archive: Action | None = None
    create_label: str = "新建"
    may_create: Callable[[Any], bool] = lambda account: True
    empty: str = ""
    order: tuple[str, ...] = ("name_sort", "pk")
    detail_template: str = "screens/detail.html"
    list_template: str = "screens/list.html"
    facts: Callable[[Any, Any], list[dict[str, Any]]] | None = None
    related: tuple[Related, ...] = ()
    verbs: tuple[Verb, ...] = ()
    context: Callable[[Any, Any], dict[str, Any]] | None = None
    list_context: Callable[[Any], dict[str, Any]] | None = None
    extra_urls: tuple[URLPattern, ...] = field(default_factory=tuple)

    @property
    def slug(self) -> str:
        return self.resource.key

    def url(self, name: str, *arguments: Any) -> str:
        return reverse(f"{self.slug}-{name}", args=arguments)

    def urls_with(self, **own: tuple[Any, dict[str, Any]]) -> list[URLPattern]:
        """The screen's addresses, those named with a view of their own and its options."""
        patterns = []
        for pattern in self.urls():
            name = str(pattern.name)
            view, options = own.get(name.removeprefix(f"{self.slug}-"), (None, {}))
            if view is not None:
                pattern = path(str(pattern.pattern), view.as_view(screen=self, **options), name=name)
            patterns.append(pattern)
        return patterns

    def urls(self) -> list[URLPattern]:
        """Addresses `<slug>/…`, named `<slug>-list`, `-export`, `-new`, `-detail`, `-edit`, `-archive`."""
        from core.screens import removal, views

        def page(route: str, view: type[views.ScreenView], name: str, **options: Any) -> URLPattern:
            return path(
                f"{self.slug}/{route}",
                view.as_view(screen=self, **options),
                name=f"{self.slug}-{name}",
            )

        patterns = [
            *self.extra_urls,
            page("", views.ListView, "list"),
            page("export/", views.ExportView, "export"),
            page("<int:pk>/", views.DetailView, "detail"),
        ]
        if self.create:
            patterns.insert(0, page("new/", views.CreateView, "new"))
        if self.change:
            patterns.append(page("<int:pk>/edit/", views.ChangeView, "edit"))
        if self.archive:
            patterns.append(page("<int:pk>/archive/", views.ArchiveView, "archive"))
        for verb in self.verbs:
            view = removal.RemovalView if verb.removes else views.VerbView
            patterns.append(page(f"<int:pk>/{verb.key}/", view, verb.key, verb=verb))
        return patterns
