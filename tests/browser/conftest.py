"""A Celery worker of its own process for browser tests: the same broker, the same database, real jobs."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page

from tests.settings import WORKER
from tests.world import PASSWORD, World


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Runs the jobs of this test's database until the test ends."""
    database = connection.settings_dict
    address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTEST_XDIST_WORKER": f"{WORKER}-jobs",
        "PORTAL_DATA": str(settings.DATA_DIR),
    }
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "--pool=solo",
        "-Q",
        f"test-{WORKER}",
    ]
    process = subprocess.Popen(
        [*command, "--without-gossip", "--without-mingle", "-l", "warning"],
        env=environment,
        cwd=settings.BASE_DIR,
    )
    yield
    process.terminate()
    process.wait(20)


@pytest.fixture
def sign_in(world: World) -> Callable[[Any, str], None]:
    """Sign in as an account of the world, signing out whoever is there."""

    def go(page: Page, username: str) -> None:
        page.context.clear_cookies()
        page.goto("/accounts/login/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/")

    return go
