"""Every comparison runs at a tiny size, agrees with its peers and prints one JSON line."""

import json
import subprocess
import sys
from typing import Any

import pytest

from bench import report
from bench.comparisons import COMPARISONS
from bench.goals import GOALS

FIRST_KEYS = ["name", "size", "seconds", "ratio_to_peer", "ratio_to_floor", "peak_mb"]
TINY = {
    "import": 100,
    "import_whole": 100,
    "employers": 100,
    "meals": 100,
    "quarter": 2_000,
    "settlement": 2_500,
    "dashboard": 500,
    "checkin": 60,
}


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    """All comparisons in one run, by name."""
    asked = [f"{name}:{size}" for name, size in TINY.items()]
    command = [sys.executable, "-m", "bench", *asked, "--turns", "1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    return {result["name"]: result for result in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_prints_one_line(results: dict[str, dict[str, Any]], name: str) -> None:
    result = results[name]
    assert list(result)[:6] == FIRST_KEYS
    assert result["size"] == TINY[name]
    assert all(result[key] > 0 for key in FIRST_KEYS[2:])
    page = report.document([result], "python -m bench checkin", "18", 0.0)
    assert "## " in page and '"ratio_to_floor"' in page


def test_every_comparison_has_goals_and_a_title() -> None:
    assert set(GOALS) == set(report.TITLES) == set(COMPARISONS)
