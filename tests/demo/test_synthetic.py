"""Identities and plans of the demonstration, without a database."""

from random import Random

import pytest

from config.demo.data import printed_rows, read
from config.demo.plans import county_plans, spine_codes
from config.demo.synthetic import AREA, Identities
from core.checks.credit import credit_code
from core.checks.identity import birth_date_of, id_number, sex_of
from core.pinyin import sort_key


def test_id_numbers_are_well_formed_unique_and_unallocated() -> None:
    identities = Identities(Random(1))
    born = identities.birth_date()
    numbers = [identities.id_number(born, is_male=bool(n % 2)) for n in range(100)]
    assert len(set(numbers)) == 100
    for n, number in enumerate(numbers):
        assert number.startswith(AREA) and id_number(number) == number
        assert birth_date_of(number) == born
        assert sex_of(number) == (1 if n % 2 else 2)


def test_credit_codes_are_well_formed() -> None:
    identities = Identities(Random(1))
    assert credit_code(identities.credit_code("81", 632322), classes=frozenset({"81"}))
    assert identities.credit_code("91", 632322) != identities.credit_code("91", 632322)


def test_every_county_level_unit_has_a_plan() -> None:
    plans = county_plans(Random(1))
    assert len(plans) == 45
    assert len(spine_codes()) == 11
    jianzha = next(plan for plan in plans if plan.code == 632322)
    assert len(jianzha.townships) + sum(jianzha.units.values()) + jianzha.joints == 97


def test_plans_follow_the_seed() -> None:
    assert county_plans(Random(7)) == county_plans(Random(7))


def test_printed_figures_name_known_documents_and_places() -> None:
    rows = printed_rows()
    documents = {row["编号"] for row in read("documents")["文献"]}
    assert len({row["编号"] for row in rows}) == len(rows) == 257
    assert {row["文献"] for row in rows} == documents
    assert all(row["项目"] and row["数值"] and row["区划"].startswith("63") for row in rows)


def _blank_keys(data: object) -> list[str]:
    """Keys without a value: where a sentence with a comma was not quoted, its rest becomes one."""
    if isinstance(data, dict):
        own = [str(key) for key, value in data.items() if value is None]
        return own + [key for value in data.values() for key in _blank_keys(value)]
    return [key for part in data for key in _blank_keys(part)] if isinstance(data, list) else []


@pytest.mark.parametrize("name", ["counties", "divisions", "documents", "names", "projects", "targets"])
def test_sentences_in_data_files_are_whole(name: str) -> None:
    assert set(_blank_keys(read(name))) <= {"日期"}


def test_oxygen_bar_is_kept_as_printed() -> None:
    bar = read("projects")["项目"][0]
    assert sum(line["金额"] for line in bar["资金"]) - bar["总投资"] == 200_000


def test_sort_key_is_pinyin() -> None:
    assert sort_key("尖扎县 A1") == "jian zha xian a 1"
    assert len(sort_key("庄" * 120)) <= 400
