"""Photos of projects: what is taken, what is made of it, how it is kept.

Every picture is decoded and written anew, smaller and without what the camera wrote beside it: the place
where it was taken, the device, an embedded preview.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from core.actions import Refused
from core.models import StoredFile

PURPOSE = "photo"
FORMATS = ("JPEG", "PNG")
ACCEPT = ".jpg,.jpeg,.png"
MAX_MEGABYTES = 15
MAX_PIXELS = 60_000_000
WHOLE, SMALL = (1920, 1920), (360, 360)
HELP = f"jpg 或 png，不超过 {MAX_MEGABYTES} MB。照片会缩小保存，拍摄地点和设备信息不保留。"


@dataclass(frozen=True)
class Picture:
    """A photo as it is kept, its thumbnail, and the day the camera wrote."""

    name: str
    whole: bytes
    small: bytes
    taken_on: date | None


def read(upload: UploadedFile) -> Picture:
    """Decode an upload; what is no picture, too large or damaged is refused with a sentence."""
    if not upload.size:
        raise Refused("这个文件是空的，请重新选择。", field="photo")
    if upload.size > MAX_MEGABYTES * 1024 * 1024:
        raise Refused(f"照片超过 {MAX_MEGABYTES} MB，请缩小后再上传。", field="photo")
    try:
        return _decoded(upload)
    except UnidentifiedImageError as error:
        raise Refused("这不是 jpg 或 png 照片。请换一个文件。", field="photo") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Refused("照片已损坏，打不开。请重新拍摄或另存后上传。", field="photo") from error


def _decoded(upload: UploadedFile) -> Picture:
    upload.seek(0)
    with Image.open(upload, formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Refused("照片的像素太多，请缩小后再上传。", field="photo")
        taken_on = _taken_on(image)
        upright = ImageOps.exif_transpose(image).convert("RGB")
    name = f"{PurePath(upload.name or '照片').stem[-190:]}.jpg"
    return Picture(name, _written(upright, WHOLE), _written(upright, SMALL), taken_on)


def _taken_on(image: Image.Image) -> date | None:
    written = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    try:
        return datetime.strptime(str(written)[:10], "%Y:%m:%d").date()
    except ValueError:
        return None


def _written(image: Image.Image, size: tuple[int, int]) -> bytes:
    """A JPEG of at most that size; only the pixels are written."""
    smaller = image.copy()
    smaller.thumbnail(size)
    smaller.info.clear()
    stream = io.BytesIO()
    smaller.save(stream, "JPEG", quality=85, optimize=True)
    return stream.getvalue()


@contextmanager
def kept(picture: Picture, *, by: Any, place: dict[str, int]) -> Iterator[tuple[StoredFile, StoredFile]]:
    """Keep both sizes while the block succeeds; when it fails, nothing of them stays on the disk."""
    files: list[StoredFile] = []
    try:
        for content in (picture.whole, picture.small):
            files.append(_stored(picture.name, content, by, place))
        yield files[0], files[1]
    except BaseException:
        for stored in files:
            stored.file.delete(save=False)
        raise


def _stored(name: str, content: bytes, by: Any, place: dict[str, int]) -> StoredFile:
    stored = StoredFile(
        **place,
        name=name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        purpose=PURPOSE,
        by=by,
    )
    stored.file.save(f"{stored.uuid}.jpg", ContentFile(content), save=False)
    try:
        stored.save(force_insert=True)
    except BaseException:
        stored.file.delete(save=False)
        raise
    return stored
