"""Vendored browser files are exactly the pinned ones, and carry their licences."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scripts import lint_templates, vendor

SERVED = sorted(path for path in vendor.VENDOR.rglob("*") if path.suffix in {".js", ".css", ".svg"})


def test_files_match_the_manifest() -> None:
    assert vendor.differences() == []


@pytest.mark.parametrize("path", SERVED, ids=lambda path: path.name)
def test_no_source_map_reference(path: Path) -> None:
    assert b"sourceMappingURL" not in path.read_bytes()


def test_every_package_has_a_licence() -> None:
    entries = json.loads((vendor.VENDOR / vendor.MANIFEST).read_text())
    for entry in entries:
        assert entry["licence"]
        assert any("/LICENSE" in name for name in entry["sha256"]), entry["name"]


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    pattern = re.compile(r'components/icon\.html" with name="([a-z0-9-]+)"')
    named = {
        name
        for path in lint_templates.TEMPLATES.rglob("*.html")
        for name in pattern.findall(path.read_text())
    }
    assert named <= set(vendor.ICONS)


def test_templates_follow_the_content_security_policy() -> None:
    assert [
        line for path in lint_templates.TEMPLATES.rglob("*.html") for line in lint_templates.problems(path)
    ] == []
