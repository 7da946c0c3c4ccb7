"""A county's breakfast: one shop with a paired phone, and workers with cards."""

from datetime import date
from typing import Any

from bench import loading
from cases import actions
from cases.models import (
    CheckInDevice,
    Enrolment,
    PartnerShop,
    Programme,
    ShopContract,
    ShopStage,
    WorkerPhone,
)
from core import scope
from core.checks import check_digit
from core.crypto import keyed_hash
from core.imports.console import account
from members.models import Person
from unions.models import Union

COUNTY, BEGUN = 630103, date(2022, 7, 1)
CLERK = f"{COUNTY}.clerk"


def run(size: int) -> dict[str, Any]:
    """Fill an empty portal."""
    with loading.province() as unions:
        union = unions[COUNTY]
        programme = _programme(union)
        persons = Person.objects.bulk_create(_person(union, number) for number in range(size))
        Enrolment.objects.bulk_create(
            Enrolment(**union.stamp(), programme=programme, person=person, valid_from=BEGUN)
            for person in persons
        )
        # Nobody taps for the first time.
        WorkerPhone.objects.bulk_create(
            WorkerPhone(**union.stamp(), browser=browser_of(person.pk), person=person) for person in persons
        )
    clerk = account(CLERK)
    actions.issue_cards(by=clerk, row=programme)
    _pair(clerk, programme)
    loading.settle()
    return {}


def _programme(union: Union) -> Programme:
    programme = Programme.objects.create(
        **union.stamp(), kind="breakfast", name="爱心早餐", name_sort="aixin", started_on=BEGUN
    )
    shop = PartnerShop.objects.create(
        **union.stamp(), programme=programme, name="一号店", stage=ShopStage.CONTRACTED
    )
    ShopContract.objects.create(**union.stamp(), shop=shop, valid_from=BEGUN)
    return programme


def browser_of(person: int) -> str:
    """The random name of the worker's own phone."""
    return f"{person:016x}"


def member_number(number: int) -> str:
    """The ID number of a worker by number."""
    first17 = f"63019919{number // 1000 % 80 + 10:02d}0101{number % 1000:03d}"
    return first17 + check_digit(first17)


def _person(union: Union, number: int) -> Person:
    full = member_number(number)
    return Person(
        **union.stamp(),
        name=f"甲{number}",
        name_sort="jia",
        sex="1",
        birth_date=date(1990, 1, 1),
        id_number=b"sealed",
        id_hash=keyed_hash(full),
        id_last4=full[-4:],
    )


def _pair(clerk: Any, programme: Programme) -> CheckInDevice:
    with scope.applied(clerk):
        shop = PartnerShop.objects.get(programme=programme)
    device = actions.add_device(by=clerk, shop=shop, label="收银台")
    return actions.pair_device(by=device.account, row=device, epoch=1)
