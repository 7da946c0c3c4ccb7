"""Look through a workbook's zip before any parser sees it, counting while inflating because headers lie."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from core.sheets.formats import Finder, Formats, column_index, telling_styles
from core.sheets.limits import MEGABYTE, Limits
from core.sheets.refused import SheetRefused

_BLOCK: Final = 4 * MEGABYTE
_OVERLAP: Final = 16_384  # longer than a cell with its formula
_PARSED = (".xml", ".rels", ".vml")
_FAR = re.compile(rb"<c r=[\"'](?P<column>[A-Z]*)(?P<row>\d+)[\"'](?:[^<>]*[^/<>])?>(?!</c>)")
_SUSPECT_FAR = re.compile(rb"<c r=[\"'](?:[A-Z]{3}|[J-Z][A-Z]|I[W-Z]|[A-Z]{1,3}\d{7})")
# Most sheets have neither; a search is many times faster than the patterns below.
_HAS_ERROR, _HAS_FORMULA = re.compile(rb"<v>#"), re.compile(rb"<f[ />]")
_ERROR_CELL = re.compile(
    rb"<c r=\"([A-Z]{1,3})(\d+)\"[^>]{0,200} t=\"e\"[^>]{0,200}>"
    rb"(?:<f[^>]{0,200}>[^<]{0,9000}</f>|<f[^>]{0,200}/>)?<v>([^<]{1,20})</v>"
)
_UNCOMPUTED = re.compile(
    rb"<c r=\"([A-Z]{1,3})(\d+)\"(?![^>]{0,200} t=\"str\")[^>]{0,200}>"
    rb"<f[^>]{0,200}(?:/>|>[^<]{0,9000}</f>)(?:<v></v>|<v ?/>)?</c>"
)
_UNCOMPUTED_TEXT = "#公式未计算"
_MAX_PATCHES = 200_000

_STYLES: Final = "xl/styles.xml"

Patches = dict[tuple[int, int], str]


@dataclass
class Unread:
    """What the parser does not tell of a worksheet: cells whose formula has no usable result, and numbers that
    Excel shows with a sign or unit.
    """

    patches: Patches = field(default_factory=dict)
    formats: Formats = field(default_factory=Formats)

    def __bool__(self) -> bool:
        return bool(self.patches or self.formats)


def inspect(path: Path, limits: Limits) -> dict[str, Unread]:
    """Refuse what is not a plain .xlsx; else what is to be known of its worksheets, by their names."""
    try:
        with zipfile.ZipFile(path) as package:
            return _inspect(package, limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ElementTree.ParseError,
        KeyError,
    ) as error:
        raise SheetRefused("damaged") from error
    except (ValueError, OSError, RuntimeError, UnicodeDecodeError) as error:
        raise SheetRefused("damaged") from error


def _inspect(package: zipfile.ZipFile, limits: Limits) -> dict[str, Unread]:
    entries = package.infolist()
    if len(entries) > limits.zip_entries:
        raise SheetRefused("suspicious", detail=f"含有 {len(entries)} 个部件")
    names = [entry.filename for entry in entries]
    _refuse_other_packages(package, names)
    _refuse_odd_entries(entries, names)
    budget, unread, finder = limits.inflated_bytes, {}, None
    for entry in sorted(entries, key=lambda entry: _part_name(entry) != _STYLES):
        if entry.filename.lower().endswith(_PARSED):
            used, found = _scan_part(package, entry, limits, budget, finder)
            budget -= used
            unread[_part_name(entry)] = found
        if _part_name(entry) == _STYLES:  # scanned: it is small enough and declares no entities
            finder = _finder(_read_small(package, entry.filename, limits.styles_bytes))
    return _by_sheet_name(package, {part: found for part, found in unread.items() if found})


def _part_name(entry: zipfile.ZipInfo) -> str:
    return entry.filename.lower().lstrip("/")


def _finder(xml: bytes) -> Finder | None:
    """None where no style says what a number means: the sheets are then not searched."""
    styles = telling_styles(xml)
    return Finder(styles) if styles else None


def _refuse_other_packages(package: zipfile.ZipFile, names: list[str]) -> None:
    lower = {name.lower().lstrip("/") for name in names}
    if any(name.endswith("vbaproject.bin") for name in lower):
        raise SheetRefused("macros")
    if "xl/workbook.bin" in lower:
        raise SheetRefused("xlsb")
    if "mimetype" in lower:
        mimetype = _read_small(package, "mimetype")
        raise SheetRefused(
            "ods" if b"spreadsheet" in mimetype else "docx" if b"text" in mimetype else "archive"
        )
    if any(name.startswith("index/") and name.endswith(".iwa") for name in lower):
        raise SheetRefused("numbers")
    for folder, code in (("word/", "docx"), ("ppt/", "pptx")):
        if any(name.startswith(folder) for name in lower):
            raise SheetRefused(code)
    if "[content_types].xml" not in lower or "xl/workbook.xml" not in lower:
        raise SheetRefused("damaged" if any(n.startswith("xl/") for n in lower) else "archive")


def _read_small(package: zipfile.ZipFile, name: str, limit: int = MEGABYTE) -> bytes:
    with package.open(name) as part:
        return part.read(limit)


def _refuse_odd_entries(entries: list[zipfile.ZipInfo], names: list[str]) -> None:
    if len({name.lower() for name in names}) != len(names):
        raise SheetRefused("suspicious", detail="部件重名")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise SheetRefused("encrypted")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise SheetRefused("suspicious", detail="压缩方式少见")


def _scan_part(
    package: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, budget: int, finder: Finder | None
) -> tuple[int, Unread]:
    name = _part_name(entry)
    allowed = min(budget, _part_limit(name, limits))
    is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
    used, unread = 0, Unread(formats=Formats(finder.known if finder else ()))
    for block, size in _blocks(package, entry):
        used += size
        if used > allowed:
            raise SheetRefused(
                "inflates", detail=f"部件 {entry.filename[-40:]} 超过 {allowed // MEGABYTE} MB"
            )
        if used > 10 * MEGABYTE and used > limits.inflation_ratio * max(entry.compress_size, 1):
            raise SheetRefused("inflates", detail=f"压缩比超过 {limits.inflation_ratio} 倍")
        _refuse_markup(block)
        if is_sheet:
            _refuse_far_cells(block, limits)
            _collect(block, unread.patches)
            if finder is not None:
                finder.collect(block, unread.formats)
    return used, unread


def _part_limit(name: str, limits: Limits) -> int:
    if name.endswith("styles.xml"):
        return limits.styles_bytes
    return limits.strings_bytes if name.endswith("sharedstrings.xml") else limits.inflated_bytes


def _blocks(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """Blocks of one part, each beginning with the tail of the one before, with the size that is new."""
    tail = b""
    with package.open(entry) as part:
        while block := part.read(_BLOCK):
            yield tail + block, len(block)
            tail = block[-_OVERLAP:]


def _refuse_markup(block: bytes) -> None:
    if b"\0" in block:  # UTF-16 would hide everything below from a byte search
        raise SheetRefused("suspicious", detail="编码不是 UTF-8")
    if b"<!DOCTYPE" in block:  # entities can only be declared inside one
        raise SheetRefused("suspicious", detail="含有 XML 实体声明")


def _refuse_far_cells(block: bytes, limits: Limits) -> None:
    """Cells with content beyond the limits; empty formatted cells out there are common and harmless."""
    for suspect in _SUSPECT_FAR.finditer(block):
        match = _FAR.match(block, suspect.start())
        if match is None:
            continue
        if int(match["row"]) > limits.rows:
            raise SheetRefused("too_many_rows", limit=limits.rows)
        if column_index(match["column"].decode()) >= limits.columns:
            raise SheetRefused(
                "too_many_columns", cell=(match["column"] + match["row"]).decode(), limit=limits.columns
            )


def _collect(block: bytes, patches: Patches) -> None:
    if _HAS_ERROR.search(block):
        for column, row, text in _ERROR_CELL.findall(block):
            patches[int(row), column_index(column.decode())] = text.decode()
    if _HAS_FORMULA.search(block):
        for column, row in _UNCOMPUTED.findall(block):
            patches[int(row), column_index(column.decode())] = _UNCOMPUTED_TEXT
    if len(patches) > _MAX_PATCHES:
        raise SheetRefused("suspicious", detail="没有结果的公式过多")


def _by_sheet_name(package: zipfile.ZipFile, by_part: dict[str, Unread]) -> dict[str, Unread]:
    if not by_part:
        return {}
    targets = {
        relation.get("Id"): relation.get("Target", "").lower().removeprefix("/").removeprefix("xl/")
        for relation in ElementTree.fromstring(_read_small(package, "xl/_rels/workbook.xml.rels"))
    }
    found = {}
    for element in ElementTree.fromstring(_read_small(package, "xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet"):
            relation_id = next((value for key, value in element.items() if key.endswith("}id")), None)
            found[element.get("name", "")] = by_part.get(f"xl/{targets.get(relation_id, '')}", Unread())
    return found
