"""The views behind every screen. Each is: scoped object, form or action, render."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from redis import RedisError

from core import tables
from core.actions import Refused, Stale, was_removed
from core.exports import export_response
from core.filters import conditions, narrowed
from core.imports.returning import update_response
from core.models import AuditEvent
from core.requests import AccountView, account_of
from core.resource import Resource
from core.screens.declaration import Screen, Verb
from core.sessions import kept
from core.timeline import timeline

UPDATE = "update"


class ScreenView(AccountView):
    """What all pages of a screen share."""

    screen: Screen | None = None
    verb: Verb | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whoever comes after a row was taken away, by a double click or beside somebody else, is told so."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except Http404:
            number = kwargs.get("pk")
            if number is None or not was_removed(self.resource.model, number, self.account):
                raise
        messages.info(
            request, f"这条{self.resource.label}已经撤销，没有再做什么。由谁、为什么撤销，请看“操作记录”。"
        )
        return HttpResponseRedirect(self.declared.url("list"))

    @property
    def declared(self) -> Screen:
        assert self.screen is not None
        return self.screen

    @property
    def resource(self) -> Resource:
        return self.declared.resource

    def require(self, right: Any) -> None:
        """A page for which the account lacks the right says so, with the way out."""
        if not self.account.can(right):
            raise PermissionDenied(f"您的账号没有“{right.label}”的权限，请联系管理员。")

    def rows(self) -> QuerySet[Any]:
        return self.resource.rows(self.account)

    def row(self) -> Any:
        return get_object_or_404(self.rows(), pk=self.kwargs["pk"])

    def facts_of(self, row: Any) -> list[dict[str, Any]]:
        own = self.declared.facts
        return own(row, self.account) if own else tables.facts(self.resource, row)

    def crumbs(self, *steps: tuple[str, str]) -> list[dict[str, str]]:
        first = (str(self.account.union), "/")
        second = (self.resource.label, self.declared.url("list"))
        return [{"label": label, "url": url} for label, url in (first, second, *steps)]

    def render(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        return render(self.request, template, {"screen": self.declared, **context}, status=status)


class FilteredView(ScreenView):
    """Rows as filtered and sorted by the address: the list and its export cannot differ."""

    def filtered(self) -> tuple[Any, QuerySet[Any]]:
        filterset = self.declared.filterset(self.request.GET, queryset=self.rows(), request=self.request)
        rows = filterset.qs if filterset.is_valid() else filterset.queryset.none()
        return filterset, tables.ordered(
            rows, self.resource, self.request.GET.get("sort", ""), self.declared.order
        )


def log_url(model: type[Model]) -> str:
    """What was done to rows of a kind, those that stand no more among them."""
    return f"{reverse('audit_events-list')}?{urlencode({'kind': model._meta.label_lower})}"


class ListView(FilteredView):
    def get(self, request: HttpRequest) -> HttpResponse:
        filterset, rows = self.filtered()
        page = tables.Page.of(rows, request.GET)
        query = {key: str(value) for key, value in request.GET.items() if key != "page" and value}
        filtered = any(query.get(name) for name in filterset.form.fields)
        extra = self.declared.list_context(self.account) if self.declared.list_context else {}
        context = {
            "crumbs": self.crumbs()[:2],
            "filter_form": filterset.form,
            "narrowed": narrowed(filterset),
            "clear_url": self.declared.url("list") if filtered else "",
            "keep": [{"name": n, "value": query[n]} for n in ("sort", "size") if n in query],
            "count": page.total_text,
            "columns": tables.columns(self.resource, request.GET),
            "rows": [
                tables.row(self.resource, row, self.declared.url("detail", row.pk)) for row in page.rows
            ],
            "pager": page.pager(query),
            "toolbar": self.toolbar(query),
            "empty": "没有符合条件的记录。请放宽上面的条件。" if filtered else self.declared.empty,
            "first_step": {} if filtered else self.toolbar(query).get("create"),
            **extra,
        }
        return self.render(self.declared.list_template, context)

    def toolbar(self, query: dict[str, str]) -> dict[str, Any]:
        user, screen = self.account, self.declared
        tools: dict[str, Any] = {
            "export_url": f"{screen.url('export')}?{urlencode(query)}",
            "log_url": "" if self.resource.model is AuditEvent else log_url(self.resource.model),
        }
        if screen.create and user.can(screen.right) and screen.may_create(user):
            tools["create"] = {"label": screen.create_label, "url": screen.url("new")}
        if self.resource.importer and not self.resource.why_not_import(user):
            tools["import_url"] = f"/imports/new/?resource={self.resource.key}"
            tools["update_url"] = f"{screen.url('export')}?{urlencode({**query, 'as': UPDATE})}"
        return tools


class ExportView(FilteredView):
    """导出所见: the same rows in the same order as the list, as Excel, with an audit entry.

    As 导出更新表 they come in the form of the import's template.
    """

    def get(self, request: HttpRequest) -> FileResponse:
        filterset, rows = self.filtered()
        if request.GET.get("as") == UPDATE and self.resource.importer:
            return update_response(by=self.account, resource=self.resource, rows=rows)
        asked = conditions(filterset)
        return export_response(by=self.account, resource=self.resource, rows=rows, conditions=asked)


class DetailView(ScreenView):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(self.row())

    def page(self, row: Any) -> HttpResponse:
        user, screen = self.account, self.declared
        extra = screen.context(row, user) if screen.context else {}
        context = {
            "row": row,
            "crumbs": self.crumbs((str(row), "")),
            "facts": self.facts_of(row),
            "related": [
                tables.related(related, row, user, screen)
                for related in screen.related
                if related.applies(row)
            ],
            "events": timeline(row, user),
            "buttons": self.buttons(row),
            **extra,
        }
        return self.render(screen.detail_template, context)

    def buttons(self, row: Any) -> list[dict[str, Any]]:
        user, screen = self.account, self.declared
        archived = getattr(row, "is_archived", False)
        buttons = [
            {
                "label": verb.label,
                "url": screen.url(verb.key, row.pk),
                "icon": verb.icon,
                "kind": "danger" if verb.is_danger else "plain",
            }
            for verb in screen.verbs
            if user.can(verb.right) and archived == verb.of_archived and verb.applies(row)
        ]
        if archived or not user.can(screen.right):
            return buttons
        if screen.archive:
            buttons.append({"label": "归档", "url": screen.url("archive", row.pk), "kind": "plain"})
        if screen.change:
            buttons.append({"label": "修改", "url": screen.url("edit", row.pk), "kind": "primary"})
        return buttons


class Ticket:
    """One showing of a form saves once: a double click or a repeated request leads to what was saved.

    The form carries a random number; the cache keeps where the first request went. Without the cache the
    form saves as if it carried none.
    """

    SECONDS = 3600

    def __init__(self, request: HttpRequest) -> None:
        number = request.POST.get("once", "")[:36]
        self.key = f"once:{account_of(request).pk}:{number}" if number else ""
        self.is_used = bool(self.key) and not self._cache(lambda: cache.add(self.key, "", self.SECONDS), True)

    @property
    def went_to(self) -> str:
        return str(self._cache(lambda: cache.get(self.key), "") or "")

    def keep(self, url: str) -> str:
        if self.key:
            transaction.on_commit(lambda: self._cache(lambda: cache.set(self.key, url, self.SECONDS), None))
        return url

    def give_back(self) -> None:
        if self.key:
            self._cache(lambda: cache.delete(self.key), None)

    @staticmethod
    def _cache(work: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return work()
        except RedisError:
            return otherwise


class FormView(ScreenView):
    """A form whose action may refuse: nothing typed is lost, the sentence stands where it belongs."""

    title = ""
    submit = "保存"

    def build_form(self, data: Any = None, files: Any = None) -> forms.Form:
        raise NotImplementedError

    def perform(self, form: forms.Form) -> str:
        """Run the action and return the address to go to."""
        raise NotImplementedError

    def cancel_url(self) -> str:
        raise NotImplementedError

    def page_title(self) -> str:
        return self.title

    def note(self) -> str:
        return ""

    def facts(self) -> list[dict[str, Any]]:
        """What has to be seen before it is decided on."""
        return []

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "title": self.page_title(),
            "submit": self.submit,
            "note": self.note(),
            "facts": self.facts(),
            "cancel_url": self.cancel_url(),
            "ticket": uuid.uuid4(),
            "crumbs": self.crumbs((self.page_title(), "")),
        }
        return self.render("screens/form.html", context, status)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        typed = kept(request)
        if typed is None:
            return self.page(self.build_form())
        messages.info(request, "登录过期前填写的内容已经找回，还没有保存。请核对后再保存。")
        return self.page(self.build_form(typed))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.build_form(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form, status=422)
        ticket = Ticket(request)
        if ticket.is_used:
            return HttpResponseRedirect(ticket.went_to or self.cancel_url())
        try:
            return HttpResponseRedirect(ticket.keep(self.perform(form)))
        except Refused as refused:
            ticket.give_back()
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, refused.message)
            if isinstance(refused, Stale):
                self.freshen(form)
            return self.page(form, status=409 if isinstance(refused, Stale) else 422)

    def freshen(self, form: forms.Form) -> None:
        """After somebody else's change: tell the newest values and carry the newest version."""


