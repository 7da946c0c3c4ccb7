"""Synthetic people by number: the same number is always the same person, and nobody real."""

from datetime import date, timedelta
from typing import NamedTuple

from config.demo.data import read
from config.demo.synthetic import AREA
from core.checks import check_digit

FIRST_BIRTH, BIRTHS = date(1965, 1, 1), 13_000
FIRST_JOINING, JOININGS = date(2018, 9, 1), 1_500
EDUCATIONS = (("20", "大学本科"), ("30", "大学专科"), ("60", "高中"), ("70", "初中"))
POLITICS = (("01", "中共党员"), ("03", "共青团员"), ("13", "群众"))
_WORDS = read("names")
_SURNAMES, _GIVEN = _WORDS["姓"], _WORDS["名"]


class Human(NamedTuple):
    """What registers and spreadsheets say of one person; `education` and `politics` are code and label."""

    name: str
    id_number: str
    sex: str
    born: date
    mobile: str
    joined_on: date
    education: tuple[str, str]
    politics: tuple[str, str]


def human(number: int) -> Human:
    """Person number so-and-so; up to twelve million are different."""
    born = FIRST_BIRTH + timedelta(days=number * 7919 % BIRTHS)
    order = number // BIRTHS + 1
    first17 = f"{AREA}{born:%Y%m%d}{order:03d}"
    return Human(
        name=_name(number),
        id_number=first17 + check_digit(first17),
        sex="1" if order % 2 else "2",
        born=born,
        mobile=f"199{number:08d}",
        joined_on=FIRST_JOINING + timedelta(days=number % JOININGS),
        education=EDUCATIONS[number % len(EDUCATIONS)],
        politics=POLITICS[number % len(POLITICS)],
    )


def _name(number: int) -> str:
    given = _GIVEN[number // 7 % len(_GIVEN)] + _GIVEN[number // 3 % len(_GIVEN)]
    return str(_SURNAMES[number % len(_SURNAMES)] + given)
