"""The peer: county × quarter × indicator, each half a query of the ORM, each figure stored by itself."""

from collections.abc import Callable
from datetime import date, timedelta
from time import perf_counter
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from bench.models import PlainFigure
from bench.province import QUARTERS
from bench.quarter.floor import scan
from bench.quarter.sample import sampled_counties
from cases.models import Enrolment, MealCheckIn, Programme, Project, ShopContract, ShopPause
from core import scope
from core.models import Finding
from core.quarters import Quarter
from funding.models import SubsidyEntry, SubsidyGrant
from members.models import NEW_EMPLOYMENT_GROUPS, MemberGroupTag, Membership
from unions.models import (
    DemocraticSystem,
    Employer,
    EmployerHeadcount,
    LegalPersonRegistration,
    Union,
    UnionHeadcount,
    UnitCoverage,
)

Halves = tuple[Any, Any]


def run(sampled: int) -> dict[str, Any]:
    """Seconds for the sampled counties, and their figures."""
    figures: dict[str, Any] = {}
    scan()
    with transaction.atomic():
        scope.apply_everywhere()
        counties = sampled_counties(sampled)
        begun = perf_counter()
        for county in counties:
            for quarter in QUARTERS:
                for code, indicator in INDICATORS.items():
                    halves = indicator(county, quarter)
                    _store(county, quarter, code, halves)
                    figures[f"{county.code} {quarter} {code}"] = [_number(half) for half in halves]
        return {"seconds": perf_counter() - begun, "sample": figures}


def _store(county: Union, quarter: Quarter, code: str, halves: Halves) -> None:
    PlainFigure._default_manager.update_or_create(
        organisation_id=county.pk,
        quarter=str(quarter),
        indicator=code,
        defaults={"numerator": halves[0], "denominator": halves[1]},
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _valid(rows: Any, county: Union, day: date) -> Any:
    """Rows of the county that hold on a day."""
    rows = rows.filter(county_id=county.county_id, archived_at__isnull=True, valid_from__lte=day)
    return rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def _members(county: Union, day: date) -> QuerySet[Membership]:
    rows = _valid(Membership.objects.all(), county, day)
    return rows.filter(state="active", person__archived_at__isnull=True)  # type: ignore[no-any-return]


def _tagged(county: Union, day: date, groups: list[str]) -> int:
    tags = _valid(MemberGroupTag.objects.filter(group__in=groups), county, day)
    return _members(county, day).filter(person__in=tags.values("person")).count()


def _employers(county: Union, day: date) -> QuerySet[Employer]:
    rows = Employer.objects.filter(county_id=county.county_id, archived_at__isnull=True, listed_on__lte=day)
    return rows.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day))


def _expected(county: Union, day: date) -> QuerySet[Employer]:
    idle = _valid(EmployerHeadcount.objects.filter(workers=0), county, day)
    return _employers(county, day).filter(is_legal_entity=True).exclude(pk__in=idle.values("employer"))


def _covered(rows: QuerySet[Employer], county: Union, day: date) -> QuerySet[Employer]:
    return rows.filter(pk__in=_valid(UnitCoverage.objects.all(), county, day).values("employer"))


def _workers(employers: QuerySet[Employer], county: Union, day: date, column: str) -> Any:
    counts = _valid(EmployerHeadcount.objects.filter(employer__in=employers), county, day)
    return counts.aggregate(total=Sum(column))["total"]


def establishment(county: Union, quarter: Quarter) -> Halves:
    expected = _expected(county, quarter.end)
    return _covered(expected, county, quarter.end).count(), expected.count()


def nonpublic(county: Union, quarter: Quarter) -> Halves:
    expected = _expected(county, quarter.end).filter(ownership="non_public")
    return _covered(expected, county, quarter.end).count(), expected.count()


def density(county: Union, quarter: Quarter) -> Halves:
    covered = _covered(_employers(county, quarter.end), county, quarter.end)
    return _members(county, quarter.end).count(), _workers(covered, county, quarter.end, "workers")


def rural_migrants(county: Union, quarter: Quarter) -> Halves:
    employers = _employers(county, quarter.end)
    members = _tagged(county, quarter.end, ["rural_migrant"])
    return members, _workers(employers, county, quarter.end, "rural_migrants")


def new_employment(county: Union, quarter: Quarter) -> Halves:
    employers = _employers(county, quarter.end)
    members = _tagged(county, quarter.end, list(NEW_EMPLOYMENT_GROUPS))
    return members, _workers(employers, county, quarter.end, "new_employment")


def women(county: Union, quarter: Quarter) -> Halves:
    covered = _covered(_employers(county, quarter.end), county, quarter.end)
    members = _members(county, quarter.end).filter(person__sex="2")
    return members.count(), _workers(covered, county, quarter.end, "female_workers")