class CreateView(FormView):
    def page_title(self) -> str:
        return self.declared.create_label

    def build_form(self, data: Any = None, files: Any = None) -> forms.Form:
        self.require(self.declared.right)
        self.submit = self.declared.create_label
        kind: Any = self.declared.form
        initial = {key: value for key, value in self.request.GET.items()}
        form: forms.Form = kind(data, files, account=self.account, initial=initial)
        return form

    def perform(self, form: forms.Form) -> str:
        assert self.declared.create is not None
        row = self.declared.create(by=self.account, **form.cleaned_data)
        messages.success(self.request, f"已保存：{row}")
        return self.declared.url("detail", row.pk)

    def cancel_url(self) -> str:
        return self.declared.url("list")


class ChangeView(FormView):
    def page_title(self) -> str:
        return f"修改 {self.row()}"

    def build_form(self, data: Any = None, files: Any = None) -> forms.Form:
        self.require(self.declared.right)
        kind: Any = self.declared.change_form or self.declared.form
        row = self.row()
        form: forms.Form = kind(data, files, instance=row, account=self.account)
        form.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=row.version)
        return form

    def perform(self, form: forms.Form) -> str:
        assert self.declared.change is not None
        values = dict(form.cleaned_data)
        version = values.pop("version")
        self.declared.change(by=self.account, row=self.row(), version=version, **values)
        messages.success(self.request, "已保存修改。")
        return self.declared.url("detail", self.kwargs["pk"])

    def freshen(self, form: forms.Form) -> None:
        row = self.row()
        newest = self.request.POST.copy()
        newest["version"] = str(row.version)
        form.data = newest
        for name in form.fields:
            current, typed = getattr(row, name, None), form.cleaned_data.get(name)
            if name != "version" and hasattr(row, name) and (current or "") != (typed or ""):
                said = getattr(row, f"get_{name}_display", lambda current=current: current)()
                form[name].help_text = f"现在登记的是：{tables.text(said) if said else '（空）'}"

    def cancel_url(self) -> str:
        return self.declared.url("detail", self.kwargs["pk"])


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请填写理由。"},
    )


