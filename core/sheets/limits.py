"""How much a spreadsheet may cost before it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from core.sheets.refused import SheetRefused

MEGABYTE = 1024 * 1024
TEXTS = (".csv", ".txt")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on the file, on its unpacked content, and on the process that reads it."""

    file_bytes: int = 50 * MEGABYTE
    # A million rows of ten columns; text is read as a stream and never unpacks to more than itself.
    text_bytes: int = 200 * MEGABYTE
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
    wall_seconds: int = 120

    def bytes_of(self, name: str) -> int:
        """How large a file of that name may be."""
        return self.text_bytes if PurePath(name).suffix.lower() in TEXTS else self.file_bytes


DEFAULT = Limits()


def refuse_size(file: Path, limit: int) -> None:
    """Refuse a file that is larger than so many bytes, or is not there."""
    try:
        size = file.stat().st_size
    except FileNotFoundError as error:
        raise SheetRefused("gone") from error
    if size > limit:
        raise SheetRefused("too_large", size=-(-size // MEGABYTE), limit=limit // MEGABYTE)
