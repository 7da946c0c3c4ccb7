"""Real Celery workers beside the tests: they use the test's database and queue, and can be killed."""

import os
import subprocess
import sys

from django.conf import settings
from django.db import connection

from tests.settings import WORKER

# A worker as always, but with blocks so small that there are many moments between two of them.
SMALL_BLOCKS = """
import django
django.setup()
from core.imports import checking
checking.CHUNK = {chunk}
from celery.__main__ import main
main()
"""


class Worker:
    """A Celery worker of its own, which is started again whenever it is gone."""

    def __init__(self, chunk: int = 250) -> None:
        database = connection.settings_dict
        address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
        self._chunk = chunk
        self._environment = os.environ | {
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTEST_XDIST_WORKER": f"{WORKER}-jobs",
            "PORTAL_DATA": str(settings.DATA_DIR),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Start it unless it runs."""
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-c", SMALL_BLOCKS.format(chunk=self._chunk), "-A", "config"]
            command += ["worker", "--pool=solo", "-Q", f"test-{WORKER}"]
            command += ["--without-gossip", "--without-mingle", "-l", "critical"]
            self._process = subprocess.Popen(
                command, env=self._environment, cwd=settings.BASE_DIR, stderr=subprocess.DEVNULL
            )

    def kill(self) -> None:
        """SIGKILL: no goodbye to the broker or the database."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
