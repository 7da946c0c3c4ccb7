"""Django's registration of the package."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "基础"

    def ready(self) -> None:
        """Teach all columns the condition `one_of`."""
        import core.many  # noqa: F401
