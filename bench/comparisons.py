"""All comparisons by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench import bulk, checkin, dashboard, imports, quarter, settlement
from bench.server import Server


@dataclass(frozen=True)
class Comparison:
    """A job at a usual size; `run` measures it in at most so many turns and answers with its JSON line."""

    size: int
    run: Callable[[Server, int, int], dict[str, Any]]


COMPARISONS = {
    "import": Comparison(10_000, imports.comparison("import")),
    "import_whole": Comparison(100_000, imports.comparison("import_whole", peer_limit=10**9)),
    "employers": Comparison(50_000, bulk.comparison("employers")),
    "meals": Comparison(50_000, bulk.comparison("meals")),
    "quarter": Comparison(100_000, quarter.compare),
    "settlement": Comparison(1_000_000, settlement.compare),
    "dashboard": Comparison(20_000, dashboard.compare),
    "checkin": Comparison(500, checkin.compare),
}
