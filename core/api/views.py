"""The view sets. Each operation is: scoped row, form, action, the row as it is now."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import FilterSet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, ValidationError
from rest_framework.viewsets import GenericViewSet

from core import tables
from core.api.forms import FormSerializer, form_serializer
from core.api.once import OnceMixin
from core.api.paging import CappedPagination
from core.api.rows import Nested, row_serializer
from core.screens import Screen, Verb
from core.screens.views import ReasonForm

REFUSALS = {
    400: OpenApiResponse(description="内容不对或现状不允许：detail 是说明，field 是字段"),
    403: OpenApiResponse(description="没有这项权限"),
    404: OpenApiResponse(description="没有这条记录，或者不在管辖范围内"),
}
STALE = {409: OpenApiResponse(description="记录已被别人修改过")}


class ReadOnlyViewSet(OnceMixin, GenericViewSet[Any]):
    """Rows in the account's scope: list and one. Subclasses give `label`, `rows` and `filterset`.

    `right` is what reading needs, where not everybody may.
    """

    label = ""
    right: Any = None
    filterset: type[FilterSet] | None = None
    pagination_class = CappedPagination
    lookup_value_regex = r"\d+"

    def rows(self) -> QuerySet[Any]:
        """The visible rows, in their order."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        return self.rows()

    def row(self) -> Any:
        return get_object_or_404(self.rows(), pk=self.kwargs["pk"])

    @property
    def filterset_class(self) -> type[FilterSet] | None:
        return self.filterset

    def filtered(self) -> QuerySet[Any]:
        """Rows as the address narrows them; a filter that does not fit is refused, not passed over."""
        if self.filterset is None:
            return self.rows()
        filterset = self.filterset(self.request.query_params, queryset=self.rows(), request=self.request)
        if not filterset.is_valid():
            raise ValidationError(dict(filterset.errors))
        rows: QuerySet[Any] = filterset.qs
        return rows

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.right is not None:
            self.require(self.right)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filtered())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.row()).data)

    def require(self, right: Any) -> None:
        """As on the pages: who lacks the right is told so before anything is looked up."""
        account: Any = self.request.user
        if not account.can(right):
            raise PermissionDenied(f"您的账号没有“{right.label}”的权限，请联系管理员。")

    def checked(self, serializer: type[FormSerializer], **options: Any) -> dict[str, Any]:
        """The request's body, validated by a form."""
        instance = options.pop("instance", None)
        bound = serializer(instance, data=self.request.data, context={"form": options})
        bound.is_valid(raise_exception=True)
        return dict(bound.validated_data)

    def now(self, pk: Any, code: int = status.HTTP_200_OK) -> Response:
        """The row as it is after the action; one that left the account's scope says so."""
        row = self.rows().filter(pk=pk).first()
        return Response(self.get_serializer(row).data if row else None, status=code)


class ScreenViewSet(ReadOnlyViewSet):
    """What a screen declares, for programs."""

    screen: Screen

    def rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.screen.resource.rows(self.request.user)
        return rows

    def filtered(self) -> QuerySet[Any]:
        wanted = self.request.query_params.get("sort", "")
        return tables.ordered(super().filtered(), self.screen.resource, wanted, self.screen.order)


def screen_viewset(
    screen: Screen, *, nested: tuple[Nested, ...] = (), mixins: tuple[type, ...] = ()
) -> type[ScreenViewSet]:
    """The view set of a screen: list and one, create, change and archive, its verbs, what hangs on a row, and
    what `mixins` answer besides."""
    serializer = row_serializer(screen)
    label = screen.resource.label
    body: dict[str, Any] = {
        "screen": screen,
        "label": label,
        "filterset": screen.filterset,
        "serializer_class": serializer,
        "list": _list(screen, serializer),
        "retrieve": _retrieve(label, serializer),
    }
    if screen.create and screen.form:
        body["create"] = _create(screen, serializer)
    if screen.change and (screen.change_form or screen.form):
        body["partial_update"] = _change(screen, serializer)
    if screen.archive:
        body["archive"] = _archive(screen, serializer)
    for verb in screen.verbs:
        body[f"verb_{verb.key.replace('-', '_')}"] = _verb(screen, verb, serializer)
    for part in nested:
        body[f"nested_{part.slug.replace('-', '_')}"] = _nested(screen, part)
    return type(f"{_name(screen.slug)}ViewSet", (*mixins, ScreenViewSet), body)


def _name(slug: str) -> str:
    return slug.replace("-", "_").title().replace("_", "")


def _has_attributes(screen: Screen) -> bool:
    return any(field.name == "attributes" for field in screen.resource.model._meta.concrete_fields)


def _list(screen: Screen, shown: type[BaseSerializer[Any]]) -> Any:
    keys = [column.key for column in screen.resource.listed if column.sort]
    sort = OpenApiParameter(
        "sort", enum=[*keys, *(f"-{key}" for key in keys)] or None, description="排序；前面加 - 为倒序"
    )

    @extend_schema(
        summary=f"{screen.resource.label}名单", responses={200: shown(many=True)}, parameters=[sort]
    )
    def list_rows(self: ScreenViewSet, request: Request) -> Response:
        return super(ScreenViewSet, self).list(request)

    return list_rows


