"""An empty portal: all tables, and those of the peers."""

from typing import Any

from django.core.management import call_command


def run() -> dict[str, Any]:
    """Make the tables."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    return {}
