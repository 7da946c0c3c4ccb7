"""Whose docstrings stay out of the published schema: they speak to those who write the portal."""

from typing import Any

from drf_spectacular.plumbing import get_lib_doc_excludes

from core.api.forms import FormSerializer
from core.api.rows import LabelledSerializer
from core.api.views import ReadOnlyViewSet, ScreenViewSet


def undocumented() -> list[type]:
    """For `GET_LIB_DOC_EXCLUDES`."""
    libraries: Any = get_lib_doc_excludes
    return [*libraries(), FormSerializer, LabelledSerializer, ReadOnlyViewSet, ScreenViewSet]
