"""Unified social credit codes (GB 32100) with the organisation code (GB 11714) inside."""

from __future__ import annotations

import re

from core.checks.problem import Problem
from core.checks.text import compact

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CLASS_NAMES = {
    "11": "机关",
    "12": "事业单位",
    "13": "编制部门直接管理的群众团体",
    "19": "编制部门管理的其他机构",
    "51": "社会团体",
    "52": "民办非企业单位",
    "53": "基金会",
    "59": "民政部门管理的其他机构",
    "81": "基层工会",
    "89": "其他工会",
    "91": "企业",
    "92": "个体工商户",
    "93": "农民专业合作社",
}
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LOOKS_ALIKE = {"I": "1", "O": "0", "Z": "2", "S": "5", "V": "U"}
_SHAPE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")


def credit_code(value: object, *, classes: frozenset[str] = frozenset()) -> str | None:
    """The normalised 18 characters, or None when blank; `classes` limits the first two characters (81
    for grass-roots unions).
    """
    if isinstance(value, float) and value >= 1e15:
        raise Problem(
            "信用代码被表格软件当成数字，后几位已经丢失", "请把该列设为“文本”格式后重新输入完整代码"
        )
    text = compact(value)
    if text is None:
        return None
    text = text.upper().replace("-", "")
    _require_shape(text)
    _require_check_characters(text)
    if classes and text[:2] not in classes:
        raise _wrong_class(text, classes)
    return text


def _require_shape(text: str) -> None:
    if len(text) in (8, 9) and text.isascii() and text.isalnum():
        raise Problem("这是组织机构代码，不是统一社会信用代码", "请填写证书上的 18 位统一社会信用代码")
    if len(text) != 18:
        raise Problem(f"统一社会信用代码应为 18 位，现在是 {len(text)} 位", "请对照证书补全或删去多余的字符")
    for character in text:
        if character not in _VALUES:
            likely = _LOOKS_ALIKE.get(character)
            remedy = (
                f"可能是“{likely}”，请对照证书核对"
                if likely
                else "只能用数字和大写字母，且不含 I、O、S、V、Z"
            )
            raise Problem(f"统一社会信用代码中不会有“{character}”", remedy)
    if not _SHAPE.fullmatch(text):
        raise Problem("统一社会信用代码第 3 至 8 位应为登记机关的地区码", "请对照证书核对，这六位都是数字")


def _require_check_characters(text: str) -> None:
    if credit_check_character(text[:17]) != text[17]:
        raise Problem("统一社会信用代码校验码不对", "代码中至少有一位写错，请对照证书逐位核对")
    if organisation_check_character(text[8:16]) != text[16]:
        raise Problem("统一社会信用代码第 9 至 17 位的组织机构代码校验码不对", "请对照证书核对这几位")


def _wrong_class(text: str, classes: frozenset[str]) -> Problem:
    found = CLASS_NAMES.get(text[:2], "其他类别")
    wanted = "、".join(f"{c}（{CLASS_NAMES.get(c, '其他')}）" for c in sorted(classes))
    return Problem(f"这是{found}的代码（以 {text[:2]} 开头）", f"这里应填以 {wanted} 开头的代码")


def credit_check_character(first17: str) -> str:
    """The 18th character of a credit code."""
    total = sum(_VALUES[c] * w for c, w in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check_character(first8: str) -> str:
    """The ninth character of an organisation code (letters count from A = 10)."""
    remainder = sum(int(c, 36) * w for c, w in zip(first8, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return "0X987654321"[remainder]


def class_of(code: str) -> str:
    """What the first two characters say about the holder."""
    return CLASS_NAMES.get(code[:2], "其他")
