"""A province at work: unions, employers, members, breakfasts, projects in every county, made by PostgreSQL.

`size` is the number of memberships; everything else is in proportion. All counties are alike in size, so that
a sample of them stands for all.
"""

from typing import Any

from django.db import connection

from bench import loading
from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme, Project, ShopContract
from core.quarters import Quarter
from funding.models import FundingLine, FundingSource, SubsidyEntry, SubsidyGrant
from members.models import MemberGroupTag, Membership, Person
from unions.models import (
    DemocraticSystem,
    Employer,
    EmployerHeadcount,
    LegalPersonRegistration,
    Union,
    UnionHeadcount,
    UnitCoverage,
)

LAST = Quarter(2023, 4)
QUARTERS = LAST.last(8)
UNIONS = 20
WORKERS_PER_EMPLOYER, MEALS_PER_ENROLMENT, MEMBERS_PER_ENROLMENT = 20, 50, 50
KINDS = ("independent", "joint", "regional_federation", "project_union")

# Where row number i belongs: its county and a union in it.
PLACES = """
create temporary table place as
  select row_number() over (order by code) - 1 as n, id as area_id, county_id
  from unions_union where level = 'county';
create temporary table low as
  select place.n, place.county_id, place.area_id, u.id as union_id,
         row_number() over (partition by place.n order by u.code) - 1 as k
  from place join unions_union u on u.parent_id = place.area_id;
"""
EACH_EMPLOYER = "from unions_employer e"
EACH_PERSON = "from members_person p"
EACH_PLACE = "from place"


