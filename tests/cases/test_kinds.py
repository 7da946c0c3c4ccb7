"""Declared kinds: what their fields accept, how they are stored and shown."""

import pytest

from cases.kinds import KINDS, Field, FieldKind, Kind, WrongAttribute, checked, kinds_of


def test_the_two_kinds_of_the_source_material_are_declared() -> None:
    assert "breakfast" in {kind.key for kind in kinds_of("programme")}
    assert {"oxygen_bar", "oxygen_chamber", "venue"} <= {kind.key for kind in kinds_of("project")}
    assert [kind.key for kind in KINDS.values() if kind.serves_meals] == ["breakfast"]


def test_numbers_are_stored_exactly_and_shown_with_their_unit() -> None:
    bar = KINDS["oxygen_bar"]
    typed = {"area_m2": "2,049.68平方米", "altitude_m": "3200", "oxygen_vs_plain": "60", "address": " "}
    stored = bar.clean(typed)
    assert stored == {"area_m2": "2049.68", "altitude_m": 3200, "oxygen_vs_plain": "60"}
    words = {fact["label"]: fact["value"] for fact in bar.facts(stored)}
    assert words["建筑面积"] == "2,049.68 平方米" and words["海拔"] == "3,200 米" and words["地址"] == ""


@pytest.mark.parametrize(
    ("kind", "given", "field", "sentence"),
    [
        ("oxygen_bar", {}, "area_m2", "请填写建筑面积"),
        ("oxygen_bar", {"area_m2": "很大"}, "area_m2", "应为不小于 0 的数字"),
        ("oxygen_bar", {"area_m2": "-5"}, "area_m2", "应为不小于 0 的数字"),
        ("oxygen_bar", {"area_m2": "1", "altitude_m": "3.5"}, "altitude_m", "整数"),
        ("oxygen_bar", {"area_m2": "1", "colour": "red"}, "colour", "没有“colour”这个字段"),
        ("venue", {"venue_kind": "宫殿"}, "venue_kind", "请从"),
        ("breakfast", {"served_group": "环卫工人", "serves_from": "25:00"}, "serves_from", "不是时间"),
        ("breakfast", {"served_group": "环卫工人", "serves_from": "06:30"}, "serves_until", "要一起填写"),
        ("breakfast", {"served_group": "环卫工人", "serves_until": "09:30"}, "serves_from", "要一起填写"),
        (
            "breakfast",
            {"served_group": "环卫工人", "serves_from": "22:00", "serves_until": "06:00"},
            "serves_until",
            "供餐结束要晚于供餐开始",
        ),
        (
            "breakfast",
            {"served_group": "环卫工人", "serves_from": "6:30", "serves_until": "06:30"},
            "serves_until",
            "供餐结束要晚于供餐开始",
        ),
        ("breakfast", {"served_group": "长" * 301}, "served_group", "超过"),
    ],
)
def test_wrong_fields_are_refused_with_a_sentence(
    kind: str, given: dict[str, str], field: str, sentence: str
) -> None:
    with pytest.raises(WrongAttribute, match=sentence) as wrong:
        KINDS[kind].clean(given)
    assert wrong.value.field == field


def test_a_choice_is_taken_by_key_or_label() -> None:
    assert KINDS["venue"].clean({"venue_kind": "职工之家"}) == {"venue_kind": "workers_home"}


@pytest.mark.parametrize(
    "kinds",
    [
        (Kind("a", "甲", "project", ""), Kind("a", "乙", "project", "")),
        (Kind("a", "甲", "project", "", fields=(Field("x", "一"), Field("x", "二"))),),
        (Kind("a", "甲", "project", "", fields=(Field("name", "名称"),)),),
        (Kind("a", "甲", "project", "", fields=(Field("x", "一", FieldKind.CHOICE),)),),
        (Kind("a", "甲", "project", "", milestones=("开工", "开工")),),
    ],
)
def test_a_declaration_that_contradicts_itself_stops_the_start(kinds: tuple[Kind, ...]) -> None:
    with pytest.raises(ValueError, match="a"):
        checked(kinds)
