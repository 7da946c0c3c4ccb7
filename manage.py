#!/usr/bin/env python
"""The portal's commands; its own database and broker are started for them when none are named."""

import os
import sys

from config.engines import APP, OWNER, EngineError, engines

# These change the structure of the database or empty and analyse its tables, and so act as its owner.
OWNER_COMMANDS = frozenset(
    {"migrate", "makemigrations", "sqlmigrate", "squashmigrations", "flush", "load_demo"}
)
# These need no server.
OFFLINE_COMMANDS = frozenset({"help", "--help", "-h", "version", "--version", "collectstatic", "spectacular"})


def run() -> None:
    """Run one command."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def main() -> None:
    """Choose the database role by the command, then run it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in OFFLINE_COMMANDS:
        run()
        return
    try:
        with engines(OWNER if command in OWNER_COMMANDS else APP):
            run()
    except EngineError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
