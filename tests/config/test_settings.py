"""Production refuses to start half configured, in one sentence; configured as documented it is clean."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.engines import REPOSITORY
from config.keys import KeyRefused, from_directory, from_environment

PRODUCTION = {
    "PORTAL_MODE": "production",
    "PORTAL_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "PORTAL_FIELD_KEYS": "1:" + "0f" * 16,
    "PORTAL_INDEX_KEY": "f0" * 32,
    "PORTAL_ALLOWED_HOSTS": "gongtong.example.cn",
    "PORTAL_CSRF_TRUSTED_ORIGINS": "https://gongtong.example.cn",
    "PORTAL_TRUSTED_PROXIES": "1",
}


def _check(tmp_path: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    for name in ("DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"):
        inherited.pop(name, None)
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=REPOSITORY,
        env=inherited | {"PORTAL_DATA": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "missing", ["PORTAL_SECRET_KEY", "PORTAL_FIELD_KEYS", "PORTAL_INDEX_KEY", "PORTAL_ALLOWED_HOSTS"]
)
def test_production_says_in_one_sentence_what_is_missing(tmp_path: Path, missing: str) -> None:
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    done = _check(tmp_path, environment)
    assert done.returncode == 1
    assert missing in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_production_starts_no_servers_of_its_own(tmp_path: Path) -> None:
    done = _check(tmp_path, PRODUCTION | {"DATABASE_URL": ""})
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert not (tmp_path / "engines").exists()


def test_a_deployment_that_does_not_name_its_proxies_is_warned(tmp_path: Path) -> None:
    silent = {name: value for name, value in PRODUCTION.items() if name != "PORTAL_TRUSTED_PROXIES"}
    done = _check(tmp_path, silent, "--deploy", "--fail-level=WARNING")
    assert done.returncode and "portal.W001" in done.stderr
    assert not _check(
        tmp_path, silent | {"PORTAL_TRUSTED_PROXIES": "0"}, "--deploy", "--fail-level=WARNING"
    ).returncode


def test_the_deployment_check_is_clean(tmp_path: Path) -> None:
    done = _check(tmp_path, PRODUCTION, "--deploy", "--fail-level=WARNING")
    assert done.returncode == 0, done.stderr


def test_demonstration_keys_are_made_once_and_are_private(tmp_path: Path) -> None:
    first = from_directory(tmp_path)
    assert from_directory(tmp_path) == first
    assert len(first.field_keys[first.current]) == 16
    assert len(first.index_key) == 32
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("written", ["", "abc", "1:abc", "x:" + "0f" * 16, "1:" + "0f" * 15])
def test_malformed_keys_are_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    for name, value in (PRODUCTION | {"PORTAL_FIELD_KEYS": written}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(KeyRefused, match="PORTAL_FIELD_KEYS"):
        from_environment()


def test_the_highest_key_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    both = "1:" + "01" * 16 + ",2:" + "02" * 16
    for name, value in (PRODUCTION | {"PORTAL_FIELD_KEYS": both}).items():
        monkeypatch.setenv(name, value)
    assert from_environment().current == 2
