"""The days and hours of a programme fit one another and the meals that were recorded."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cases import actions
from core.actions import Refused
from tests.imports.conftest import check, problems
from tests.world import World

CLERK, MEAL = "632322.clerk", date(2022, 7, 4)
DAY = timedelta(days=1)
WRONG = [
    ({"serves_from": "06:30", "serves_until": ""}, "serves_until", "供餐开始和供餐结束要一起填写。"),
    ({"serves_from": "22:00", "serves_until": "06:00"}, "serves_until", "供餐结束要晚于供餐开始。"),
    ({"started_on": "2022-07-05"}, "started_on", "2022-07-04 已有就餐记录，开始日期不能晚于这一天。"),
    ({"ended_on": "2022-07-03"}, "ended_on", "2022-07-04 还有就餐记录，结束日期不能早于这一天。"),
]


@pytest.mark.parametrize(("changed", "field", "sentence"), WRONG)
def test_the_form_says_at_the_field_what_does_not_fit(
    world: World, client: Client, changed: dict[str, str], field: str, sentence: str
) -> None:
    client.force_login(world.account(CLERK))
    row = world.programmes["632322"]
    given = {"name": row.name, "started_on": "2022-07-01", "served_group": "环卫工人", "version": row.version}
    answer: Any = client.post(f"/programmes/{row.pk}/edit/", {**given, **changed})
    assert answer.status_code == 422
    assert answer.context["form"].errors[field] == [sentence]


@pytest.mark.parametrize(("changed", "field", "sentence"), WRONG)
def test_a_program_is_told_the_same(
    world: World, client: Client, changed: dict[str, str], field: str, sentence: str
) -> None:
    client.force_login(world.account(CLERK))
    row = world.programmes["632322"]
    given = {"served_group": "环卫工人", **changed}
    answer: Any = client.patch(f"/api/v1/programmes/{row.pk}/", given, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"] == {field: [sentence]}


@pytest.mark.parametrize(("changed", "field", "sentence"), WRONG)
def test_a_table_is_held_with_the_same_sentence(
    world: World, tmp_path: Path, changed: dict[str, str], field: str, sentence: str
) -> None:
    row = world.programmes["632322"]
    given = {"started_on": "2022-07-01", "ended_on": "", "serves_from": "", "serves_until": "", **changed}
    path = tmp_path / "项目.csv"
    line = ",".join([row.name, "爱心早餐", "环卫工人", *given.values()])
    path.write_text(f"名称,种类,服务对象,开始日期,结束日期,供餐开始,供餐结束\n{line}", encoding="utf-8-sig")
    clerk = world.account(CLERK)
    assert sentence in str(problems(clerk, check(clerk, path, "programmes")))


def test_a_programme_starts_and_ends_on_the_days_of_its_meals_at_the_closest(world: World) -> None:
    row = world.programmes["632322"]
    row = actions.change_programme(by=world.account(CLERK), row=row, started_on=MEAL, ended_on=MEAL)
    assert (row.started_on, row.ended_on) == (MEAL, MEAL)
    with pytest.raises(Refused, match="开始日期不能晚于这一天"):
        actions.change_programme(by=world.account(CLERK), row=row, started_on=MEAL + DAY, ended_on=MEAL + DAY)
