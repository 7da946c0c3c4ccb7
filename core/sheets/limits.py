"""How much a spreadsheet may cost before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on the file, on its unpacked content, and on the process that reads it."""

    file_bytes: int = 50 * MEGABYTE
    zip_entries: int = 2_000
    inflated_bytes: int = 300 * MEGABYTE
    inflation_ratio: int = 200
    styles_bytes: int = 5 * MEGABYTE
    strings_bytes: int = 100 * MEGABYTE
    sheets: int = 100
    columns: int = 256
    rows: int = 1_000_000
    memory_bytes: int = 1024 * MEGABYTE
    output_bytes: int = 500 * MEGABYTE
    chunk_bytes: int = 64 * MEGABYTE
    cpu_seconds: int = 50
    wall_seconds: int = 60


DEFAULT = Limits()
