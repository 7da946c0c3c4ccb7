"""How large each county's register is: read from counties.yaml, drawn where only a range is given."""

from dataclasses import dataclass
from random import Random
from typing import Any

from config.demo.data import read


@dataclass(frozen=True)
class Rates:
    """Shares between 0 and 1 that the generated rows come near to."""

    density: float
    congress: float
    disclosure: float
    certificate: float


@dataclass(frozen=True)
class CountyPlan:
    """The size of one county's register; documented where a document counts every union of it."""

    code: int
    name: str
    townships: tuple[str, ...]
    units: dict[str, int]
    joints: int
    uncovered: dict[str, int]
    members: int
    rates: Rates
    is_documented: bool


def county_plans(rng: Random) -> list[CountyPlan]:
    """One plan for every county-level unit, in the order of codes."""
    profiles = read("counties")
    plans = []
    for prefecture in read("divisions")["市州"]:
        for code, name in prefecture["县级"].items():
            spine = profiles["重点"].get(code)
            plans.append(_plan(code, name, spine or _drawn(profiles["其余"], name, rng)))
    return plans


def spine_codes() -> list[int]:
    """Counties with detailed records and accounts of their own."""
    return sorted(read("counties")["重点"])


def _plan(code: int, name: str, profile: dict[str, Any]) -> CountyPlan:
    rates = profile["率"]
    return CountyPlan(
        code=code,
        name=name,
        townships=tuple(profile["乡镇"]),
        units=profile["单位"],
        joints=profile["联合"],
        uncovered=profile["未建"],
        members=profile["会员"],
        rates=Rates(*(rates[key] / 100 for key in ("入会", "职代会", "公开", "法人"))),
        is_documented=profile.get("文献写明", False),
    )


def _drawn(ranges: dict[str, Any], name: str, rng: Random) -> dict[str, Any]:
    def draw(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: draw(part) for key, part in value.items()}
        return rng.randint(*value)

    drawn = {key: draw(value) for key, value in ranges.items() if key != "片区"}
    return drawn | {"乡镇": [f"{name}第{number}片区" for number in range(1, ranges["片区"] + 1)]}
