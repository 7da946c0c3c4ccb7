"""Divisions, the unions of county level and above, and the accounts."""

from datetime import date

from django.conf import settings
from django.contrib.auth.hashers import make_password

from config.demo.data import read
from config.demo.plans import spine_codes
from core import scope
from core.pinyin import sort_key
from core.rights import Role
from unions.models import Account, AdministrativeDivision, DivisionLevel, Union, UnionKind, UnionLevel

PROVINCE = 630000
LEVELS = {
    DivisionLevel.PROVINCE: UnionLevel.PROVINCIAL,
    DivisionLevel.PREFECTURE: UnionLevel.PREFECTURE,
    DivisionLevel.COUNTY: UnionLevel.COUNTY,
}


def load_divisions() -> None:
    """Today's divisions and the codes that older documents and ID numbers carry."""
    data = read("divisions")
    province = AdministrativeDivision(PROVINCE, data["省"]["名称"], DivisionLevel.PROVINCE)
    prefectures = [_division(row["代码"], row["名称"], PROVINCE) for row in data["市州"]]
    counties = [
        _division(code, name, row["代码"]) for row in data["市州"] for code, name in row["县级"].items()
    ]
    former = [
        _division(row["代码"], row["名称"], row["上级"], date(row["停用年"], 12, 31), row["现为"])
        for row in data["旧码"]
    ]
    AdministrativeDivision.objects.bulk_create([province, *prefectures, *counties, *former])
    scope.apply_everywhere()


def _division(
    code: int, name: str, parent: int, valid_to: date | None = None, successor: int | None = None
) -> AdministrativeDivision:
    level = DivisionLevel.COUNTY if code % 100 else DivisionLevel.PREFECTURE
    return AdministrativeDivision(
        code, name, level, parent_id=parent, valid_to=valid_to, successor_id=successor
    )


def load_area_unions() -> dict[int, Union]:
    """Unions of province, prefectures and counties by division code."""
    unions: dict[int, Union] = {}
    current = AdministrativeDivision.objects.current()
    for level in LEVELS:
        rows = [_area_union(division, unions) for division in current.filter(level=level)]
        unions |= {row.county_id: row for row in Union.objects.bulk_create(rows)}
    return unions


def _area_union(division: AdministrativeDivision, unions: dict[int, Union]) -> Union:
    parent = unions.get(division.parent_id or 0)
    name = f"{division.name}总工会"
    return Union(
        code=str(division.code),
        name=name,
        name_sort=sort_key(name),
        parent=parent,
        parent_path=parent.path if parent else "",
        county=division,
        level=LEVELS[DivisionLevel(division.level)],
        kind=UnionKind.FEDERATION,
    )


def load_accounts(unions: dict[int, Union]) -> Account:
    """The fixed accounts; their shown names are offices, not people. Returns the administrator."""
    password = make_password(settings.DEMO_PASSWORD)

    def account(username: str, code: int, role: Role) -> Account:
        name = "系统管理员" if role is Role.ADMIN else f"{unions[code].name}{role.label}"
        return Account(
            username=username,
            name=name,
            role=role,
            union=unions[code],
            county_id=code,
            password=password,
        )

    prefectures = [code for code, union in unions.items() if union.level == UnionLevel.PREFECTURE]
    named = [(code, role) for code in spine_codes() for role in (Role.CLERK, Role.HEAD)]
    named += [(code, Role.REVIEWER) for code in [*prefectures, PROVINCE]]
    named += [(PROVINCE, Role.OFFICIAL)]
    accounts = [account(f"{code}.{role.value}", code, role) for code, role in named]
    created = Account.objects.bulk_create([*accounts, account("admin", PROVINCE, Role.ADMIN)])
    return created[-1]
