"""Six-have checks: of venues in use, item by item; what is missing is said and shows on the project's page."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.models import SIX_ITEMS, Project, VenueCheck
from core import scope
from core.actions import Refused
from core.imports import actions as imports
from tests.imports.conftest import check, commit, counts, county, problems, table
from tests.world import World

__all__ = ["county", "table"]
OPENED = date(2023, 4, 20)
NAME = "尖扎户外劳动者驿站"
ALL = dict.fromkeys(SIX_ITEMS, True)


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


@pytest.fixture
def venue(county: World, clerk: Any) -> Project:
    with scope.applied(clerk):
        return actions.create_project(
            by=clerk,
            union=county.unions["632322"],
            kind="venue",
            name=NAME,
            attributes={"venue_kind": "outdoor_station"},
            stage="in_use",
            opened_on=OPENED,
        )


def _checked(clerk: Any, venue: Project, day: date = OPENED, **values: Any) -> VenueCheck:
    with scope.applied(clerk):
        return actions.check_venue(by=clerk, project=venue, checked_on=day, **{**ALL, **values})


def test_all_six_meet_the_standard_and_five_do_not(clerk: Any, venue: Project) -> None:
    assert _checked(clerk, venue).score == "六有达标"
    missed = _checked(clerk, venue, OPENED + timedelta(days=1), is_on_map=False, findings="没有上地图")
    assert (missed.score, missed.missing) == ("5/6", ["已上站点地图"])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"has_sign": False}, "请写明缺什么"),
        ({"day": OPENED - timedelta(days=1)}, "检查不能早于这一天"),
        ({"day": timezone.localdate() + timedelta(days=1)}, "不能晚于今天"),
        ({"rectify_by": OPENED - timedelta(days=1)}, "整改期限不能早于检查日期"),
    ],
)
def test_a_check_that_cannot_be_is_refused(
    clerk: Any, venue: Project, values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        _checked(clerk, venue, **values)


def test_only_venues_in_use_are_checked(clerk: Any, county: World, venue: Project) -> None:
    with pytest.raises(Refused, match="只有服务阵地"):
        _checked(clerk, county.projects["632322"])


def test_the_project_page_says_what_the_newest_check_missed(
    clerk: Any, venue: Project, client: Client
) -> None:
    client.force_login(clerk)
    address = f"/projects/{venue.pk}/"
    assert "还没有六有检查" in client.get(address).content.decode()
    _checked(clerk, venue, is_on_map=False, findings="没有上地图")
    assert "没有做到：已上站点地图。" in client.get(address).content.decode()
    _checked(clerk, venue, OPENED + timedelta(days=9))
    assert "没有做到" not in client.get(address).content.decode()


def test_checks_come_in_from_a_spreadsheet(clerk: Any, venue: Project, table: Callable[..., Path]) -> None:
    path = table(
        ["检查日期", "项目", *SIX_ITEMS.values(), "缺什么"],
        ["2023-05-01", NAME, *["是"] * 6, ""],
        ["2023-05-02", NAME, *["是"] * 5, "否", "没有上地图"],
        ["2023-05-03", NAME, *["是"] * 5, "否", ""],
        ["2023-05-04", NAME, *["是"] * 5, "", ""],
        ["2023-04-01", NAME, *["是"] * 6, ""],
        ["2023-05-05", "尖扎职工氧吧", *["是"] * 6, ""],
    )
    batch = commit(clerk, check(clerk, path, "venue_checks"))
    said = str(problems(clerk, batch))
    assert counts(batch)[0] == 2
    for words in ("请写明缺什么", "没有填写", "早于投用日期 2023-04-20", "不是服务阵地"):
        assert words in said, words
    assert imports.undo(by=clerk, row=batch).kept == []
