"""What waits for somebody in the demonstration: transfers asked for from both sides, a table with doubtful rows.

Done as people do it, by actions of the counties' clerks, after everything else was loaded.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

from django.core.files.base import ContentFile

from config.demo.synthetic import AREA
from core import scope
from core.checks.identity import check_digit
from core.imports.actions import upload
from core.imports.checking import Alone, check_batch
from core.models import ImportBatch
from members.models import Person, TransferRequest
from members.transferring import request_transfer
from unions.models import Account, Union

HERE, NEIGHBOUR, CAPITAL = "632322", "632323", "630103"
ASKED_ON = date(2023, 9, 15)
HEADER = ("姓名", "身份证号", "所在工会", "入会日期", "民族")
FILE = "九月新入会职工.csv"
JOINED = "2023-09-01"
NEW = ("马晓兰", "扎西才旦", "李春梅", "卓玛吉")


def load_waiting() -> tuple[list[TransferRequest], ImportBatch]:
    """A neighbour asks us for a member, we ask the capital for one, and a table waits to be decided upon."""
    asked = [_ask(NEIGHBOUR, HERE), _ask(HERE, CAPITAL)]
    clerk = _clerk(HERE)
    file = ContentFile(_table(clerk).encode("utf-8-sig"), name=FILE)
    batch = upload(by=clerk, resource="members", file=file, defaults={})
    return asked, check_batch(batch.pk, clerk, Alone(clerk))


def _clerk(county: str) -> Account:
    return Account.objects.get(username=f"{county}.clerk")


def _members(clerk: Account, count: int) -> list[Person]:
    """Some members of the county, each of another union."""
    with scope.applied(clerk):
        people = Person.objects.visible_to(clerk).filter(archived_at=None).select_related("union")
        return list(people.order_by("union_id", "pk").distinct("union_id")[:count])


def _ask(county: str, holder: str) -> TransferRequest:
    """The clerk of one county asks for a member of another, whose number stands in the papers."""
    [person] = _members(_clerk(holder), 1)
    sealed: Any = Person._meta.get_field("id_number")
    clerk = _clerk(county)
    with scope.applied(clerk):
        union = Union.objects.visible_to(clerk).get(code=county)
    number = str(sealed.unseal(person))
    return request_transfer(by=clerk, union=union, name=person.name, id_number=number, on=ASKED_ON)


def _table(clerk: Account) -> str:
    """Four new members; two who may be registered under another number; two rows with a mistake."""
    first, second = _members(clerk, 2)
    union = first.union.name
    rows = [(name, _number(date(1990, 5, n), n), union, JOINED, "藏族") for n, name in enumerate(NEW, 1)]
    rows += [(p.name, _number(p.birth_date, 1), union, JOINED, "") for p in (first, second) if p.birth_date]
    rows.append(("才让措", _number(date(1991, 6, 1), 1)[:17], union, JOINED, "藏族"))
    rows.append(("完么吉", _number(date(1992, 7, 1), 1), union, "九月初", "藏族"))
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue()


def _number(born: date, order: int) -> str:
    """An ID number of the unallocated area, with an order number that the loaded people do not use."""
    first17 = f"{AREA}{born:%Y%m%d}{order:03d}"
    return first17 + check_digit(first17)
