"""One county's month: 25 check-ins of each worker, 200 shops; some outside hours, some booked by a mate, the others on phones of their own."""

from typing import Any

from bench import loading
from cases.models import Enrolment, MealCheckIn, PartnerShop, Programme, ShopContract
from funding.models import CostShare, CostShareRule, FundingSource
from members.models import Person

DAYS, SHOPS = 25, 200
# Check-ins of the month before, which the measured process settles first.
BEFORE = 1000
COUNTY = 630103


def run(size: int) -> dict[str, Any]:
    """Fill an empty portal."""
    with loading.province() as unions:
        union = unions[COUNTY]
        place = {"union_id": union.pk, "county_id": union.county_id}
        programme = Programme.objects.create(
            **place,
            kind="breakfast",
            name="爱心早餐",
            name_sort="ai xin zao can",
            started_on="2022-01-01",
            face_value=11,
            attributes={"serves_from": "06:30", "serves_until": "09:30"},
        )
        _rule(programme, place)
        own = {name: str(value) for name, value in place.items()}
        _shops(programme, own)
        _workers(max(size // DAYS, 1), programme, own)
        _meals(programme, own, "2022-12-01", days=1, workers=BEFORE)
        _meals(programme, own, "2023-01-01", days=DAYS, workers=size)
    loading.settle()
    return {}


def _rule(programme: Programme, place: dict[str, Any]) -> None:
    rule = CostShareRule.objects.create(**place, programme=programme, face_value=11, valid_from="2022-01-01")
    sources = [
        FundingSource.objects.create(**place, name=name, kind="superior_union")
        for name in ("省总工会", "区总工会")
    ]
    CostShare.objects.create(**place, rule=rule, position=1, payer="worker", amount=1)
    for position, (source, weight) in enumerate(zip(sources, ("1.8", "1"), strict=True), 2):
        CostShare.objects.create(
            **place, rule=rule, position=position, payer="source", source=source, weight=weight
        )


def _shops(programme: Programme, own: dict[str, str]) -> None:
    loading.insert(
        PartnerShop,
        f"from generate_series(1, {SHOPS}) shop",
        **own,
        programme_id=str(programme.pk),
        name="shop || '号店'",
        stage="'contracted'",
        door_code="encode(sha256(shop::text::bytea), 'hex')::varchar(12)",
    )
    loading.insert(
        ShopContract, "from cases_partnershop s", **own, shop_id="s.id", valid_from="date '2022-01-01'"
    )


def _workers(count: int, programme: Programme, own: dict[str, str]) -> None:
    loading.insert(
        Person,
        f"from generate_series(1, {count}) i",
        uuid="gen_random_uuid()",
        **own,
        name="'示范职工' || i",
        name_sort="'shi fan zhi gong ' || i",
        sex="'1'",
        birth_date="date '1970-01-01' + i %% 9000",
        id_number="decode(repeat('00', 48), 'hex')",
        id_hash="sha256(i::text::bytea)",
        id_last4="lpad((i %% 10000)::text, 4, '0')",
    )
    loading.insert(
        Enrolment,
        "from members_person p",
        **own,
        programme_id=str(programme.pk),
        person_id="p.id",
        valid_from="date '2022-01-01'",
    )


def _meals(programme: Programme, own: dict[str, str], first: str, *, days: int, workers: int) -> None:
    """Spread over the serving hours; one in five hundred comes late, every twentieth worker is booked by a mate."""
    loading.insert(
        MealCheckIn,
        "from (select id, person_id, row_number() over (order by id) as k, lag(person_id) over (order by id) as mate"
        f" from cases_enrolment order by id limit {workers}) n"
        f" cross join generate_series(0, {days - 1}) d"
        f" join (select id, row_number() over (order by id) - 1 as k from cases_partnershop) s"
        f" on s.k = (n.k * 7 + d) %% {SHOPS}",
        **own,
        programme_id=str(programme.pk),
        shop_id="s.id",
        enrolment_id="n.id",
        person_id="n.person_id",
        served_on=f"date '{first}' + d",
        served_at=f"timestamptz '{first} 06:30+08' + d * interval '1 day' + (n.k * 613 %% 10800) * interval '1 s'"
        " + case when (n.k + d) %% 500 = 0 then interval '4 hours' else interval '0' end",
        channel="case when n.k %% 20 = 0 then 'proxy' else 'worker_scan' end",
        proxy_by_id="case when n.k %% 20 = 0 then n.mate end",
        browser="case when n.k %% 20 = 0 then '' else left(md5(n.k::text), 16) end",
    )
