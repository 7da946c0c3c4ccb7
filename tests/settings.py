"""Settings of the tests: the portal's own, on engines that are thrown away afterwards.

The first process (pytest, or xdist's controller) starts them; xdist's workers find their addresses in the
environment. With `DATABASE_URL` and `REDIS_URL` set, those servers are used instead.
"""

import atexit
import os
import tempfile
from pathlib import Path

from config.engines import OWNER, Lease, are_named

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def _use_throwaway_engines() -> None:
    data = Path(tempfile.mkdtemp(prefix="portal-test-"))
    data.chmod(0o711)
    os.environ["PORTAL_DATA"] = str(data)
    if not are_named():
        lease = Lease(data, throwaway=True)
        os.environ.update(lease.environment(OWNER))
        atexit.register(lease.close)


if WORKER == "main":
    _use_throwaway_engines()
# The browser driver's event loop runs in the same thread as the tests' own queries.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from config.settings import *  # noqa: E402, F403
from config.settings import CACHES, DATA_DIR, STATIC_ROOT, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT.mkdir(exist_ok=True)
# A worker started by a browser test (its name ends in -jobs) reads the files of that test.
MEDIA_ROOT = DATA_DIR / f"media-{WORKER.removesuffix('-jobs')}"
CACHES["default"]["KEY_PREFIX"] = f"test-{WORKER}"
CELERY_TASK_DEFAULT_QUEUE = f"test-{WORKER}"