def _retrieve(label: str, shown: type[BaseSerializer[Any]]) -> Any:
    @extend_schema(summary=f"一条{label}", responses={200: shown, 404: REFUSALS[404]})
    def retrieve(self: ScreenViewSet, request: Request, pk: str) -> Response:
        return super(ScreenViewSet, self).retrieve(request, pk)

    return retrieve


def _create(screen: Screen, shown: type[BaseSerializer[Any]]) -> Any:
    assert screen.form is not None
    create_action = screen.create
    assert create_action is not None
    accepted = form_serializer(
        f"{_name(screen.slug)}New", screen.form, has_attributes=_has_attributes(screen)
    )

    @extend_schema(summary=screen.create_label, request=accepted, responses={201: shown, **_without(404)})
    def create(self: ScreenViewSet, request: Request) -> Response:
        self.require(screen.right)
        row = create_action(by=request.user, **self.checked(accepted, account=request.user))
        return self.now(row.pk, status.HTTP_201_CREATED)

    return create


def _without(code: int) -> dict[int, OpenApiResponse]:
    return {status: response for status, response in REFUSALS.items() if status != code}


def _change(screen: Screen, shown: type[BaseSerializer[Any]]) -> Any:
    form = screen.change_form or screen.form
    change_action = screen.change
    assert form is not None and change_action is not None
    accepted = form_serializer(
        f"{_name(screen.slug)}Change", form, is_change=True, has_attributes=_has_attributes(screen)
    )

    @extend_schema(
        summary=f"修改{screen.resource.label}",
        description="只写要改的字段，其余不变。",
        request=accepted,
        responses={200: shown, **REFUSALS, **STALE},
    )
    def partial_update(self: ScreenViewSet, request: Request, pk: str) -> Response:
        self.require(screen.right)
        row = self.row()
        # Fields that are not sent are written as just read; the version makes sure that they still are so.
        values = {"version": row.version, **self.checked(accepted, instance=row, account=request.user)}
        change_action(by=request.user, row=row, **values)
        return self.now(row.pk)

    return partial_update


def _archive(screen: Screen, shown: type[BaseSerializer[Any]]) -> Any:
    accepted = form_serializer(f"{_name(screen.slug)}Archive", ReasonForm)
    archive_action = screen.archive
    assert archive_action is not None

    @extend_schema(
        summary=f"归档{screen.resource.label}", request=accepted, responses={200: shown, **REFUSALS}
    )
    @action(detail=True, methods=["post"], url_path="archive", url_name="archive")
    def archive(self: ScreenViewSet, request: Request, pk: str) -> Response:
        self.require(screen.right)
        row = self.row()
        archive_action(by=request.user, row=row, **self.checked(accepted))
        return self.now(row.pk)

    return archive


def _verb(screen: Screen, verb: Verb, shown: type[BaseSerializer[Any]]) -> Any:
    name = f"{_name(screen.slug)}{_name(verb.key)}"
    accepted = form_serializer(name, verb.form or forms.Form, needs_reason=verb.needs_reason)

    def run(self: ScreenViewSet, request: Request, pk: str) -> Response:
        self.require(verb.right)
        row = self.row()
        options = {"account": request.user, "row": row} if verb.form else {}
        values = self.checked(accepted, **options)
        verb.action(by=request.user, **{verb.creates_for: row, **values})
        return Response(status=status.HTTP_204_NO_CONTENT) if verb.removes else self.now(row.pk)

    documented = extend_schema(
        summary=verb.label,
        description=verb.note or None,
        request=accepted if verb.form or verb.needs_reason else None,
        responses={**({204: None} if verb.removes else {200: shown}), **REFUSALS},
    )
    return documented(_route(run, "verb", verb.key, "post"))


def _route(function: Any, prefix: str, slug: str, method: Any) -> Any:
    """An address below a row; the router finds the method by its name."""
    function.__name__ = f"{prefix}_{slug.replace('-', '_')}"
    return action(detail=True, methods=[method], url_path=slug, url_name=slug)(function)


def _nested(screen: Screen, part: Nested) -> Any:
    model: Any = part.serializer.Meta.model

    def rows(self: ScreenViewSet, request: Request, pk: str) -> Response:
        found = model.objects.visible_to(request.user).filter(**{part.field: self.row()})
        page = self.paginate_queryset(found.select_related(*(part.joined or (None,))))
        return self.get_paginated_response(part.serializer(page, many=True).data)

    documented = extend_schema(
        summary=f"{screen.resource.label}的{part.label}",
        responses={200: part.serializer(many=True), 404: REFUSALS[404]},
        filters=False,
    )
    return documented(_route(rows, "nested", part.slug, "get"))
