"""A shop's month by day: what each day came to for every payer, together the line to the fen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from funding.actions import three_way
from funding.actions.drafting import stated_days
from funding.models import CostShareRule, Settlement, SettlementLine, SettlementShare
from funding.settling.month import Spell
from funding.settling.splitting import ZERO, split_month

Amounts = dict[str, Decimal]
CUT = "按门店报数少付"
MOVED = "生成之后打卡有变动，请重新生成"


@dataclass(frozen=True)
class Entry:
    """A day, or (without one) what stands beside the days: `amounts` by payer."""

    day: date | None
    words: str
    recorded: int
    withheld: int
    valid: int
    amounts: Amounts
    stated: int | None = None

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), ZERO)


@dataclass(frozen=True)
class LineDays:
    """The entries of one line."""

    line: SettlementLine
    entries: list[Entry]


def payers(shares: Iterable[SettlementShare]) -> dict[str, bool]:
    """Who bears the line, in the order of the rule, and whether the union pays that part to the shop."""
    ordered = sorted(shares, key=lambda share: (share.share.position, payer_name(share)))
    return {payer_name(share): share.share.is_public for share in ordered}


def payer_name(share: SettlementShare) -> str:
    """Who bears a part, as the month that it was settled in knows him."""
    return str(share.source_name or share.share.name)


def shares_of(account: Any, **of: Any) -> list[SettlementShare]:
    """The parts of lines, with everything that an entry is made from."""
    found = SettlementShare.objects.visible_to(account).filter(**of).named()
    joined = found.select_related("share__source", "share__rule", "correction__line__settlement")
    return list(joined.order_by("line", "correction", "share__position", "pk"))


def by_day(
    month: Settlement, lines: Sequence[SettlementLine], shares: Sequence[SettlementShare]
) -> list[LineDays]:
    """Lines of one month, day by day."""
    counted, held, told = three_way.recorded(month), three_way.doubtful(month), stated_days(month)
    own = _by(lambda share: share.line_id, shares)
    return [
        LineDays(
            line,
            entries(
                line,
                counted.get(line.shop_id, {}),
                held.get(line.shop_id, {}),
                told.get(line.shop_id, {}),
                own.get(line.pk, []),
            ),
        )
        for line in lines
    ]


def entries(
    line: SettlementLine,
    counted: Mapping[date, int],
    held: Mapping[date, int],
    told: Mapping[date, int],
    shares: Sequence[SettlementShare],
) -> list[Entry]:
    """Every day with check-ins or that the shop names, then what no day can be named for, then corrections of earlier months."""
    named = {day for day, meals in told.items() if meals}
    amounts: dict[date, Amounts] = {day: {} for day in sorted(counted.keys() | named)}
    valid = {day: counted.get(day, 0) - held.get(day, 0) for day in amounts}
    own = [share for share in shares if share.correction_id is None]
    rules = _by(lambda share: share.share.rule, own)
    for rule, parts in rules.items():
        held_on = [day for day in amounts if len(rules) == 1 or _spell(rule).holds_on(day)]
        for day, row in zip(held_on, _split(rule, parts, [valid[day] for day in held_on]), strict=True):
            amounts[day] = {payer_name(part): amount for part, amount in zip(parts, row, strict=True)}
    days = [
        Entry(day, "", counted.get(day, 0), held.get(day, 0), valid[day], amounts[day], told.get(day))
        for day in amounts
    ]
    return [*days, *_beside(line, days, own), *_corrected(shares)]


def _split(
    rule: CostShareRule, parts: Sequence[SettlementShare], meals: Sequence[int]
) -> list[tuple[Decimal, ...]]:
    """The days' parts: exactly the line's where the days are all that was settled by the rule."""
    totals = tuple(part.amount for part in parts) if sum(meals) == parts[0].meals else None
    return split_month(meals, rule.face_value, [part.share.part for part in parts], totals)


def _beside(line: SettlementLine, days: Sequence[Entry], own: Sequence[SettlementShare]) -> Iterator[Entry]:
    """What the line has more or less than its days."""
    named: Amounts = {}
    for share in own:
        name = payer_name(share)
        named[name] = named.get(name, ZERO) + share.amount
    rest = {
        name: amount - sum((d.amounts.get(name, ZERO) for d in days), ZERO) for name, amount in named.items()
    }
    recorded = line.meals_recorded - sum(day.recorded for day in days)
    withheld = line.meals_withheld - sum(day.withheld for day in days)
    valid = line.meals_valid - sum(day.valid for day in days)
    if recorded or withheld or valid or any(rest.values()):
        yield Entry(None, MOVED if recorded else CUT, recorded, withheld, valid, rest)


def _corrected(shares: Sequence[SettlementShare]) -> Iterator[Entry]:
    for correction, parts in _by(lambda share: share.correction, shares).items():
        if correction is not None:
            words = f"更正{correction.about}{correction.meals:+d}份"
            yield Entry(None, words, 0, 0, 0, {payer_name(part): part.amount for part in parts})


def _spell(rule: CostShareRule) -> Spell:
    return Spell(rule, rule.valid_from, rule.valid_to)


def _by(key: Any, shares: Iterable[SettlementShare]) -> dict[Any, list[SettlementShare]]:
    found: dict[Any, list[SettlementShare]] = {}
    for share in shares:
        found.setdefault(key(share), []).append(share)
    return found
