"""A row's life is told in figures as they were written, and names nothing out of scope."""

from decimal import Decimal

from cases.actions import change_programme
from core import scope
from core.actions import bootstrap
from core.timeline import HIGHER_LEVEL, OUT_OF_SIGHT, _name_of, timeline
from funding.actions import correct_line
from funding.models import FundingLine
from tests.world import World
from unions.models import Union


def test_only_what_changed_is_told_and_money_in_full(world: World) -> None:
    line, by = world.lines["632322-enterprise"], world.account("632322.clerk")
    correct_line(by=by, row=line, amount=Decimal("1250000.50"))
    line.refresh_from_db()
    (change,) = timeline(line, by)[0]["changes"]
    assert (change["before"], change["after"]) == ("1300000", "1250000.5")


def test_a_row_of_elsewhere_is_not_named(world: World) -> None:
    scope.apply_everywhere()
    by = world.account("632322.clerk")
    assert _name_of(Union, str(world.unions["632323"].pk), by) == OUT_OF_SIGHT


def test_the_fields_of_a_kind_are_told_by_their_labels(world: World) -> None:
    programme, by = world.programmes["632322"], world.account("632322.clerk")
    given = {"served_group": "环卫工人", "planned_workers": "1200"}
    change_programme(by=by, row=programme, attributes={**programme.attributes, **given})
    programme.refresh_from_db()
    changes = {change["field"]: change["after"] for change in timeline(programme, by)[0]["changes"]}
    assert changes["计划人数"] == "1,200 人"
    assert not any("{" in change or "planned" in change for change in changes.values())
    assert "种类字段" not in changes


def test_what_was_changed_from_elsewhere_is_told_with_its_time_where_it_has_words(world: World) -> None:
    line = world.lines["632322-enterprise"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        FundingLine.objects.filter(pk=line.pk).update(amount=Decimal(1_200_000))
    line.refresh_from_db()
    with scope.applied(world.account("632322.clerk")):
        entry = timeline(line, world.account("632322.clerk"))[0]
        timed = timeline(line, world.account("632322.clerk"), unseen=("系统", "核对"))[0]
    assert (entry["who"], entry["what"], entry["at"]) == (*HIGHER_LEVEL, "")
    assert (timed["who"], timed["what"]) == ("系统", "核对") and timed["at"].startswith("20")
    assert entry["changes"][0]["after"] == "1200000"
