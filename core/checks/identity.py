"""Resident ID numbers (GB 11643) and mobile phones: what identifies a person."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TypeGuard

from core.checks.problem import Problem
from core.checks.text import clean, compact

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
WORKING_AGE = 16
_ORDER_SUMS = tuple(
    sum(int(d) * w for d, w in zip(f"{n:03d}", WEIGHTS[14:], strict=True)) for n in range(1000)
)
# First digits by province (GB/T 2260); 9 begins the numbers of foreign permanent residents.
_AREA = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d)\d{4}")
_SCIENTIFIC = re.compile(r"\d(?:\.\d*)?[eE]\+?1\d")
_AS_TEXT = "请把身份证号列设为“文本”格式后重新输入完整号码"
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_PHONE_NOISE = re.compile(r"[\s\-_()().·]")


def id_number(value: object) -> str | None:
    """The normalised 18 characters, or None when blank; the Problem says which part is wrong."""
    if isinstance(value, float | int) and not isinstance(value, bool) and abs(value) >= 1e15:
        raise _destroyed()
    text = value if _is_plain(value) else compact(value)
    if text is None or text == "0":
        return None
    text = text.upper()
    if len(text) != 18 or not (
        text.isascii() and text[:17].isdigit() and (text[17].isdigit() or text[17] == "X")
    ):
        raise _malformed(text)
    _birth(text[6:14])
    if (
        CHECK_CHARACTERS[(_area(text[:6]) + _birth_sum(text[6:14]) + _ORDER_SUMS[int(text[14:17])]) % 11]
        != text[17]
    ):
        raise _wrong_check_digit(text)
    return text


def _is_plain(value: object) -> TypeGuard[str]:
    """Whether normalising would leave the text as it is."""
    return type(value) is str and len(value) == 18 and value.isascii() and value.isalnum()


def _malformed(text: str) -> Problem:
    if _SCIENTIFIC.fullmatch(text):
        return _destroyed()
    if len(text) == 15 and text.isascii() and text.isdigit():
        return Problem("是 15 位的旧身份证号", "请改填第二代身份证上的 18 位号码")
    if len(text) != 18:
        return Problem(f"身份证号应为 18 位，现在是 {len(text)} 位", "请按身份证补全或删去多余的字符")
    return Problem("身份证号含有不允许的字符", "前 17 位只能是数字，最后一位是数字或 X")


def _wrong_check_digit(text: str) -> Problem:
    if text.endswith("000"):
        return _destroyed()
    return Problem("身份证号校验码不对", "号码中至少有一位写错，请对照身份证逐位核对")


def _destroyed() -> Problem:
    return Problem("身份证号被表格软件当成数字，后三位已经丢失", _AS_TEXT)


@lru_cache(maxsize=16_384)
def _area(code: str) -> int:
    if not _AREA.fullmatch(code):
        raise Problem("身份证号前六位不是有效的地区码", "请对照身份证核对前六位")
    return sum(int(d) * w for d, w in zip(code, WEIGHTS, strict=False))


@lru_cache(maxsize=65_536)
def _birth_sum(digits: str) -> int:
    return sum(int(d) * w for d, w in zip(digits, WEIGHTS[6:14], strict=True))


@lru_cache(maxsize=65_536)
def _birth(digits: str) -> date:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        born = date.min
    if not 1900 <= born.year <= 2100:
        raise Problem(f"身份证号中的出生日期不存在（{digits}）", "请对照身份证核对第 7 至 14 位")
    return born


def birth_date_of(number: str) -> date:
    """The birth date inside a checked ID number."""
    return _birth(number[6:14])


def sex_of(number: str) -> int:
    """Sex inside a checked ID number as GB/T 2261.1: 1 male, 2 female."""
    return 1 if int(number[16]) % 2 else 2


def check_digit(first17: str) -> str:
    """The 18th character that belongs to 17 digits."""
    return CHECK_CHARACTERS[sum(int(d) * w for d, w in zip(first17, WEIGHTS, strict=True)) % 11]


def age_on(born: date, day: date) -> int:
    """Completed years on a day; someone born on 29 February has the birthday on 1 March in common years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def require_working_age(born: date, admitted: date) -> None:
    """Refuse an admission before the 16th birthday, or before birth."""
    age = age_on(born, admitted)
    if age < WORKING_AGE:
        raise Problem(f"入会时只有 {max(age, 0)} 周岁，不满 {WORKING_AGE} 周岁", "请核对出生日期和入会日期")


def mobile_phone(value: object) -> str | None:
    """Eleven digits, without +86, spaces and dashes; a number that Excel shows as 1.39E+10 still holds
    all its digits.
    """
    if type(value) is str and _PHONE.fullmatch(value):
        return value
    text = compact(value)
    if text is None or text == "0":
        return None
    if not _PHONE.fullmatch(text):
        text = _repaired_phone(text)
    return text


def _repaired_phone(text: str) -> str:
    bare = _PHONE_NOISE.sub("", text.removesuffix(".0"))
    bare = re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", bare)
    if _PHONE.fullmatch(bare):
        return bare
    if re.fullmatch(r"\d(?:\.\d*)?[eE]\+?\d+", text):
        raise Problem(
            "手机号被表格软件写成了科学记数，后几位已经丢失", "请把手机号列设为“文本”格式后重新输入"
        )
    if re.match(r"0[1-9]\d{1,2}-?\d{7}", text):
        raise Problem("这是固定电话", "请填写 11 位手机号")
    if not bare.isdigit():
        raise Problem("手机号含有数字以外的字符", "请只填一个 11 位手机号")
    if len(bare) != 11:
        raise Problem(f"手机号应为 11 位，现在是 {len(bare)} 位", "请填写 11 位手机号")
    raise Problem("不是有效的手机号段", "手机号以 13 至 19 开头，请核对")


def mask_id(number: str) -> str:
    """An ID number, or what was typed as one, as screens and messages may show it: last four characters
    only.
    """
    return mask_tail(number, keep=4)


def mask_tail(text: str, *, keep: int) -> str:
    """Everything but the tail as stars; short values are hidden whole."""
    return "*" * len(text) if len(text) <= keep * 2 else "*" * (len(text) - keep) + text[-keep:]


def mask_phone(number: str) -> str:
    """138****5678 for a whole number, stars and the last two digits for anything else."""
    return f"{number[:3]}****{number[7:]}" if _PHONE.fullmatch(number) else mask_tail(number, keep=2)


def masked_cell(value: object) -> str:
    """A refused cell of a sensitive column for a message: its shape without its content."""
    try:
        return mask_id(clean(value))
    except Problem as problem:
        return problem.reason
