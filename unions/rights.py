"""Moved to core.rights."""

from core.rights import RIGHTS_OF, Right, Role

__all__ = ["RIGHTS_OF", "Right", "Role"]
