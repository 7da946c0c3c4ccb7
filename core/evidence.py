"""Documents that prove a row: which files are taken, how they are kept and found again."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from core.actions import Refused
from core.models import StoredFile

PURPOSE = "evidence"
MAX_MEGABYTES = 20
# What a file of each ending begins with, and the type it is sent back as.
TYPES: dict[str, tuple[bytes, str]] = {
    ".pdf": (b"%PDF-", "application/pdf"),
    ".jpg": (b"\xff\xd8\xff", "image/jpeg"),
    ".jpeg": (b"\xff\xd8\xff", "image/jpeg"),
    ".png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    ".xlsx": (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
ACCEPT = ",".join(TYPES)
HELP = f"pdf、jpg、png 或 xlsx，不超过 {MAX_MEGABYTES} MB。"


def ending(name: str) -> str:
    return PurePath(name).suffix.lower()


def content_type(stored: StoredFile) -> str:
    return TYPES.get(ending(stored.name), (b"", "application/octet-stream"))[1]


def refuse_wrong(upload: UploadedFile) -> None:
    """Size, ending, and whether the content is what the ending says."""
    if not upload.size:
        raise Refused("这个文件是空的，请重新选择。", field="evidence")
    if upload.size > MAX_MEGABYTES * 1024 * 1024:
        raise Refused(f"文件超过 {MAX_MEGABYTES} MB。请压缩或只上传关键页。", field="evidence")
    known = TYPES.get(ending(upload.name or ""))
    if known is None:
        raise Refused(f"不支持这种文件。凭证文件请用 {HELP}", field="evidence")
    if not _begins(upload, known[0]) or (ending(upload.name or "") == ".xlsx" and not _is_workbook(upload)):
        raise Refused("文件内容与扩展名不符，可能已损坏或改过扩展名。请重新导出后上传。", field="evidence")


def _begins(upload: UploadedFile, magic: bytes) -> bool:
    upload.seek(0)
    head = upload.read(len(magic))
    upload.seek(0)
    return bool(head == magic)


def _is_workbook(upload: UploadedFile) -> bool:
    try:
        with zipfile.ZipFile(upload) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False
    finally:
        upload.seek(0)


@contextmanager
def kept(upload: UploadedFile | None, *, by: Any, place: dict[str, Any]) -> Iterator[StoredFile | None]:
    """Keep the upload while the block succeeds; when it fails, nothing of it stays on the disk."""
    if upload is None:
        yield None
        return
    refuse_wrong(upload)
    stored = StoredFile(
        **place,
        name=PurePath(upload.name or "").name[-200:],
        size=upload.size or 0,
        sha256=_sha256(upload),
        purpose=PURPOSE,
        by=by,
    )
    stored.file.save(f"{stored.uuid}{ending(stored.name)}", upload, save=False)
    try:
        stored.save(force_insert=True)
        yield stored
    except BaseException:
        stored.file.delete(save=False)
        raise


def _sha256(upload: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
