"""The data files of the demonstration province, read once."""

import csv
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


@cache
def read(name: str) -> Any:
    """A YAML file of this folder."""
    return yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))


def printed_rows() -> list[dict[str, str]]:
    """Figures as documents print them, one row each."""
    with (HERE / "printed.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