def real_names(county: Union, quarter: Quarter) -> Halves:
    verified = _members(county, quarter.end).filter(person__verified_at__date__lte=quarter.end)
    unions = Union.objects.filter(county_id=county.county_id, archived_at__isnull=True)
    reports = []
    for union in unions.filter(Q(dissolved_on__isnull=True) | Q(dissolved_on__gt=quarter.end)):
        counted = UnionHeadcount.objects.filter(
            union=union, archived_at__isnull=True, counted_on__lte=quarter.end
        )
        newest = counted.order_by("-counted_on").first()
        if newest:
            reports.append(newest.members)
    return verified.count(), sum(reports) if reports else None


def certificates(county: Union, quarter: Quarter) -> Halves:
    day = quarter.end
    unions = Union.objects.filter(county_id=county.county_id, archived_at__isnull=True)
    unions = unions.exclude(level__in=("provincial", "prefecture", "county"), line="territorial")
    unions = unions.exclude(founded_on__gt=day).exclude(dissolved_on__lte=day)
    valid = LegalPersonRegistration.objects.filter(archived_at__isnull=True, issued_on__lte=day)
    valid = valid.exclude(expires_on__lt=day)
    return unions.filter(pk__in=valid.values("union")).count(), unions.count()


def _system(county: Union, day: date, kind: str) -> Halves:
    employers = _employers(county, day)
    systems = _valid(DemocraticSystem.objects.filter(kind=kind), county, day)
    with_system = employers.filter(pk__in=systems.values("employer"))
    return with_system.count(), _covered(employers, county, day).count()


def congress(county: Union, quarter: Quarter) -> Halves:
    return _system(county, quarter.end, "congress")


def disclosure(county: Union, quarter: Quarter) -> Halves:
    return _system(county, quarter.end, "disclosure")


def breakfast(county: Union, quarter: Quarter) -> Halves:
    meals = MealCheckIn.objects.filter(
        county_id=county.county_id, served_on__range=(quarter.start, quarter.end)
    ).count()
    days = 0
    programmes: Any = Programme.objects.filter(county_id=county.county_id, kind="breakfast")
    for programme in programmes:
        serving = _serving_days(programme, quarter)
        for one in Enrolment.objects.filter(programme=programme, archived_at__isnull=True):
            days += sum(
                1 for day in serving if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
            )
    return meals, days


def _serving_days(programme: Programme, quarter: Quarter) -> list[date]:
    own = {"shop__programme": programme, "shop__archived_at": None, "archived_at": None}
    contracts = list(ShopContract.objects.filter(**own))
    pauses = list(ShopPause.objects.filter(**own))
    days = [quarter.start + timedelta(days=n) for n in range((quarter.end - quarter.start).days + 1)]
    return [
        day
        for day in days
        if programme.runs_on(day)
        and {one.shop_id for one in contracts if _holds(one, day)}
        - {one.shop_id for one in pauses if _holds(one, day)}
    ]


def _holds(row: Any, day: date) -> bool:
    return bool(row.valid_from <= day and (row.valid_to is None or day < row.valid_to))


def subsidies(county: Union, quarter: Quarter) -> Halves:
    grants: Any = SubsidyGrant.objects.filter(
        county_id=county.county_id,
        archived_at__isnull=True,
        year=quarter.end.year,
        granted_on__lte=quarter.end,
    )
    came: Any = SubsidyEntry.objects.filter(
        grant__in=grants, stage="received", archived_at__isnull=True, occurred_on__lte=quarter.end
    )
    received, granted = (rows.aggregate(total=Sum("amount"))["total"] or 0 for rows in (came, grants))
    return received, granted


def reconciliation(county: Union, quarter: Quarter) -> Halves:
    agreeing = several = 0
    projects: Any = Project.objects.filter(county_id=county.county_id, archived_at__isnull=True)
    for project in projects:
        lines = project.funding_lines.filter(
            archived_at__isnull=True, recorded_on__lte=quarter.end, stage="approved"
        )
        if lines.values("source").distinct().count() < 2:
            continue
        several += 1
        is_open = Finding.objects.filter(
            subject_type="cases.project", subject_id=project.pk, state=Finding.State.OPEN
        ).exists()
        agreeing += lines.aggregate(total=Sum("amount"))["total"] == project.stated_total and not is_open
    return agreeing, several


INDICATORS: dict[str, Callable[[Union, Quarter], Halves]] = {
    "I01": establishment,
    "I02": nonpublic,
    "I03": density,
    "I04": rural_migrants,
    "I05": new_employment,
    "I06": women,
    "I08": real_names,
    "I11": certificates,
    "I16": congress,
    "I17": disclosure,
    "I36": breakfast,
    "I39": subsidies,
    "I40": reconciliation,
}
