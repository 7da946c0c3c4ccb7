"""The published schema says what was written for it; docstrings speak to those who write the portal."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class PublishedSchema(AutoSchema):
    """Describes an operation only by what `extend_schema` says of it."""

    def get_description(self) -> str:  # type: ignore[override]
        return ""


def without_docstrings(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """For `POSTPROCESSING_HOOKS`: an object's description is its serializer's docstring."""
    for schema in result["components"]["schemas"].values():
        if schema.get("type") == "object":
            schema.pop("description", None)
    return result
