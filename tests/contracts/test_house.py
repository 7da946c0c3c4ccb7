"""The house stands as drawn: migrations, import contracts, and exports that run nothing."""

import subprocess
import sys
from io import BytesIO, StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from core.exports import export_rows
from core.resource import registry
from tests.contracts import kit
from tests.world import World
from unions.actions import create_employer

ROOT = Path(__file__).parents[2]
BEGINNINGS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "|")
BODIES = (
    "1+1",
    'HYPERLINK("http://x.example","y")',
    "cmd|' /C calc'!A0",
    'WEBSERVICE("http://x.example")',
    "SUM(A1)",
)
PAYLOADS = [f"{beginning}{body}" for beginning in BEGINNINGS for body in BODIES]
ACTIVE = ("<f>", "<f ", "<hyperlink", "externalLink", "ddeLink")


@pytest.mark.django_db
def test_the_models_have_no_change_without_a_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


@pytest.mark.django_db
def test_migrations_are_one_line_in_every_package() -> None:
    loader = MigrationLoader(connection)
    assert loader.detect_conflicts() == {}
    for app in kit.APPS:
        own = sorted(name for label, name in loader.disk_migrations if label == app)
        assert [name[:4] for name in own] == [f"{number:04d}" for number in range(1, len(own) + 1)], app
        for earlier, later in pairwise(own):
            assert (app, earlier) in loader.disk_migrations[app, later].dependencies, later


def test_packages_import_in_one_direction() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_payloads_are_as_many_as_promised() -> None:
    assert len(set(PAYLOADS)) == 40


def test_formulas_in_names_stay_text_in_an_export(world: World) -> None:
    """Through a real export; the deployment check is tried in tests/config/test_settings.py."""
    by = world.account("632322.clerk")
    for number, payload in enumerate(PAYLOADS):
        create_employer(
            by=by,
            union=world.unions["632322"],
            name=f"{payload} {number}",
            ownership="public",
            listed_on="2020-01-01",
        )
    resource, stream = registry()["employers"], BytesIO()
    rows = resource.rows(by).order_by("pk")
    names = [row.name for row in rows]
    export_rows(by=by, resource=resource, rows=rows, stream=stream, suffix=".xlsx", notes=PAYLOADS[:2])
    stream.seek(0)
    sheet = load_workbook(stream).active
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    texts = {unescape(cell.value): cell.data_type for cell in cells}
    assert {texts.get(name) for name in names} == {"s"}
    package = kit.unpacked(stream.getvalue())
    assert [mark for mark in ACTIVE if mark in package] == []
