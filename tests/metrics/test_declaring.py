"""What clerks write as a declared figure: both halves or a sentence, never a guess."""

from decimal import Decimal

import pytest

from core.checks import Problem
from metrics import declaring
from metrics.importing import percent
from metrics.indicators import REGISTRY


@pytest.mark.parametrize(
    ("cells", "halves", "printed"),
    [
        (("22/21", None, None), ("22", "21"), "22/21"),
        (("２２／２１", "", ""), ("22", "21"), "22/21"),
        (("1,234家 / 2,000家", None, None), ("1234", "2000"), "1,234家 / 2,000家"),
        (("100%", "22", "21"), ("22", "21"), "100%"),
        (("", "1,234.50", 2000), ("1234.5", "2000"), "1,234.50/2,000"),
        (("22/21", 22, 21), ("22", "21"), "22/21"),
        (("0/21", None, None), ("0", "21"), "0/21"),
    ],
)
def test_both_halves_are_read(cells: tuple[object, ...], halves: tuple[str, str], printed: str) -> None:
    found = declaring.read(*cells)
    assert found == declaring.Halves(Decimal(halves[0]), Decimal(halves[1]), printed)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (("100%", None, None), "只有百分比“100%”，没有分子和分母"),
        (("22", None, None), "只有一个数“22”"),
        (("全部建立", None, None), "无法识别为数值"),
        (("100%", "22", None), "没有分母"),
        (("", None, "21"), "没有分子"),
        (("22/21", "21", "21"), "不一致"),
        (("", "二十二", "21"), "无法识别为数字"),
        (("1.234/2", None, None), "小数超过两位"),
        (("", "-3", "21"), "无法识别为数字"),
    ],
)
def test_half_a_figure_is_refused(cells: tuple[object, ...], sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        declaring.read(*cells)


@pytest.mark.parametrize("cells", [("", "", ""), (None, None, None), ("无", "—", "/")])
def test_blank_is_nothing(cells: tuple[object, ...]) -> None:
    assert declaring.read(*cells) is None


@pytest.mark.parametrize(
    ("code", "words", "group"),
    [
        ("I16", "", ("", "")),
        ("I16", "整体", ("", "")),
        ("I16", "单位性质：事业单位", ("ownership", "institution")),
        ("I16", "事业单位", ("ownership", "institution")),
        ("I16", "ownership:institution", ("ownership", "institution")),
        ("I36", "街道（镇）：南滩街道", ("office", "南滩街道")),
    ],
)
def test_groups_are_named_in_words(code: str, words: str, group: tuple[str, str]) -> None:
    assert declaring.group_of(REGISTRY[code], words) == group


def test_a_group_of_another_indicator_is_refused() -> None:
    with pytest.raises(Problem, match="没有“街道"):
        declaring.group_of(REGISTRY["I16"], "街道（镇）：南滩街道")


@pytest.mark.parametrize(("text", "value"), [("90", "90.0"), ("92.5%", "92.5"), ("100％", "100.0")])
def test_a_target_is_a_percentage(text: str, value: str) -> None:
    assert str(percent(text)) == value


@pytest.mark.parametrize("text", ["0", "101", "90.55", "九成", "0.9.1"])
def test_no_target_is_guessed(text: str) -> None:
    with pytest.raises(Problem):
        percent(text)
