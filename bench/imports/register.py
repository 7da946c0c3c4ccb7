"""The register before the import, in the portal's, the peers' and the floor's tables, and the file itself."""

import uuid
from collections.abc import Iterator, Sequence
from itertools import chain
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import loading
from bench.imports import tables
from bench.models import Company, Member, Organisation
from bench.people import Human, human
from core.crypto import keyed_hash, seal
from core.pinyin import sort_key
from members.models import Membership, Person
from unions.models import Employer, Union

COUNTY = 632322
UNIONS, EMPLOYERS = 50, 100
HEADER = (
    "姓名",
    "身份证号",
    "性别",
    "出生日期",
    "手机号",
    "所在工会",
    "入会日期",
    "工作单位",
    "学历",
    "政治面貌",
)
PERSON = (
    "id",
    "version",
    "created_at",
    "union_id",
    "county_id",
    "uuid",
    "name",
    "name_sort",
    "sex",
    "birth_date",
    "id_number",
    "id_hash",
    "id_last4",
    "mobile",
    "mobile_last4",
    "nation",
    "education",
    "political_status",
    "skill_grade",
    "employment_state",
    "household_kind",
    "employer_id",
    "verified_at",
)
SPELL = (
    "version",
    "created_at",
    "union_id",
    "county_id",
    "person_id",
    "valid_from",
    "state",
    "began_by",
    "began_reason",
    "ended_by",
    "ended_reason",
)
MEMBER = (
    "id",
    "name",
    "id_number",
    "sex",
    "birth_date",
    "mobile",
    "organisation_id",
    "joined_on",
    "company_id",
    "education",
    "political_status",
)
# The floor's tables hold everybody who is not in the file, so that the whole file can be copied in.
FLOOR = """
create table bench_floor_person (like members_person including all);
alter table bench_floor_person
  add foreign key (union_id, county_id) references unions_union (id, county_id) deferrable initially deferred,
  add foreign key (employer_id) references unions_employer (id) deferrable initially deferred;
create table bench_floor_membership (like members_membership including all);
alter table bench_floor_membership
  add foreign key (union_id, county_id) references unions_union (id, county_id) deferrable initially deferred,
  add foreign key (person_id) references bench_floor_person (id) deferrable initially deferred;
insert into bench_floor_person ({person}) select {person} from members_person where id > {known};
insert into bench_floor_membership ({spell}) select {spell} from members_membership where person_id > {known};
"""


def run(size: int, file: str) -> dict[str, Any]:
    """Fill an empty portal and write the file."""
    with loading.province() as unions:
        areas = loading.counties(unions)
        areas.sort(key=lambda union: union.county_id != COUNTY)
        places = [_grassroots(area) for area in areas]
        employers = _employers(areas[0])
        _register(size, places, employers)
        _peers(size, places, employers)
        with connection.cursor() as cursor:
            cursor.execute(FLOOR.format(person=", ".join(PERSON), spell=", ".join(SPELL), known=_known(size)))
    loading.settle()
    _write(file, size, places[0], employers)
    return {}


def _known(size: int) -> int:
    """How many rows of the file are registered: a tenth has changed, a tenth has not."""
    return size // 5


def _grassroots(area: Union) -> list[Union]:
    return Union.objects.bulk_create(
        Union(
            code=f"{area.code}-{number:04d}",
            name=f"{area.name}第{number}基层工会",
            parent=area,
            parent_path=area.path,
            county_id=area.county_id,
            level="grassroots",
        )
        for number in range(1, UNIONS + 1)
    )


def _employers(area: Union) -> list[Employer]:
    return Employer.objects.bulk_create(
        Employer(
            **area.stamp(),
            name=f"示范企业{number:03d}",
            ownership="non_public",
            listed_on="2015-01-01",
        )
        for number in range(EMPLOYERS)
    )


def _home(number: int, size: int, places: Sequence[Sequence[Union]]) -> Union:
    """The importing county has everybody in the file and as many again; the others share the rest."""
    if number < 2 * _known(size) or number >= 2 * size:
        return places[0][number % UNIONS]
    return places[1 + number % (len(places) - 1)][number % UNIONS]


def _register(size: int, places: Sequence[Sequence[Union]], employers: Sequence[Employer]) -> None:
    loading.fill(Person, PERSON, _persons(size, places, employers))
    spells = (
        (1, _now(), union.pk, union.county_id, number + 1, one.joined_on, "active", "1", "", "", "")
        for number, one, union in _registered(size, places)
    )
    loading.fill(Membership, SPELL, spells)


def _registered(size: int, places: Sequence[Sequence[Union]]) -> Iterator[tuple[int, Human, Union]]:
    for number in range(2 * size):
        yield number, human(number), _home(number, size, places)


def _now() -> str:
    return timezone.now().isoformat()


def _persons(
    size: int, places: Sequence[Sequence[Union]], employers: Sequence[Employer]
) -> Iterator[tuple[Any, ...]]:
    now = _now()
    for number, one, union in _registered(size, places):
        key = uuid.UUID(int=number * 2654435761 % 2**128 + 2**100)
        employer = employers[number % EMPLOYERS].pk if union.county_id == COUNTY else None
        yield (
            number + 1,
            1,
            now,
            union.pk,
            union.county_id,
            key,
            one.name,
            sort_key(one.name),
            one.sex,
            one.born,
            seal(one.id_number, f"members_person:{key}:id_number"),
            keyed_hash(one.id_number),
            one.id_number[-4:],
            seal(one.mobile, f"members_person:{key}:mobile"),
            one.mobile[-4:],
            "",
            one.education[0],
            one.politics[0],
            "",
            "1",
            "",
            employer,
            now,
        )


def _peers(size: int, places: Sequence[Sequence[Union]], employers: Sequence[Employer]) -> None:
    Organisation._default_manager.bulk_create(
        Organisation(pk=union.pk, code=union.code, name=union.name) for place in places for union in place
    )
    Company._default_manager.bulk_create(Company(pk=one.pk, name=one.name) for one in employers)
    rows = (
        (
            number + 1,
            one.name,
            one.id_number,
            one.sex,
            one.born,
            one.mobile,
            union.pk,
            one.joined_on,
            employers[number % EMPLOYERS].pk,
            one.education[0],
            one.politics[0],
        )
        for number, one, union in _registered(size, places)
    )
    loading.fill(Member, MEMBER, rows)


def _write(file: str, size: int, unions: Sequence[Union], employers: Sequence[Employer]) -> None:
    numbers = [*range(_known(size)), *range(2 * size, 3 * size - _known(size))]
    Random(size).shuffle(numbers)
    tables.write(file, chain([HEADER], (_row(number, size, unions, employers) for number in numbers)))


def _row(number: int, size: int, unions: Sequence[Union], employers: Sequence[Employer]) -> tuple[str, ...]:
    one = human(number)
    has_changed = number < _known(size) // 2
    return (
        one.name,
        one.id_number,
        "男" if one.sex == "1" else "女",
        one.born.isoformat(),
        f"198{number:08d}" if has_changed else one.mobile,
        unions[number % UNIONS].code,
        one.joined_on.isoformat(),
        employers[number % EMPLOYERS].name,
        one.education[1],
        one.politics[1],
    )
