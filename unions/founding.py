"""The first rows of a province in production: divisions, their unions, the first administrator.

Everything later is done through actions by an account; this is what the first account stands on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from core import scope
from core.actions import Refused, bootstrap
from core.pinyin import sort_key
from core.rights import Role
from unions.models import Account, AdministrativeDivision, DivisionLevel, Union, UnionKind, UnionLevel

LEVELS = {
    DivisionLevel.PROVINCE: UnionLevel.PROVINCIAL,
    DivisionLevel.PREFECTURE: UnionLevel.PREFECTURE,
    DivisionLevel.COUNTY: UnionLevel.COUNTY,
}
COLUMNS = ("区划代码", "名称", "上级代码")


@dataclass(frozen=True)
class Place:
    """One line of the list of divisions."""

    code: int
    name: str
    parent: int | None

    @property
    def level(self) -> DivisionLevel:
        """By the code of GB/T 2260: two, four or six digits that say something."""
        if self.code % 10_000 == 0:
            return DivisionLevel.PROVINCE
        return DivisionLevel.COUNTY if self.code % 100 else DivisionLevel.PREFECTURE


def read_places(rows: Iterable[Mapping[str, str]]) -> list[Place]:
    """Lines with the columns 区划代码、名称、上级代码, parents before children. Refuses what does not fit."""
    places: dict[int, Place] = {}
    for number, row in enumerate(rows, 2):
        code, name, parent = ((row.get(column) or "").strip() for column in COLUMNS)
        if not (code.isdecimal() and len(code) == 6 and name):
            raise Refused(f"第 {number} 行：区划代码应是 6 位数字，名称不能为空。")
        place = Place(int(code), name, int(parent) if parent.isdecimal() else None)
        if place.parent not in places and place.level is not DivisionLevel.PROVINCE:
            raise Refused(f"第 {number} 行：上级代码“{parent}”没有出现在前面的行里。")
        places[place.code] = place
    if not places:
        raise Refused(f"表里没有区划。第一行应是列名：{'、'.join(COLUMNS)}。")
    return list(places.values())


def found_province(places: list[Place], *, username: str, password: str) -> Account:
    """Divisions and unions that are not there yet, and the administrator of an empty portal."""
    if Account.objects.exists():
        raise Refused("这个门户已有账号。新增区划和账号请由管理员在管理后台办理。")
    administrator = Account(username=username, name="系统管理员", role=Role.ADMIN)
    try:
        validate_password(password, administrator)
    except ValidationError as error:
        raise Refused("密码不合要求：" + "；".join(error.messages)) from error
    with bootstrap("setup.province", lambda: administrator):
        _add_divisions(places)
        unions = _add_unions(places)
        administrator.union = unions[places[0].code]
        administrator.county_id = places[0].code
        administrator.set_password(password)
        administrator.save()
    return administrator


def _add_divisions(places: list[Place]) -> None:
    for place in places:
        AdministrativeDivision.objects.get_or_create(
            code=place.code, defaults={"name": place.name, "level": place.level, "parent_id": place.parent}
        )
    scope.apply_everywhere()


def _add_unions(places: list[Place]) -> dict[int, Union]:
    unions: dict[int, Union] = {}
    for place in places:
        name = place.name if place.name.endswith("工会") else f"{place.name}总工会"
        parent = unions.get(place.parent or 0)
        unions[place.code] = Union.objects.create(
            code=str(place.code),
            name=name,
            name_sort=sort_key(name),
            parent=parent,
            parent_path=parent.path if parent else "",
            county_id=place.code,
            level=LEVELS[place.level],
            kind=UnionKind.FEDERATION,
        )
        unions[place.code].refresh_from_db()
    return unions
