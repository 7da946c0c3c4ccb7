"""Programmes and projects: what may be recorded, by whom, and what a refusal leaves behind."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from cases import actions
from cases.models import Enrolment, MealCheckIn, Milestone, PartnerShop, Programme, Project
from core.actions import Refused, bootstrap
from core.models import AuditEvent, History
from funding.models import FundingLine
from tests.world import World

START = date(2022, 7, 1)
DAY = date(2023, 1, 10)


@pytest.fixture
def act(world: World) -> Callable[..., Any]:
    """Call an action as the clerk of 尖扎, or as somebody else."""

    def call(action: Callable[..., Any], by: str = "632322.clerk", **arguments: Any) -> Any:
        return action(by=world.account(by), **arguments)

    return call


def _shop(world: World) -> PartnerShop:
    return PartnerShop.objects.get(programme=world.programmes["632322"])


def _meal(world: World, **changed: Any) -> dict[str, Any]:
    given = {
        "programme": world.programmes["632322"],
        "shop": _shop(world),
        "person": world.persons["632322-1"],
        "served_on": DAY,
    }
    return {**given, **changed}


def _new_project(world: World, **changed: Any) -> dict[str, Any]:
    given = {
        "union": world.unions["632322"],
        "kind": "oxygen_chamber",
        "name": "乡镇高压氧舱",
        "stated_total": Decimal(400_000),
        "attributes": {"places": "坎布拉镇"},
    }
    return {**given, **changed}


def _without_money(world: World) -> Project:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        FundingLine.objects.filter(project=world.projects["632322"]).update(archived_at=timezone.now())
    return world.projects["632322"]


# Every action of the package with arguments that it accepts.
CALLS: dict[str, Callable[[World], tuple[Callable[..., Any], dict[str, Any]]]] = {
    "cases.create_programme": lambda w: (
        actions.create_programme,
        {
            "union": w.unions["632322"],
            "kind": "breakfast",
            "name": "暖心早餐",
            "started_on": START,
            "attributes": {"served_group": "环卫工人"},
        },
    ),
    "cases.change_programme": lambda w: (
        actions.change_programme,
        {"row": w.programmes["632322"], "name": "改名早餐"},
    ),
    "cases.add_shop": lambda w: (
        actions.add_shop,
        {"programme": w.programmes["632322"], "name": "二号店", "valid_from": START},
    ),
    "cases.end_shop": lambda w: (
        actions.end_shop,
        {"row": _shop(w), "valid_to": DAY},
    ),
    "cases.enrol": lambda w: (
        actions.enrol,
        {"programme": w.programmes["632322"], "person": w.persons["632322-2"], "valid_from": START},
    ),
    "cases.end_enrolment": lambda w: (
        actions.end_enrolment,
        {"programme": w.programmes["632322"], "person": w.persons["632322-1"], "valid_to": DAY},
    ),
    "cases.record_meal": lambda w: (actions.record_meal, _meal(w)),
    "cases.create_project": lambda w: (actions.create_project, _new_project(w)),
    "cases.change_project": lambda w: (
        actions.change_project,
        {"row": w.projects["632322"], "stated_total": Decimal(6_000_000)},
    ),
    "cases.archive_project": lambda w: (actions.archive_project, {"row": _without_money(w)}),
    "cases.record_acceptance": lambda w: (
        actions.record_acceptance,
        {"row": w.projects["632322"], "accepted_on": DAY, "verdict": "passed"},
    ),
    "cases.add_milestone": lambda w: (
        actions.add_milestone,
        {"project": w.projects["632322"], "label": "招标", "planned_on": DAY},
    ),
    "cases.add_equipment": lambda w: (
        actions.add_equipment,
        {"project": w.projects["632322"], "name": "制氧机", "quantity": 4},
    ),
}


@pytest.mark.parametrize("verb", CALLS)
def test_an_action_leaves_one_event(world: World, act: Callable[..., Any], verb: str) -> None:
    action, arguments = CALLS[verb](world)
    act(action, **arguments)
    event = AuditEvent.objects.exclude(verb="demo.load").get()
    assert (event.verb, event.by.username, event.county_id) == (verb, "632322.clerk", 632322)
    assert History.objects.filter(event_id=event.pk).exists()


@pytest.mark.parametrize("verb", CALLS)
def test_another_countys_rows_do_not_exist(world: World, act: Callable[..., Any], verb: str) -> None:
    action, arguments = CALLS[verb](world)
    with pytest.raises(Http404):
        act(action, by="632323.clerk", **arguments)


@pytest.mark.parametrize("verb", CALLS)
def test_who_lacks_the_right_changes_nothing(world: World, act: Callable[..., Any], verb: str) -> None:
    action, arguments = CALLS[verb](world)
    with pytest.raises(PermissionDenied):
        act(action, by="630000.official", **arguments)
    assert not AuditEvent.objects.filter(verb=verb).exists()


def _refused(act: Callable[..., Any], sentence: str, action: Callable[..., Any], **arguments: Any) -> None:
    events = AuditEvent.objects.count()
    with pytest.raises(Refused, match=sentence):
        act(action, **arguments)
    assert AuditEvent.objects.count() == events


def test_a_worker_eats_once_a_day(world: World, act: Callable[..., Any]) -> None:
    meal = act(actions.record_meal, **_meal(world))
    assert meal.enrolment.person == world.persons["632322-1"]
    _refused(act, "一天只能一份", actions.record_meal, **_meal(world))
    act(actions.record_meal, **_meal(world, served_on=DAY + timedelta(days=1)))
    assert MealCheckIn.objects.filter(served_on__gte=DAY).count() == 2


def test_a_meal_needs_a_running_programme_a_contract_and_an_enrolment(
    world: World, act: Callable[..., Any]
) -> None:
    _refused(
        act, "没有登记在这个项目中", actions.record_meal, **_meal(world, person=world.persons["632322-2"])
    )
    _refused(act, "没有运行", actions.record_meal, **_meal(world, served_on=date(2022, 6, 30)))
    _refused(
        act,
        "不能晚于今天",
        actions.record_meal,
        **_meal(world, served_on=timezone.localdate() + timedelta(days=1)),
    )
    act(actions.end_shop, row=_shop(world), valid_to=DAY)
    _refused(act, "没有合同", actions.record_meal, **_meal(world))
    act(actions.record_meal, **_meal(world, served_on=DAY - timedelta(days=1)))


def test_a_shop_of_another_programme_serves_nobody_here(world: World, act: Callable[..., Any]) -> None:
    other = act(
        actions.create_programme,
        union=world.unions["632322"],
        kind="breakfast",
        name="另一个早餐",
        started_on=START,
        attributes={"served_group": "环卫工人"},
    )
    act(actions.add_shop, programme=other, name="他店", valid_from=START)
    with pytest.raises(Http404):
        act(actions.record_meal, **_meal(world, shop=PartnerShop.objects.get(name="他店")))


def test_contracts_and_enrolments_end_on_the_true_day_though_meals_were_recorded_after_it(
    world: World, act: Callable[..., Any]
) -> None:
    programme, person = world.programmes["632322"], world.persons["632322-1"]
    act(actions.record_meal, **_meal(world))
    assert act(actions.end_enrolment, programme=programme, person=person, valid_to=DAY).valid_to == DAY
    act(actions.end_shop, row=_shop(world), valid_to=DAY)
    assert _shop(world).contracts.get().valid_to == DAY


def test_who_returns_has_a_second_spell_that_does_not_overlap(world: World, act: Callable[..., Any]) -> None:
    programme, person = world.programmes["632322"], world.persons["632322-1"]
    _refused(act, "已登记在这个项目", actions.enrol, programme=programme, person=person, valid_from=DAY)
    act(actions.end_enrolment, programme=programme, person=person, valid_to=DAY)
    act(actions.enrol, programme=programme, person=person, valid_from=DAY + timedelta(days=30))
    assert Enrolment.objects.filter(programme=programme, person=person).count() == 2
    _refused(act, "没有登记", actions.record_meal, **_meal(world))


def test_a_running_programme_is_not_archived(world: World, act: Callable[..., Any]) -> None:
    programme = world.programmes["632322"]
    _refused(act, "还在进行", actions.archive_programme, row=programme)
    act(actions.change_programme, row=programme, ended_on=date(2023, 1, 31))
    act(actions.archive_programme, row=programme)
    _refused(act, "已归档", actions.record_meal, **_meal(world))


def test_a_kinds_fields_are_checked_and_the_kind_stays(world: World, act: Callable[..., Any]) -> None:
    _refused(act, "请填写安装地点", actions.create_project, **_new_project(world, attributes={}))
    _refused(act, "请选择种类", actions.create_project, **_new_project(world, kind="breakfast"))
    project = world.projects["632322"]
    _refused(act, "种类登记后不能改", actions.change_project, row=project, kind="venue")
    _refused(act, "建筑面积", actions.change_project, row=project, attributes={"area_m2": "约两千"})
    assert Project.objects.filter(union=world.unions["632322"]).count() == 1


def test_a_name_is_given_once(world: World, act: Callable[..., Any]) -> None:
    act(actions.create_project, **_new_project(world))
    _refused(act, "已有名为", actions.create_project, **_new_project(world))


def test_a_new_project_has_the_usual_milestones_of_its_kind(world: World, act: Callable[..., Any]) -> None:
    project = act(actions.create_project, **_new_project(world))
    labels = list(project.milestones.order_by("pk").values_list("label", flat=True))
    assert labels == ["立项批复", "资金落实", "采购", "到货安装", "验收", "投入使用"]
    step = project.milestones.get(label="采购")
    act(actions.change_milestone, row=step, planned_on=date(2023, 5, 1))
    act(actions.reach_milestone, row=step, reached_on=date(2023, 5, 4))
    step.refresh_from_db()
    assert (step.planned_on, step.reached_on, step.version) == (date(2023, 5, 1), date(2023, 5, 4), 3)
    _refused(act, "已有同名节点", actions.add_milestone, project=project, label="采购")


def test_the_database_refuses_what_the_actions_would(world: World) -> None:
    """Constraints hold even for a write that no action made."""
    union, programme = world.unions["632322"], world.programmes["632322"]
    meal = MealCheckIn.objects.filter(programme=programme).get()
    broken: list[Callable[[], Any]] = [
        lambda: MealCheckIn.objects.create(
            **union.stamp(),
            programme=programme,
            shop=meal.shop,
            enrolment=meal.enrolment,
            served_on=meal.served_on,
        ),
        lambda: Enrolment.objects.create(
            **union.stamp(), programme=programme, person=world.persons["632322-1"], valid_from=DAY
        ),
        lambda: PartnerShop.objects.create(**union.stamp(), programme=programme, name="一号店"),
        lambda: Programme.objects.filter(pk=programme.pk).update(ended_on=date(2020, 1, 1)),
        lambda: Project.objects.filter(union=union).update(stated_total=-1),
        lambda: Project.objects.filter(union=union).update(stage="unknown"),
        lambda: Milestone.objects.bulk_create(
            Milestone(**union.stamp(), project=world.projects["632322"], label="开工") for _ in range(2)
        ),
    ]
    for write in broken:
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            bootstrap("test.write", lambda: world.accounts["admin"]),
        ):
            write()
