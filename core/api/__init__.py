"""The interface for programs, made from the same declarations as the pages.

A resource is one line: `screen_viewset(MEMBER_SCREEN)`. Rows come through `visible_to`, input through the
screen's forms, writes through the screen's actions; the interface adds nothing that a page does not allow.
"""

from core.api.registry import Endpoint
from core.api.rows import Nested, row_serializer
from core.api.views import ReadOnlyViewSet, screen_viewset

__all__ = ["Endpoint", "Nested", "ReadOnlyViewSet", "row_serializer", "screen_viewset"]
