"""The tuned peer with the same checks written out by hand, past the model."""

from typing import Any

from bench.imports.preview import preview_and_import, quickly_read
from bench.imports.resources import ByHandResource


def run(size: int, file: str) -> dict[str, Any]:
    """Seconds of preview and import."""
    return preview_and_import(ByHandResource, lambda: quickly_read(file), size)
