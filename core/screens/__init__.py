"""Screens: list, detail, create, change, archive and export of a resource from one declaration.

MEMBERS = Screen(MEMBERS_RESOURCE, filterset=MemberFilter, form=MemberForm, create=admit, change=..., …)
urlpatterns = MEMBERS.urls()
"""

from core.screens.declaration import Related, Screen, Verb, restoring
from core.screens.navigation import navigation

__all__ = ["Related", "Screen", "Verb", "navigation", "restoring"]
