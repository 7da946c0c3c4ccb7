"""Every refusal in one form: `{"detail": sentence, "field": name or null, "errors": {name: [sentences]}}`."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.actions import Refused, Stale

NOT_FOUND = "没有这条记录，或者它不在您的管辖范围内。"


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an exception; None leaves it to be an error of the portal."""
    if isinstance(error, Refused):
        code = status.HTTP_409_CONFLICT if isinstance(error, Stale) else status.HTTP_400_BAD_REQUEST
        return Response(_body(error.message, error.field), status=code)
    if isinstance(error, Http404):
        error = exceptions.NotFound(NOT_FOUND)
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, exceptions.ValidationError):
        return Response(_invalid(error.detail), status=error.status_code)
    response = exception_handler(error, dict(context))
    if response is not None:
        response.data = _body(str(response.data.get("detail", "")), None)
    return response


def _body(detail: str, field: str | None) -> dict[str, Any]:
    return {"detail": detail, "field": field, "errors": {field or "__all__": [detail]}}


def _invalid(detail: Any) -> dict[str, Any]:
    """The first sentence with its field, and all of them by field."""
    errors = detail if isinstance(detail, dict) else {"__all__": detail}
    sentences = {name: [str(one) for one in found] for name, found in errors.items()}
    name, found = next(iter(sentences.items()))
    return {"detail": found[0], "field": None if name == "__all__" else name, "errors": sentences}