def run(size: int) -> dict[str, Any]:
    """Fill an empty portal."""
    with loading.province() as unions:
        areas = loading.counties(unions)
        Union.objects.bulk_create(_grassroots(area, number) for area in areas for number in range(UNIONS))
        with connection.cursor() as cursor:
            cursor.execute(PLACES)
        _unions()
        _employers(max(size // WORKERS_PER_EMPLOYER, len(areas)), len(areas))
        _members(size, len(areas))
        _breakfasts(len(areas))
        _projects()
    loading.settle()
    return {}


def _grassroots(area: Union, number: int) -> Union:
    return Union(
        code=f"{area.code}-{number + 1:04d}",
        name=f"{area.name}第{number + 1}基层工会",
        parent=area,
        parent_path=area.path,
        county_id=area.county_id,
        level="grassroots",
        kind=KINDS[number % len(KINDS)],
        founded_on="2015-05-01",
    )


def _unions() -> None:
    place = {"union_id": "union_id", "county_id": "county_id"}
    loading.insert(
        LegalPersonRegistration,
        "from low where k %% 5 <> 0",
        **place,
        certificate_no="'81-' || union_id",
        issued_on="date '2019-01-01' + (k * 97)::int",
    )
    loading.insert(UnionHeadcount, "from low", **place, counted_on="date '2021-06-30'", members="100 + k")


def _employers(count: int, counties: int) -> None:
    loading.insert(
        Employer,
        f"from generate_series(0, {count - 1}) i join place on n = i %% {counties}",
        union_id="area_id",
        county_id="county_id",
        name="'示范企业' || i",
        name_sort="'shi fan qi ye ' || i",
        ownership=f"(array['public', 'non_public', 'non_public', 'institution'])[1 + i / {counties} %% 4]",
        industry_code=f"chr(65 + i / {counties} %% 20)",
        listed_on="date '2015-01-01' + i %% 2000",
        closed_on="case when i %% 23 = 0 then date '2022-08-01' + i %% 300 end",
    )
    own = {"employer_id": "e.id", "union_id": "e.union_id", "county_id": "e.county_id"}
    for since, until in (
        ("2020-01-01", "'2022-01-01'"),
        ("2022-01-01", "'2023-01-01'"),
        ("2023-01-01", "null"),
    ):
        loading.insert(
            EmployerHeadcount,
            EACH_EMPLOYER,
            **own,
            valid_from=f"date '{since}'",
            valid_to=f"{until}::date",
            workers="20 + e.id %% 30",
            female_workers="8 + e.id %% 7",
            rural_migrants="e.id %% 9",
            new_employment="case when e.id %% 10 = 0 then 3 end",
        )
    loading.insert(
        UnitCoverage,
        f"{EACH_EMPLOYER} join low on low.area_id = e.union_id and low.k = e.id %% {UNIONS}"
        " where e.id %% 5 <> 0",
        **{**own, "union_id": "low.union_id"},
        valid_from="date '2016-01-01' + (e.id %% 2500)::int",
    )
    for kind, condition in (("congress", "e.id %% 5 in (1, 2, 3)"), ("disclosure", "e.id %% 2 = 1")):
        loading.insert(
            DemocraticSystem,
            f"{EACH_EMPLOYER} where {condition}",
            **own,
            kind=f"'{kind}'",
            valid_from="date '2017-01-01' + (e.id %% 2300)::int",
        )


def _members(size: int, counties: int) -> None:
    loading.insert(
        Person,
        f"from generate_series(0, {size - 1}) i"
        f" join low on n = i %% {counties} and k = i / {counties} %% {UNIONS}",
        id="i + 1",
        uuid="gen_random_uuid()",
        union_id="union_id",
        county_id="county_id",
        name="'示范会员' || i",
        name_sort="'shi fan hui yuan ' || i",
        sex="(1 + i %% 2)::text",
        birth_date="date '1965-01-01' + i %% 13000",
        id_number="decode(repeat('00', 48), 'hex')",
        id_hash="sha256(i::text::bytea)",
        id_last4="lpad((i %% 10000)::text, 4, '0')",
        verified_at="timestamptz '2021-01-01' + (i %% 1000) * interval '1 day'",
    )
    own = {"person_id": "p.id", "union_id": "p.union_id", "county_id": "p.county_id"}
    loading.insert(
        Membership,
        f"{EACH_PERSON}, lateral (select date '2019-01-01' + (p.id * 7919 %% 1800)::int as since) s",
        **own,
        valid_from="since",
        valid_to="case when p.id %% 7 = 0 then since + 400 + (p.id %% 300)::int end",
        ended_by="case when p.id %% 7 = 0 then '6' else '' end",
        state="case when p.id %% 19 = 3 then 'retained' else 'active' end",
    )
    for group, condition in (("rural_migrant", "p.id %% 7 = 1"), ("courier", "p.id %% 16 = 2")):
        loading.insert(
            MemberGroupTag,
            f"{EACH_PERSON} where {condition}",
            **own,
            group=f"'{group}'",
            valid_from="date '2019-06-01'",
            evidence="'单位证明'",
        )


def _breakfasts(counties: int) -> None:
    area = {"union_id": "area_id", "county_id": "county_id"}
    loading.insert(
        Programme,
        EACH_PLACE,
        **area,
        kind="'breakfast'",
        name="'爱心早餐' || n",
        name_sort="'ai xin zao can ' || n",
        attributes="'{}'::jsonb",
        started_on="date '2021-07-01'",
        face_value="11",
    )
    own = {"programme_id": "g.id", "union_id": "g.union_id", "county_id": "g.county_id"}
    loading.insert(
        PartnerShop,
        "from cases_programme g, generate_series(1, 3) shop",
        **own,
        name="shop || '号店'",
        office="'街道' || shop",
        stage="'contracted'",
        door_code="encode(sha256((g.id || '/' || shop)::bytea), 'hex')::varchar(12)",
    )
    loading.insert(
        ShopContract,
        "from cases_partnershop s",
        union_id="s.union_id",
        county_id="s.county_id",
        shop_id="s.id",
        valid_from="date '2021-07-01' + left(s.name, 1)::int * 30",
    )
    loading.insert(
        Enrolment,
        "from cases_programme g join members_person p on p.county_id = g.county_id"
        f" where (p.id - 1) / {counties} %% {MEMBERS_PER_ENROLMENT} = 0",
        **own,
        person_id="p.id",
        office="'街道' || (1 + p.id %% 3)",
        valid_from="date '2021-08-01' + (p.id %% 200)::int",
    )
    loading.insert(
        MealCheckIn,
        "from cases_enrolment n"
        " join (select programme_id, min(id) as id from cases_partnershop group by 1) s using (programme_id),"
        f" generate_series(0, {MEALS_PER_ENROLMENT - 1}) meal",
        union_id="n.union_id",
        county_id="n.county_id",
        programme_id="n.programme_id",
        shop_id="s.id",
        enrolment_id="n.id",
        person_id="n.person_id",
        served_on="date '2022-01-01' + meal * 14 + (n.id %% 7)::int",
    )


def _projects() -> None:
    area = {"union_id": "area_id", "county_id": "county_id"}
    loading.insert(
        Project,
        f"{EACH_PLACE}, generate_series(1, 3) i",
        **area,
        kind="'oxygen_bar'",
        name="'职工氧吧' || n || '-' || i",
        name_sort="'zhi gong yang ba ' || n || i",
        attributes="'{}'::jsonb",
        stated_total="case when i = 1 then 310 else 300 end",
    )
    for kind in ("superior_union", "enterprise", "county_match"):
        loading.insert(FundingSource, EACH_PLACE, **area, name=f"'{kind}'", kind=f"'{kind}'")
    for stage, amount in (("approved", "100"), ("received", "80"), ("spent", "50")):
        loading.insert(
            FundingLine,
            "from cases_project j join funding_fundingsource s on s.union_id = j.union_id",
            union_id="j.union_id",
            county_id="j.county_id",
            project_id="j.id",
            source_id="s.id",
            stage=f"'{stage}'",
            amount=amount,
            recorded_on="date '2021-10-01' + (j.id %% 700)::int",
        )
    loading.insert(
        SubsidyGrant,
        f"{EACH_PLACE}, generate_series(2021, 2023) y",
        **area,
        year="y",
        tier="'national'",
        amount="300000",
        granted_on="make_date(y, 2, 1)",
        document_no="''",
    )
    loading.insert(
        SubsidyEntry,
        "from funding_subsidygrant g",
        union_id="g.union_id",
        county_id="g.county_id",
        grant_id="g.id",
        stage="'received'",
        amount="200000",
        occurred_on="g.granted_on + (g.id %% 300)::int",
        purpose="''",
        document_no="''",
    )
