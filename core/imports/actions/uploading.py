"""A file comes in and a batch is opened."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any

from django.core.files.base import File

from core.actions import action
from core.imports.actions.common import importable, refuse_bad_defaults, require_right
from core.models import ImportBatch, StoredFile
from core.rights import Right

PURPOSE = "import"


@action("imports.upload", label="上传导入文件", right=Right.IMPORT)
def upload(*, by: Any, resource: str, file: File[bytes], defaults: dict[str, str]) -> ImportBatch:
    """Store the file and open its batch, in state 核对中."""
    declared = importable(resource)
    require_right(by, declared)
    refuse_bad_defaults(declared, defaults)
    stored = store(by, file)
    place = {"union_id": by.union_id, "county_id": by.county_id}
    return ImportBatch.objects.create(resource=resource, file=stored, defaults=defaults, by=by, **place)


def store(by: Any, file: File[bytes]) -> StoredFile:
    """Keep an uploaded file, inside the action that uploads it; what fails later leaves no file behind."""
    stored = StoredFile(
        name=PurePath(file.name or "").name[:200],
        size=file.size,
        sha256=_sha256(file),
        purpose=PURPOSE,
        by=by,
        union_id=by.union_id,
        county_id=by.county_id,
    )
    stored.file.save(f"{stored.uuid}{PurePath(stored.name).suffix[:10]}", file, save=False)
    try:
        stored.save()
    except BaseException:
        stored.file.delete(save=False)
        raise
    return stored


def _sha256(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
