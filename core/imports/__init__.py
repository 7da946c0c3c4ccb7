"""Imports: a spreadsheet becomes a stored plan, the plan becomes rows of the register, and can be taken back.

    upload (actions) → check (checking: read, clean, plan, stage) → commit (applying) → undo (undoing)

Nothing here knows a domain model: a resource names its importer (`Resource.importer`), most of them a
`ModelImporter` with a few lines of its own.
"""

from core.imports.draft import Draft, Masked
from core.imports.images import Image, Numbers, complete_image
from core.imports.leaning import Leaning
from core.imports.lookup import Lookup
from core.imports.model import ModelImporter

__all__ = ["Draft", "Image", "Leaning", "Lookup", "Masked", "ModelImporter", "Numbers", "complete_image"]
