"""The peer tuned: calamine, bulk writes, cached look-ups, no diff; checked by the model."""

from typing import Any

from bench.imports.preview import preview_and_import, quickly_read
from bench.imports.resources import TunedResource


def run(size: int, file: str) -> dict[str, Any]:
    """Seconds of preview and import."""
    return preview_and_import(TunedResource, lambda: quickly_read(file), size)
