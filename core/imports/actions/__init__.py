"""What is done to a batch: uploaded, read otherwise, corrected, committed, taken back, given up. Each leaves one audit
event.
"""

from core.imports.actions.columns import choose_sheet, forget_mapping, map_columns
from core.imports.actions.common import READABLE, importable, require_right
from core.imports.actions.held import (
    continue_held,
    dismiss_held,
    fill_held,
    fix_rows,
    recheck_held,
    require_fillable,
)
from core.imports.actions.settling import commit, discard, undo
from core.imports.actions.uploading import PURPOSE, store, upload

__all__ = [
    "PURPOSE",
    "READABLE",
    "choose_sheet",
    "commit",
    "continue_held",
    "discard",
    "dismiss_held",
    "fill_held",
    "fix_rows",
    "forget_mapping",
    "importable",
    "map_columns",
    "recheck_held",
    "require_fillable",
    "require_right",
    "store",
    "undo",
    "upload",
]
