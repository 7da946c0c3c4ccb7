"""What a file really is, told by its first bytes and never by its name alone."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import BinaryIO

from core.sheets.refused import SheetRefused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MAGIC = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"{\\rtf", "docx"),
)
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*(?:<!doctype\s+html|<html|<head|<table|<meta|<style|mime-version:)",
    re.IGNORECASE | re.DOTALL,
)
# Streams and storages of an OLE file that decide what it is, in order of weight.
_OLE_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("_VBA_PROJECT_CUR", "macros"),
    ("Macros", "macros"),
    ("WordDocument", "docx"),
    ("PowerPoint Document", "pptx"),
)
_DIRECTORY_ENTRY = 128


def kind_of(stream: BinaryIO, name: str) -> str:
    """`zip`, `xls` or `text`; everything else is refused with its own sentence."""
    head = stream.read(4096)
    if not head:
        raise SheetRefused("empty_file")
    if PurePath(name).suffix.lower() in (".et", ".ett"):
        raise SheetRefused("et")
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_OLE):
        _refuse_ole(head + stream.read())
        return "xls"
    _refuse_by_magic(head)
    return "text"


def _refuse_ole(content: bytes) -> None:
    for stream_name, code in _OLE_STREAMS:
        if _has_ole_entry(content, stream_name):
            raise SheetRefused(code)
    if not (_has_ole_entry(content, "Workbook") or _has_ole_entry(content, "Book")):
        raise SheetRefused("unknown" if len(content) % 512 == 0 else "damaged")


def _has_ole_entry(content: bytes, name: str) -> bool:
    """Directory entries are 128 bytes, aligned, with the UTF-16 name first and its length at byte 64."""
    wanted = name.encode("utf-16-le") + b"\0\0"
    at = content.find(wanted)
    while at >= 0:
        if at % _DIRECTORY_ENTRY == 0 and content[at + 64 : at + 66] == len(wanted).to_bytes(2, "little"):
            return True
        at = content.find(wanted, at + 1)
    return False


def _refuse_by_magic(head: bytes) -> None:
    for magic, code in _MAGIC:
        if head.startswith(magic) and not (magic == b"BM" and b"\0" not in head[:32]):
            raise SheetRefused(code)
    text = head.removeprefix(b"\xef\xbb\xbf")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "replace").encode("utf-8")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in text[:2048] and text.lstrip().startswith(b"<?xml"):
        raise SheetRefused("xml_sheet")
    if _HTML.match(text):
        raise SheetRefused("html")
    if text.lstrip().startswith(b"<?xml"):
        raise SheetRefused("html" if b"<html" in text[:2048].lower() else "unknown")
