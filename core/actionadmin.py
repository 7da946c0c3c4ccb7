"""Django's admin under the portal's rules: rows through `visible_to`, writes through declared actions.

What has no declared action is shown and cannot be changed; nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from core.actions import Refused, Stale
from core.exposure import Exposed, exposure_of

Action = Callable[..., Any]
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


@dataclass(frozen=True)
class Writes:
    """The actions behind the admin's buttons and the forms that feed them."""

    create: Action | None = None
    change: Action | None = None
    archive: Action | None = None
    form: type[forms.ModelForm[Any]] | None = None
    change_form: type[forms.ModelForm[Any]] | None = None

    @classmethod
    def of(cls, screen: Any) -> Writes:
        """The same as on the pages."""
        return cls(screen.create, screen.change, screen.archive, screen.form, screen.change_form)


class ReasonActionForm(ActionForm):
    """The choice of an action, with its reason."""

    reason = forms.CharField(label="理由", max_length=500, required=False)


def archive_chosen(model_admin: ActionModelAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
    """Archive row by row; what is refused is named with its reason, the others are archived."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, "请写明归档的理由。")
        return
    for row in rows:
        try:
            model_admin.archive(request, row, reason)
            messages.success(request, f"已归档：{row}")
        except Refused as refused:
            messages.error(request, f"{row}:{refused.message}")


class ActionModelAdmin(ModelAdmin):
    """The base of every model in the admin."""

    writes = Writes()
    #: Properties shown in place of masked fields.
    masked: tuple[str, ...] = ()
    action_form = ReasonActionForm
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200

    # --- rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        manager: Any = self.model._default_manager
        rows: QuerySet[Any] = (
            manager.visible_to(request.user) if hasattr(manager, "visible_to") else manager.all()
        )
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    # --- what may be done

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.writes.create is not None and self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.writes.change is not None and self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered: dict[str, Any] = super().get_actions(request)
        if self.writes.archive is not None:
            offered["archive"] = (archive_chosen, "archive", "归档所选的记录（须写理由）")
        return offered

    # --- fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        kind = (self.writes.change_form or self.writes.form) if obj else self.writes.form
        if kind is None or not self._is_writable(request, obj):
            return super().get_form(request, obj, change=change, **options)
        return bound_form(kind, request, obj)

    def _is_writable(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = self.get_readonly_fields(request, obj)
        typed = self._typed(request, obj)
        sets: list[Any] = [(None, {"fields": typed})] if typed else []
        if obj is not None and shown:
            sets.append(("登记信息", {"fields": shown}))
        return sets

    def _typed(self, request: HttpRequest, obj: Any) -> list[str]:
        """Names of the form's fields, as the form itself decides for this row."""
        if not self._is_writable(request, obj):
            return []
        kind = self.get_form(request, obj)
        return list((kind(instance=obj) if obj else kind()).fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Everything else that may be shown."""
        typed = {*self._typed(request, obj), "id", "name_sort", "parent_path"} - {"version"}
        open_fields = [f.name for f in self.opts.concrete_fields if exposure_of(f) is Exposed.OPEN]
        names = [name for name in open_fields if name not in typed and name != "version"]
        return [*names, *self.masked]

    # --- writes

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What the action refuses stands in the form, with everything that was typed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            request.refused = refused  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = dict(form.cleaned_data)
        if change:
            self.apply_change(request, obj, values)
            return
        assert self.writes.create is not None
        created = self.writes.create(by=request.user, **values)
        obj.__dict__.update(created.__dict__)

    def apply_change(self, request: HttpRequest, row: Any, values: dict[str, Any]) -> None:
        assert self.writes.change is not None
        self.writes.change(by=request.user, row=row, **values)

    def archive(self, request: HttpRequest, row: Any, reason: str) -> None:
        assert self.writes.archive is not None
        self.writes.archive(by=request.user, row=row, reason=reason)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Actions write everything that belongs to a row."""


def bound_form(
    kind: type[forms.ModelForm[Any]], request: HttpRequest, row: Any
) -> type[forms.ModelForm[Any]]:
    """The form for one request: knows the account, carries the version, shows a refusal."""
    refused: Refused | None = getattr(request, "refused", None)

    class Bound(kind):  # type: ignore[misc, valid-type]
        def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
            if data is not None and isinstance(refused, Stale):
                data = data.copy()
                data["version"] = row.version
            super().__init__(data, files, account=request.user, **options)
            if hasattr(row, "version"):
                self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=row.version)

        def clean(self) -> Any:
            values = super().clean()
            if refused is not None:
                self.add_error(refused.field if refused.field in self.fields else None, refused.message)
            return values

    return Bound
