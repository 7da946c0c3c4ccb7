"""Text as people type it into spreadsheets, brought into one form."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time
from decimal import Decimal
from functools import lru_cache

from core.checks.problem import Problem

BLANK_WORDS = frozenset(
    ("无", "无。", "没有", "暂无", "空", "不详", "未知", "未填", "null", "none", "nil", "n/a", "na")
)
MAX_TEXT = 500
MAX_NAME = 60

# Control, zero-width, bidirectional and byte-order characters: invisible, and never meant.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_ONLY_MARKS = re.compile(r"[\-\u2010-\u2015\u2212_~/\\|.。、*?]+")
_FULL_WIDTH = re.compile("([（），：；！？]+)")
_SPACES = re.compile(r"\s+")
_DOTS = re.compile("[\u00b7\u0387\u2022\u2027\u2219\u22c5\u30fb\uff65\u25cf\u2e31]")
_HAN = "\u2e80-\u2fff\u3007\u3400-\u9fff\ue000-\uf8ff\uf900-\ufaff\U00020000-\U000323af"
_FULL_STOP_AS_DOT = re.compile(f"(?<=[{_HAN}])\\.(?=[{_HAN}])")
_SPACE_BESIDE_HAN = re.compile(f"(?<=[{_HAN}·]) | (?=[{_HAN}·])")
# Characters that normalising leaves alone: most names, and no closer look is needed.
_HAN_NAME = re.compile("[\u4e00-\u9fff]{2,20}")
_NOT_A_NAME = re.compile(r"[0-9@#$%^&*+=<>\[\]{}|\\/:;\"!,。、_~]")
_EXCEL_ERROR = re.compile(
    r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|公式未计算)"
)


def clean(value: object) -> str:
    """Any cell as normalised text: NFKC (so half-width), nothing invisible, single spaces, no blanks at
    the ends.
    """
    text = value if type(value) is str else _as_text(value)
    if not (text.isascii() and text.isalnum()):
        text = _tidy(text)
    if text.startswith("#") and _EXCEL_ERROR.fullmatch(text):
        raise Problem(
            f"单元格里的公式没有结果（{text}）", "请在表格软件中改正公式，或复制后“选择性粘贴—数值”"
        )
    return text


def written(value: object) -> str:
    """Names and sentences: as `clean`, but Chinese punctuation stays full-width, as it was written."""
    text = value if type(value) is str else _as_text(value)
    return "".join(part if _FULL_WIDTH.fullmatch(part) else clean(part) for part in _FULL_WIDTH.split(text))


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


@lru_cache(maxsize=65_536)
def _tidy(text: str) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def is_blank(text: str) -> bool:
    """Whether normalised text says that there is nothing: empty, or a word such as 无, 暂无, —, /. Zero
    is a value.
    """
    if len(text) > 8:
        return False
    return not text or text.casefold() in BLANK_WORDS or _ONLY_MARKS.fullmatch(text) is not None


def optional_text(value: object, *, max_length: int = MAX_TEXT) -> str | None:
    """One line of free text, or None when the cell is blank or says 无."""
    text = written(value)
    if is_blank(text):
        return None
    if len(text) > max_length:
        raise Problem(f"文字有 {len(text)} 个字，超过 {max_length} 个字", "请缩短后重新填写")
    return text


def compact(value: object) -> str | None:
    """Text of a kind that has no inner spaces (numbers, codes), or None when blank."""
    text = clean(value).replace(" ", "").lstrip("'`")
    return None if is_blank(text) else text


def person_name(value: object) -> str | None:
    """A name of any people: Han names without spaces, · as the one dot, rare characters and Tibetan or
    Uyghur script kept.
    """
    if type(value) is str and _HAN_NAME.fullmatch(value) and value not in BLANK_WORDS:
        return value
    text = clean(value)
    return None if is_blank(text) else _name(text)


@lru_cache(maxsize=16_384)
def _name(text: str) -> str:
    text = _FULL_STOP_AS_DOT.sub("·", _DOTS.sub("·", text))
    text = _SPACE_BESIDE_HAN.sub("", text).strip("·'` ")
    if not text:
        raise Problem("姓名里没有文字", "请填写身份证上的姓名")
    if "?" in text or "\ufffd" in text:
        raise Problem("姓名中有无法识别的字（显示为“？”）", "多为生僻字丢失，请按身份证重新输入该字")
    if len(text) > MAX_NAME:
        raise Problem(f"姓名有 {len(text)} 个字，超过 {MAX_NAME} 个字", "请核对是否把别的内容填进了姓名列")
    if found := _NOT_A_NAME.search(text):
        raise Problem(f"姓名中有不该出现的字符“{found.group()}”", "请只填写身份证上的姓名，去掉编号和备注")
    return text
