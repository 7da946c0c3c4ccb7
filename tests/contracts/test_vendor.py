"""Vendored browser files are exactly the pinned ones, and carry their licences."""

from __future__ import annotations

import json

import pytest

from scripts import vendor

SERVED = sorted(
    path for path in vendor.VENDOR.rglob("*") if path.suffix in {".js", ".css", ".svg"}
)


def test_files_match_the_manifest() -> None:
    assert vendor.differences() == []


@pytest.mark.parametrize("path", SERVED, ids=lambda path: path.name)
def test_no_source_map_reference(path: vendor.Path) -> None:
    assert b"sourceMappingURL" not in path.read_bytes()


def test_every_package_has_a_licence() -> None:
    entries = json.loads((vendor.VENDOR / vendor.MANIFEST).read_text())
    for entry in entries:
        assert entry["licence"]
        assert any(name.endswith("/LICENSE") for name in entry["sha256"]), entry["name"]
