"""The loaded demonstration province: fixed names, printed figures, synthetic people."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Sum
from pytest_django.plugin import DjangoDbBlocker

from cases.kinds import kind_of
from cases.models import (
    AnomalyKind,
    Enrolment,
    MealCheckIn,
    PartnerShop,
    Programme,
    Project,
    ScanAnomaly,
    ScanWindow,
)
from config.demo.load import QUARTERS
from core import scope
from core.checks.identity import birth_date_of, id_number, sex_of
from core.crypto import keyed_hash
from core.models import AuditEvent, Finding, ImportBatch
from funding.models import FundingLine, FundStage, Payment, Settlement
from members.models import Membership, Person
from members.resources import transfer_rows
from metrics.models import DeclaredFigure, Figure, IndicatorTarget, PrintedFigure
from unions.models import (
    Account,
    AdministrativeDivision,
    DemocraticSystem,
    Employer,
    LegalPersonRegistration,
    Union,
    UnitCoverage,
)
from unions.models.tree import AREA_LEVELS

ID_NUMBER = Person._meta.get_field("id_number")
END = date(2023, 9, 30)
SPINE = (
    630103, 630104, 632222, 632322, 632323, 632521, 632522, 632523, 632524, 632525, 632801,
)  # fmt: skip
PREFECTURES = (630100, 630200, 632200, 632300, 632500, 632600, 632700, 632800)


# Without the mark no database is made for a run that holds nothing but this module.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """One load for the whole module, rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        output = StringIO()
        call_command("load_demo", if_empty=True, stdout=output)
        scope.apply_everywhere()
        # What waits for the end of the transaction is checked here, not again after every test.
        connection.check_constraints()
        yield output.getvalue()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _reads(loaded: str) -> None:
    """Every test stands on the loaded province."""


def test_progress_is_told_in_short_lines(loaded: str) -> None:
    lines = loaded.splitlines()
    assert lines[-1].strip().startswith("演示数据已载入，用时")
    assert all(len(line) < 60 for line in lines)


def test_a_second_load_needs_a_word(settings: Any) -> None:
    call_command("load_demo", if_empty=True)
    with pytest.raises(CommandError, match="--reload"):
        call_command("load_demo")
    settings.DEMO_MODE = False
    with pytest.raises(CommandError, match="正式环境"):
        call_command("load_demo", if_empty=True)


def test_divisions_are_complete_and_know_their_former_codes() -> None:
    current = AdministrativeDivision.objects.current()
    assert current.filter(level="county").count() == 45
    assert current.filter(level="prefecture").count() == 8
    assert AdministrativeDivision.objects.get(code=630122).successor_id == 630106
    assert AdministrativeDivision.objects.filter(valid_to__isnull=False).count() == 6


def test_accounts_have_their_fixed_names_and_one_password(settings: Any) -> None:
    expected = {f"{code}.{role}" for code in SPINE for role in ("clerk", "head")}
    expected |= {f"{code}.reviewer" for code in (*PREFECTURES, 630000)} | {"630000.official", "admin"}
    accounts = {account.username: account for account in Account.objects.exclude(role="shop")}
    assert set(accounts) == expected
    clerk = accounts["632322.clerk"]
    assert clerk.name == "尖扎县总工会录入员"
    assert clerk.check_password(settings.DEMO_PASSWORD)


def test_unions_carry_division_codes_and_serials_in_the_order_of_founding() -> None:
    areas = Union.objects.filter(level__in=AREA_LEVELS)
    assert areas.count() == 1 + 8 + 45
    assert all(union.code == str(union.county_id) for union in areas)
    below = Union.objects.filter(county_id=632322).exclude(level__in=AREA_LEVELS).order_by("code")
    assert [union.code for union in below] == [f"632322-{n:04d}" for n in range(1, 98)]
    founded = [union.founded_on for union in below]
    assert founded == sorted(founded, key=lambda day: day or END)


def test_jianzha_is_as_printed() -> None:
    covered = UnitCoverage.objects.filter(county_id=632322).values("employer")
    employers = Employer.objects.filter(pk__in=covered)
    enterprises = employers.filter(ownership__in=("public", "non_public"))
    institutions = Employer.objects.filter(county_id=632322, ownership="institution")
    assert enterprises.count() == 25
    assert institutions.filter(pk__in=covered).count() == 21
    assert employers.filter(ownership="administration").count() == 20
    systems = DemocraticSystem.objects.filter(county_id=632322)
    assert {
        kind: (
            systems.filter(kind=kind, employer__in=enterprises).count(),
            systems.filter(kind=kind, employer__in=institutions).count(),
        )
        for kind in ("congress", "disclosure")
    } == {"congress": (25, 22), "disclosure": (25, 21)}
    certificates = LegalPersonRegistration.objects.filter(
        county_id=632322, issued_on__lte=date(2022, 9, 30), expires_on__gte=END
    )
    assert certificates.values("union").distinct().count() == 97


