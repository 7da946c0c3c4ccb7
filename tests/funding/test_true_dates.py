"""What the settlement makes of a true date that is recorded after the meals."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cases import actions
from cases.late_meals import of_workers
from cases.models import Enrolment, PartnerShop
from core.actions import Refused
from tests.funding.months import CLERK, approved, draft, numbers, served
from tests.imports.conftest import check, problems
from tests.world import World, id_number

__all__ = ["served"]
DAY = date(2023, 1, 9)
SETTLED = "2023年1月的结算已批准，其中有 .* 份就餐与这个日期不符.*请填 2023-01-.*登记更正"


def _shop(world: World) -> PartnerShop:
    return PartnerShop.objects.get(programme=world.programmes["632322"], name="一号店")


def _left(world: World) -> None:
    programme, person = world.programmes["632322"], world.persons["632322-2"]
    actions.end_enrolment(by=world.account(CLERK), programme=programme, person=person, valid_to=DAY)


def _all_left(world: World) -> None:
    programme = world.programmes["632322"]
    row = programme.enrolments.get(person=world.persons["632322-2"])
    actions.change_enrolment(by=world.account(CLERK), row=row, office="马克唐镇")
    actions.end_enrolments(by=world.account(CLERK), row=programme, valid_to=DAY, office="马克唐镇")


def _ended(world: World) -> None:
    actions.end_shop(by=world.account(CLERK), row=_shop(world), valid_to=DAY)


def _paused(world: World) -> None:
    actions.pause_shop(by=world.account(CLERK), row=_shop(world), first=DAY, last=date(2023, 1, 10))


def _suspended(world: World) -> None:
    actions.suspend_shop(by=world.account(CLERK), row=_shop(world), valid_from=DAY, cause="卫生")


# Twenty meals at the first shop, ten of another worker at the second: what each date puts in doubt.
DATES: list[tuple[Callable[[World], None], str, int]] = [
    (_left, "left_post", 2),
    (_all_left, "left_post", 2),
    (_ended, "closed_shop", 12),
    (_paused, "closed_shop", 2),
    (_suspended, "closed_shop", 12),
]


@pytest.mark.parametrize(("record", "reason", "meals"), DATES)
def test_meals_that_contradict_the_date_become_doubts_of_the_open_month(
    served: World, record: Callable[[World], None], reason: str, meals: int
) -> None:
    assert draft(served).exceptions.count() == 0
    record(served)
    again = draft(served)
    assert list(again.exceptions.values_list("reason", flat=True)) == [reason] * meals
    assert sum(line[2] for line in numbers(again)) == meals


@pytest.mark.parametrize("record", [record for record, _, _ in DATES])
def test_a_date_that_contradicts_an_approved_month_is_refused_and_names_it(
    served: World, record: Callable[[World], None]
) -> None:
    approved(served)
    with pytest.raises(Refused, match=SETTLED):
        record(served)


def _came_back(world: World) -> None:
    """Ten meals under a spell that ended on the 4th; from the 4th another one stands."""
    programme, person = world.programmes["632322"], world.persons["632322-2"]
    by, day = world.account(CLERK), date(2023, 1, 4)
    actions.end_enrolment(by=by, programme=programme, person=person, valid_to=day)
    actions.enrol(by=by, programme=programme, person=person, valid_from=day)


def test_meals_that_a_later_spell_covers_contradict_its_end_and_not_that_of_the_earlier(
    served: World,
) -> None:
    _came_back(served)
    assert draft(served).exceptions.count() == 0
    earlier, later = served.persons["632322-2"].enrolments.order_by("valid_from")
    rows = Enrolment.objects.filter(pk=earlier.pk)
    assert of_workers(rows, date(2023, 1, 4)).count() == 0
    assert of_workers(rows, date(2023, 1, 2), date(2023, 1, 4)).count() == 2
    _left(served)
    assert of_workers(Enrolment.objects.filter(pk=later.pk), DAY).count() == 2
    assert list(draft(served).exceptions.values_list("reason", flat=True)) == ["left_post"] * 2


def test_the_end_of_a_later_spell_does_not_contradict_an_approved_month(served: World) -> None:
    _came_back(served)
    approved(served)
    with pytest.raises(Refused, match=SETTLED):
        _left(served)


def test_a_date_after_the_approved_meals_is_accepted(served: World) -> None:
    approved(served)
    actions.end_shop(by=served.account(CLERK), row=_shop(served), valid_to=date(2023, 2, 1))
    assert _shop(served).contracts.get().valid_to == date(2023, 2, 1)


@pytest.mark.parametrize(
    ("resource", "header", "line"),
    [
        (
            "enrolments",
            "姓名,身份证号,服务项目,起始日期,终止日期",
            "{person},{number},{programme},2022-07-01,2023-01-09",
        ),
        ("shops", "门店名称,服务项目,合同起始日期,合同终止日期", "一号店,{programme},2022-07-01,2023-01-09"),
    ],
)
def test_a_table_does_not_contradict_an_approved_month(
    served: World, tmp_path: Path, resource: str, header: str, line: str
) -> None:
    approved(served)
    words: dict[str, Any] = {
        "person": served.persons["632322-2"].name,
        "number": id_number(222),
        "programme": served.programmes["632322"].name,
    }
    path = tmp_path / "表.csv"
    path.write_text(f"{header}\n{line.format(**words)}", encoding="utf-8-sig")
    said = str(problems(served.account(CLERK), check(served.account(CLERK), path, resource)))
    assert "2023年1月的结算已批准" in said
