"""Amounts of money in Chinese capitals, as vouchers want them."""

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")


def capitals(amount: Decimal) -> str:
    """1234.50 → 壹仟贰佰叁拾肆圆伍角整; what is below nothing begins with 负."""
    fen = int(abs(amount).scaleb(2))
    yuan, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    words = "负" if amount < 0 else ""
    if yuan or not fen:
        words += f"{_whole(yuan)}圆"
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif rest and yuan:
        words += "零"
    return words + (f"{DIGITS[rest]}分" if rest else "整")


def _whole(number: int) -> str:
    if not number:
        return DIGITS[0]
    words, pending, group = "", False, 0
    parts = []
    while number:
        number, part = divmod(number, 10_000)
        parts.append((part, GROUPS[group]))
        group += 1
    for part, name in reversed(parts):
        if not part:
            pending = bool(words)
            continue
        if words and (pending or part < 1000):
            words += DIGITS[0]
        words += _group(part) + name
        pending = False
    return words


def _group(part: int) -> str:
    """Four digits: zeros between digits are one 零, zeros at the end are none."""
    words, pending = "", False
    for place in range(3, -1, -1):
        digit = part // 10**place % 10
        if digit:
            words += ("零" if pending and words else "") + DIGITS[digit] + PLACES[place]
        pending = not digit
    return words
