"""A province whose eight quarters are computed."""

from typing import Any

from bench import loading, province
from core.imports.console import account
from metrics import actions


def run(size: int) -> dict[str, Any]:
    """Fill an empty portal and compute."""
    province.run(size)
    admin = account("admin")
    actions.compute_quarters(by=admin, quarters=[str(quarter) for quarter in province.QUARTERS])
    loading.settle()
    return {}
