"""Django's registration of the package."""

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class MetricsConfig(AppConfig):
    name = "metrics"
    verbose_name = "指标"

    def ready(self) -> None:
        from metrics import actions, indicators  # noqa: F401 - actions register their verbs

        if problems := indicators.problems():
            raise ImproperlyConfigured("; ".join(problems))
