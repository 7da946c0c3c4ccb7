"""The same grant reported twice: two lines of one county that agree in what tells grants apart. Pure rules."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

NUMBERS = re.compile(r"\d+")
COUNTY, GENERIC = re.compile(r"^.*?[县市区]"), re.compile(r"乡镇|镇村|村镇")
TOWNSHIP = re.compile(r"[\u4e00-\u9fff·]+?(?:乡|镇|街道|社区|村)")


@dataclass(frozen=True)
class Reported:
    """One line as it was reported: where, what for, by whom, how much, by which document.

    `count` are the numbers in the name of what it pays for (“4个示范乡镇” → 4), `places` the townships and
    villages in it; of two names without any nothing is known.
    """

    id: int
    county: int
    subject: str
    subject_kind: str
    count: tuple[str, ...]
    source: str
    source_kind: str
    stage: str
    amount: Decimal
    document: str
    is_in_kind: bool = False
    places: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pair:
    """Two lines that look like one grant, the earlier first, and in what they agree."""

    first: Reported
    second: Reported
    agree: tuple[str, ...]


def counts_in(name: str) -> tuple[str, ...]:
    """The numbers that a name speaks of."""
    return tuple(NUMBERS.findall(name))


def places_in(name: str) -> frozenset[str]:
    """The townships and villages that a name speaks of; “乡镇” by itself is none."""
    return frozenset(TOWNSHIP.findall(GENERIC.sub("", COUNTY.sub("", name))))


def pairs(lines: Iterable[Reported]) -> Iterator[Pair]:
    """Every pair of lines that are probably one grant; stages are looks at one grant, so only within a stage."""
    together: dict[tuple[object, ...], list[Reported]] = {}
    for line in lines:
        together.setdefault((line.county, line.stage, line.amount, line.is_in_kind), []).append(line)
    for same in together.values():
        for first, second in combinations(sorted(same, key=lambda line: line.id), 2):
            if agree := _agreement(first, second):
                yield Pair(first, second, agree)


def _agreement(first: Reported, second: Reported) -> tuple[str, ...]:
    """In what the two agree so far that they are probably one; empty where they are not.

    The same amount and kind are not enough: many give as much for the same. Something that tells grants apart
    must be known of both and agree.
    """
    if first.places and second.places and not first.places & second.places:
        return ()
    known = _known(first, second)
    if {"来源", "文号"} <= known:
        return _in_order(known | {"金额"})
    is_elsewhere = first.subject != second.subject and first.count == second.count
    if is_elsewhere and "种类" in known and not _apart(first, second) and known & {"地点", "数量", "来源"}:
        return _in_order(known | {"金额"})
    return ()


def _known(first: Reported, second: Reported) -> set[str]:
    """What is known of both and agrees; empty on both sides is no agreement."""
    same_kind = (first.subject_kind, first.source_kind) == (second.subject_kind, second.source_kind)
    agrees = {
        "地点": bool(first.places & second.places),
        "种类": same_kind,
        "数量": first.count == second.count != (),
        "来源": first.source == second.source,
        "文号": first.document == second.document != "",
    }
    return {name for name, does in agrees.items() if does}


def _in_order(names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in ("地点", "种类", "数量", "来源", "金额", "文号") if name in names)


def _apart(first: Reported, second: Reported) -> bool:
    """Two documents with numbers of their own speak of two grants, unless one number holds the other."""
    if not first.document or not second.document:
        return False
    return first.document not in second.document and second.document not in first.document
