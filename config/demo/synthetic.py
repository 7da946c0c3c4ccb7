"""Synthetic identities: names, ID numbers and credit codes that are well formed and belong to nobody."""

from collections import Counter
from datetime import date
from random import Random

from config.demo.data import read
from core.checks.credit import credit_check_character, organisation_check_character
from core.checks.identity import check_digit

# This area code was never allocated. Order numbers below 500 stay free for sheets that people try out.
AREA = "630199"
FIRST_ORDER = 500
FEMALE_ENDINGS = "兰芳梅红霞丽萍桂珍淑琴燕雪莲静慧敏洁英秀"
# Share of Tibetan-style names by the first four digits of the county's code.
TIBETAN_SHARE = {"6322": 0.2, "6323": 0.6, "6325": 0.45, "6326": 0.75, "6327": 0.8, "6328": 0.15}


class Identities:
    """Hands out identities, each once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._orders: Counter[tuple[date, bool]] = Counter()
        self._codes = 0
        self._words = read("names")

    def id_number(self, born: date, is_male: bool) -> str:
        """An ID number of the unallocated area; the order number is odd for men."""
        order = FIRST_ORDER + is_male + 2 * self._orders[born, is_male]
        self._orders[born, is_male] += 1
        first17 = f"{AREA}{born:%Y%m%d}{order:03d}"
        return first17 + check_digit(first17)

    def credit_code(self, kind: str, division: int) -> str:
        """A credit code of the class `kind` (81 union, 91 enterprise …) registered in a division."""
        self._codes += 1
        first8 = f"MD{self._codes:06d}"
        first17 = f"{kind}{division}{first8}{organisation_check_character(first8)}"
        return first17 + credit_check_character(first17)

    def name_and_nation(self, division: int, is_male: bool) -> tuple[str, str]:
        """A name of common syllables and the nation it goes with."""
        choose, words = self._rng.choice, self._words
        if self._rng.random() < TIBETAN_SHARE.get(str(division)[:4], 0.05):
            return choose(words["藏名前"]) + choose(words["藏名后"]), "藏族"
        given = choose(words["名"]) if self._rng.random() < 0.75 else ""
        given += choose(FEMALE_ENDINGS if not is_male else words["名"])
        return choose(words["姓"]) + given, choose(("汉族",) * 7 + ("回族",) * 2 + ("土族",))

    def birth_date(self) -> date:
        """Somebody between about 20 and 58 years old in 2023."""
        year = 1965 + min(int(self._rng.triangular(0, 38, 20)), 37)
        return date(year, self._rng.randint(1, 12), self._rng.randint(1, 28))