class ArchiveView(FormView):
    submit = "归档"

    def page_title(self) -> str:
        return f"归档 {self.row()}"

    def note(self) -> str:
        return "归档后不再出现在名单和以后的统计里，历史数字不变，记录仍可查到。"

    def build_form(self, data: Any = None, files: Any = None) -> forms.Form:
        self.require(self.declared.right)
        return ReasonForm(data)

    def perform(self, form: forms.Form) -> str:
        assert self.declared.archive is not None
        row = self.row()
        self.declared.archive(by=self.account, row=row, reason=form.cleaned_data["reason"])
        messages.success(self.request, f"已归档：{row}")
        return self.declared.url("detail", row.pk)

    def cancel_url(self) -> str:
        return self.declared.url("detail", self.kwargs["pk"])


class VerbView(FormView):
    """Any other verb of a row."""

    @property
    def asked(self) -> Verb:
        assert self.verb is not None
        return self.verb

    def page_title(self) -> str:
        return f"{self.asked.label} · {self.row()}"

    def note(self) -> str:
        return self.asked.note

    def build_form(self, data: Any = None, files: Any = None) -> forms.Form:
        self.require(self.asked.right)
        self.submit = self.asked.label
        kind = self.asked.form or forms.Form
        options = {"account": self.account, "row": self.row()} if self.asked.form else {}
        form = kind(data, files, **options)
        if self.asked.needs_reason:
            form.fields["reason"] = ReasonForm.base_fields["reason"]
        return form

    def perform(self, form: forms.Form) -> str:
        row = self.row()
        self.asked.action(by=self.account, **{self.asked.creates_for: row, **form.cleaned_data})
        follows = self.asked.afterwards(row, form.cleaned_data)
        messages.success(self.request, f"已{self.asked.label}。{follows}")
        return self.declared.url("detail", self.kwargs["pk"])

    def cancel_url(self) -> str:
        return self.declared.url("detail", self.kwargs["pk"])