def test_four_new_unions_of_jianzha_have_67_members() -> None:
    new = Union.objects.filter(county_id=632322, founded_on__gte=date(2022, 9, 1))
    assert new.count() == 4
    assert Membership.objects.filter(union__in=new).count() == 67


def test_what_goes_on_after_the_documents_holds_together() -> None:
    """The demonstration obeys the rules that the actions would have enforced."""
    bar: Any = Project.objects.get(name="泽库县高原职工氧吧")
    assert bar.attributes["area_m2"] == "2049.68" and bar.stated_total == Decimal("5800000.00")
    assert bar.opened_on is not None and bar.opened_on < date(2023, 10, 1)
    used: Any = Project.objects.filter(stage="in_use")
    for project in used:
        passed = project.acceptances.exclude(verdict="failed")
        assert passed.filter(accepted_on__lte=project.opened_on).exists()
        assert not project.visits.filter(visited_on__lt=project.opened_on).exists()
        assert project.visits.count() > 40 and "演示" in project.note
        reports = list(project.progress_reports.order_by("reported_on"))
        for before, after in pairwise(reports):
            assert after.percent >= before.percent or after.fall_reason


def test_breakfast_is_as_printed() -> None:
    programme = Programme.objects.get(kind="breakfast")
    assert programme.county_id == 630103
    assert programme.face_value == Decimal("11.00")
    assert PartnerShop.objects.filter(programme=programme).count() == 18
    assert Enrolment.objects.filter(programme=programme).count() == 764
    meals = MealCheckIn.objects.filter(programme=programme)
    assert 47_500 < meals.filter(served_on__lte=date(2023, 1, 31)).count() < 48_000
    assert meals.filter(served_on__gt=date(2023, 6, 30)).exists()
    line = FundingLine.objects.get(programme=programme, stage=FundStage.RECEIVED)
    assert (line.amount, line.source.name) == (
        Decimal("962000.00"),
        "省市总工会、城中区党委政府、区总工会（未分列）",
    )


def test_every_kind_of_suspicious_scan_is_there_to_be_looked_at() -> None:
    clerk = Account.objects.get(username="630103.clerk")
    found = dict(ScanAnomaly.objects.visible_to(clerk).values_list("kind").annotate(Count("pk")))
    assert found == dict.fromkeys(AnomalyKind.values, 1)
    window = ScanWindow.objects.visible_to(clerk).get()
    assert (window.since, window.until) == (date(2023, 7, 1), END)


def test_months_of_the_breakfast_are_paid_up_to_the_documents() -> None:
    months = {month.month: month for month in Settlement.objects.order_by("month")}
    *settled, waiting = months
    assert settled == [date(2022, month, 1) for month in range(8, 13)] + [date(2023, 1, 1)]
    assert {months[month].stage for month in settled} == {"closed"}
    assert waiting == date(2023, 2, 1) and months[waiting].stage == "drafted"
    paid = Payment.objects.standing().aggregate(total=Sum("amount"))["total"]
    spent = FundingLine.objects.filter(programme__kind="breakfast", stage=FundStage.SPENT)
    meals = MealCheckIn.objects.filter(served_on__lte=date(2023, 1, 31)).count()
    assert paid == spent.aggregate(total=Sum("amount"))["total"] == 8 * meals
    assert all("演示" in payment.reference for payment in Payment.objects.all())
    [returned] = Payment.objects.filter(returned_on__isnull=False)
    again = Payment.objects.standing().get(line=returned.line_id)
    assert (again.paid_on, again.reference) == (date(2023, 2, 16), f"{returned.reference}补")
    assert "日打卡" in months[waiting].exceptions.get(reason="statement").detail
    waiting_lines = months[waiting].lines
    assert waiting_lines.filter(meals_withheld=3).count() == waiting_lines.exclude(objection="").count() == 1


