"""Which fields may be shown: open, masked to their last characters, or hidden altogether.

Screens, API, exports and timelines ask here; tests/contracts holds the reviewed list of every field.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from django.db import models


class Exposed(Enum):
    OPEN = "open"
    MASKED = "masked"
    HIDDEN = "hidden"


_HIDDEN_NAMES = {"password", "lease_token", "before", "values", "arguments", "result", "sha256"}
# The giving side of a transfer is known to itself alone.
_HIDDEN_NAMES |= {"giver", "giver_county"}
# A worker's phone: what it is for, the anomalies say.
_HIDDEN_NAMES |= {"browser"}
_MASKED_NAMES = {"id_last4", "mobile_last4"}


def exposure_of(field: models.Field[Any, Any]) -> Exposed:
    """How a model field may be shown."""
    if isinstance(field, models.BinaryField) or field.name in _HIDDEN_NAMES:
        return Exposed.HIDDEN
    return Exposed.MASKED if field.name in _MASKED_NAMES else Exposed.OPEN
