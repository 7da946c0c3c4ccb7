"""Code lists: a cell may hold the code, the Chinese label, both, or a usual other word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from core.checks.problem import Problem
from core.checks.text import clean, is_blank

SEXES = {"1": "男", "2": "女"}
_NOISE = re.compile(r"[\s\-—_.、,:;()\[\]【】“”\"']")
_BOTH = re.compile(r"^0*([0-9a-z]+)[\s\-—_.、:]+(.+)$")
_SHOWN = 8


class CodeList:
    """Reads one column of codes; made once per column, then a dictionary look-up per cell."""

    def __init__(
        self, name: str, labels: Mapping[str, str], *, synonyms: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.labels = dict(labels)
        self._known: dict[str, str] = {}
        for code, label in labels.items():
            self._learn(code, [code, label, f"{code}{label}"])
        for word, code in (synonyms or {}).items():
            self._learn(code, [word])
        for code in labels:  # 1 for 01 and 01 for 1, unless that is another code
            if code.isdigit():
                self._learn(code, [str(int(code)), code.zfill(2)])

    def _learn(self, code: str, words: Iterable[str]) -> None:
        for word in words:
            self._known.setdefault(_key(word), code)

    def read(self, value: object) -> str | None:
        """The code, or None when blank; words such as 无 count as blank only when the list does not
        know them.
        """
        if type(value) is str and (code := self._known.get(value)) is not None:
            return code
        text = clean(value)
        code = self._known.get(_key(text))
        if code is not None:
            return code
        if is_blank(text):
            return None
        return self._code_and_label(text)

    def _code_and_label(self, text: str) -> str:
        if match := _BOTH.match(text.casefold()):
            code, label = (self._known.get(_key(part)) for part in match.groups())
            if code is not None and code == label:
                return code
        raise Problem(f"“{text[:20]}”不在{self.name}的选项中", self._remedy(text))

    def _remedy(self, text: str) -> str:
        if near := get_close_matches(text, self.labels.values(), n=1, cutoff=0.5):
            return f"是不是“{near[0]}”？请改为选项中的写法"
        shown = list(self.labels.values())
        more = f"等 {len(shown)} 项" if len(shown) > _SHOWN else ""
        return f"可填：{'、'.join(shown[:_SHOWN])}{more}"


def _key(text: str) -> str:
    return _NOISE.sub("", clean(text)).casefold()


_SEX = CodeList(
    "性别", SEXES, synonyms={"男性": "1", "女性": "2", "M": "1", "F": "2", "male": "1", "female": "2"}
)


def sex(value: object) -> int | None:
    """GB/T 2261.1 for the sexes a member can have: 1 male, 2 female, or None when blank."""
    code = _SEX.read(value)
    return int(code) if code else None