def test_oxygen_bar_keeps_its_contradiction_and_opens_a_finding() -> None:
    bar = Project.objects.get(kind="oxygen_bar", county_id=632323)
    assert bar.stated_total == Decimal("5800000.00")
    assert bar.attributes["area_m2"] == "2049.68"
    amounts = sorted(bar.funding_lines.values_list("amount", flat=True))
    assert amounts == [Decimal(wan * 10_000) for wan in (20, 130, 200, 250)]
    assert Project.objects.get(kind="oxygen_chamber").stated_total == Decimal("400000.00")
    assert (
        Finding.objects.filter(county_id=632323, subject_type="cases.project", subject_id=bar.pk).count() == 1
    )


def test_money_applied_for_is_only_applied_for() -> None:
    line = FundingLine.objects.get(stage=FundStage.APPLIED)
    assert (line.county_id, line.amount) == (632322, Decimal("4581900.00"))


def test_kinds_and_their_fields_are_declared() -> None:
    for row in [*Programme.objects.all(), *Project.objects.all()]:
        kind = kind_of(row.kind)
        assert kind is not None
        assert set(row.attributes) <= {field.key for field in kind.fields}


def test_declared_and_printed_figures_stand_as_in_the_documents() -> None:
    declared = DeclaredFigure.objects.get(indicator="I16", group_value="institution")
    assert (declared.numerator, declared.denominator, declared.printed) == (Decimal(22), Decimal(21), "100%")
    assert PrintedFigure.objects.count() == 257
    assert PrintedFigure.objects.get(code="F0-083").value_text == "580"
    assert PrintedFigure.objects.get(code="F1-007").is_uncertain
    assert IndicatorTarget.objects.get(indicator="I04").value == 60


def test_every_person_is_synthetic_and_sealed() -> None:
    assert 25_000 <= Person.objects.count() <= 35_000
    for person in Person.objects.defer("name_sort").iterator():
        number = ID_NUMBER.unseal(person)
        assert number.startswith("630199") and id_number(number) == number
        assert bytes(person.id_hash) == keyed_hash(number)
        assert number.endswith(person.id_last4)
        assert (birth_date_of(number), str(sex_of(number))) == (person.birth_date, person.sex)


def test_no_plain_id_number_is_stored() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select column_name from information_schema.columns"
            " where table_schema = current_schema and table_name = 'members_person' and data_type = 'bytea'"
        )
        sealed = [name for (name,) in cursor.fetchall()]
        assert {"id_number", "id_hash", "mobile"} <= set(sealed)
        # A sealed column would show as hexadecimal digits, among which any number occurs by chance.
        cursor.execute(
            "select count(*) from members_person p where (to_jsonb(p) - %s::text[])::text ~ '630199[12]'",
            [sealed],
        )
        assert cursor.fetchone() == (0,)
        for name in sealed:
            cursor.execute(
                f"select count(*) from members_person where position('630199'::bytea in {name}) > 0"
            )
            assert cursor.fetchone() == (0,), name


def test_figures_of_every_quarter_are_there_and_differ() -> None:
    province = Figure.objects.filter(county_id=630000, group_key="")
    assert set(province.values_list("quarter", flat=True)) == set(QUARTERS)
    halves = province.filter(indicator="I03").values_list("numerator", "denominator")
    assert len(set(halves)) == len(QUARTERS)


def test_no_part_exceeds_its_whole_but_the_printed_one() -> None:
    figures = Figure.objects.exclude(numerator=None).exclude(denominator=None)
    impossible = {(row.indicator, row.county_id, row.group_value) for row in figures if row.is_impossible}
    assert impossible == {("I16", 632322, "institution")}


def test_every_county_has_figures_that_follow_from_rows() -> None:
    members = Membership.objects.filter(valid_from__lte=END, valid_to=None, state="active")
    by_county = dict(members.values_list("county_id").annotate(Count("pk")))
    figures = Figure.objects.filter(indicator="I03", quarter="2023Q3", group_key="", county_id__in=by_county)
    assert len(by_county) == 45
    assert {row.county_id: row.numerator for row in figures} == by_county
    assert figures.aggregate(total=Sum("numerator"))["total"] == sum(by_county.values())


def test_one_event_covers_the_load() -> None:
    assert AuditEvent.objects.filter(verb="demo.load").count() == 1


def test_transfers_and_a_table_wait_for_somebody(loaded: str) -> None:
    """The county of the README has a request to answer, one it asked for, and rows to decide upon."""
    clerk = Account.objects.get(username="632322.clerk")
    requests: Any = transfer_rows(clerk).order_by("pk")
    assert list(requests.values_list("direction", "state")) == [("转出", "requested"), ("转入", "requested")]
    batch = ImportBatch.objects.visible_to(clerk).get()
    assert (batch.state, batch.rows_new, batch.rows_doubtful, batch.rows_held) == ("checked", 4, 2, 2)
