"""The wiring as an application, so that its commands are found and Celery is bound at start."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Binds the Celery application before any task is sent."""

    name = "config"
    verbose_name = "系统配置"

    def ready(self) -> None:
        """Make `shared_task` use this portal's broker in every process."""
        from config import celery, checks  # noqa: F401 - checks register themselves
