"""The administrators' site: the same accounts, the same sign-in, no door of its own."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from core.rights import Right


class PortalAdminSite(admin.AdminSite):
    """For accounts that manage accounts."""

    site_header = "县工通 管理后台"
    site_title = "县工通"
    index_title = "全部数据"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.can(Right.MANAGE_ACCOUNTS))

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what keeps the portal's rules; groups and tokens of the libraries stay out."""
        from core.actionadmin import ActionModelAdmin

        if admin_class is not None and issubclass(admin_class, ActionModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Who is signed in without the right is told so instead of being asked to sign in again."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied("管理后台只对管理员开放。")
            return guarded(request, *args, **kwargs)

        return page

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The portal's own sign-in, which keeps its rules and its audit entry."""
        following = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('login')}?{urlencode({'next': following})}")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("account"))


class PortalAdminConfig(AdminConfig):
    """Makes the site above the one that packages register with."""

    default_site = "core.adminsite.PortalAdminSite"
