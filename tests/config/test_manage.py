"""Commands find engines, act under the right role, and leave nothing running."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.engines import APP, OWNER, REPOSITORY
from config.locks import is_held

QUERY = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("{sql}")
    print(*cursor.fetchone())
"""


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    data = Path(tempfile.mkdtemp(prefix="portal-manage-"))
    data.chmod(0o711)
    yield data
    shutil.rmtree(data)


def _manage(data: Path, *arguments: str) -> str:
    strange = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in strange}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment | {"PORTAL_DATA": str(data)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _query(data: Path, sql: str) -> str:
    return _manage(data, "shell", "-v0", "-c", QUERY.format(sql=sql))


def test_help_starts_nothing(data: Path) -> None:
    assert "migrate" in _manage(data, "help")
    assert not (data / "engines").exists()


def test_commands_act_as_the_application(data: Path) -> None:
    assert _query(data, "select current_user") == APP
    assert not is_held(data / "keeper.lock")


def test_tables_belong_to_the_owner(data: Path) -> None:
    _manage(data, "migrate", "-v0")
    owners = "select string_agg(distinct tableowner, ' ') from pg_tables where schemaname = 'public'"
    assert _query(data, owners) == OWNER
