"""The yearly subsidy: tiers, standards, the run, what came and was spent, what lies too long; funding targets."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import scope
from core.actions import Refused, bootstrap
from core.imports.actions import undo
from core.models import Finding
from funding import actions
from funding.models import (
    CountyTier,
    FundingTarget,
    SourceMember,
    SubsidyEntry,
    SubsidyGrant,
    SubsidyStandard,
)
from metrics import actions as metrics
from tests.imports.conftest import check, commit, counts, problems
from tests.world import PASSWORD, World

TODAY = timezone.localdate()
# The 29th of February counts as the 28th, as the database counts months.
A_YEAR_AGO = TODAY.replace(year=TODAY.year - 1, day=min(TODAY.day, 28 if TODAY.month == 2 else 31))
TIERS = {"632322": "national", "632323": "provincial", "630103": "prefecture"}
WORTH = {"national": 300_000, "provincial": 200_000, "prefecture": 100_000}
START = date(2023, 1, 1)


def sign_in(client: Client, name: str) -> Client:
    assert client.login(username=name, password=PASSWORD)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def ready(world: World) -> World:
    """Standards of 30, 20 and 10 万元 and a tier for every county."""
    admin = world.account("admin")
    for tier, amount in WORTH.items():
        actions.set_standard(by=admin, tier=tier, amount=Decimal(amount), valid_from=START, basis="办法")
    for code, tier in TIERS.items():
        actions.set_tier(by=admin, union=world.unions[code], year=2023, tier=tier)
    return world


def run(world: World, by: str = "630000.reviewer", **changed: Any) -> Any:
    given = {"year": 2023, "granted_on": date(2023, 3, 1), "document_no": "青工发1号", **changed}
    return actions.grant_subsidies(by=world.account(by), **given)


def test_a_run_grants_every_county_once(ready: World) -> None:
    done = run(ready)
    assert (len(done.coming), done.total) == (3, Decimal(600_000))
    amounts = SubsidyGrant.objects.order_by("amount").values_list("union__code", "amount", "tier")
    assert [(code, int(amount)) for code, amount, _ in amounts] == [
        ("630103", 100_000),
        ("632323", 200_000),
        ("632322", 300_000),
    ]
    with pytest.raises(Refused, match="没有要下达的县"):
        run(ready)
    assert SubsidyGrant.objects.count() == 3


def test_a_run_reaches_as_far_as_its_account(ready: World) -> None:
    done = run(ready, by="632300.reviewer")
    assert {item.union.code for item in done.coming} == {"632322", "632323"}
    assert len(run(ready).coming) == 1
    with pytest.raises(PermissionDenied):
        run(ready, by="632322.clerk")


def test_a_change_of_tier_leaves_what_was_granted(ready: World) -> None:
    run(ready)
    tier = CountyTier.objects.get(union=ready.unions["632322"])
    actions.change_tier(by=ready.account("admin"), row=tier, tier="prefecture", reason="调整")
    grant = SubsidyGrant.objects.get(union=ready.unions["632322"])
    assert (grant.tier, grant.amount) == ("national", Decimal(300_000))
    with pytest.raises(Refused, match="没有要下达的县"):
        run(ready)


def test_standards_hold_from_a_day_to_a_day(ready: World) -> None:
    admin = ready.account("admin")
    old = SubsidyStandard.objects.get(tier="national")
    given = {
        "tier": "national",
        "amount": Decimal(350_000),
        "valid_from": date(2023, 7, 1),
        "basis": "新办法",
    }
    with pytest.raises(Refused, match="已有补助标准"):
        actions.set_standard(by=admin, **given)
    with pytest.raises(Refused, match="不能改"):
        actions.change_standard(by=admin, row=old, amount=Decimal(1))
    with pytest.raises(Refused, match=r"^终止日期必须晚于起始日期。$"):
        actions.change_standard(by=admin, row=old, valid_to=date(2022, 7, 1))
    actions.change_standard(by=admin, row=old, valid_to=date(2023, 7, 1))
    actions.set_standard(by=admin, **given)
    assert run(ready, granted_on=date(2023, 7, 1)).total == Decimal(650_000)
    with pytest.raises(Refused, match="由省级工会制定"):
        actions.set_standard(by=ready.account("632300.reviewer"), **given)


def test_what_was_granted_keeps_its_standard(ready: World) -> None:
    run(ready, granted_on=date(2023, 3, 20))
    admin, row = ready.account("admin"), SubsidyStandard.objects.get(tier="national")
    for field, value, words in (
        ("spend_within", 60, "已下达 1 笔补助，使用期限不能改。要换标准，请给它填写终止日期，再制定新标准"),
        ("valid_to", date(2023, 3, 20), "最后一笔在 2023-03-20，终止日期要在这一天以后"),
    ):
        with pytest.raises(Refused, match=words) as refused:
            actions.change_standard(by=admin, row=row, **{field: value})
        assert refused.value.field == field
    with pytest.raises(Refused, match="已下达 1 笔补助，不能归档"):
        actions.archive_standard(by=admin, row=row, reason="记错")
    told = {"spend_within": 12, "valid_to": date(2023, 3, 21), "basis": "办法（勘误）"}
    actions.change_standard(by=admin, row=row, **told)


def test_a_standard_is_free_again_when_its_grants_are_withdrawn(ready: World) -> None:
    run(ready)
    admin, row = ready.account("admin"), SubsidyStandard.objects.get(tier="national")
    actions.archive_grant(by=admin, row=SubsidyGrant.objects.get(tier="national"), reason="记错")
    actions.change_standard(by=admin, row=row, spend_within=60)
    assert actions.archive_standard(by=admin, row=row, reason="记错").is_archived


def test_the_database_keeps_the_standard_of_what_was_granted(ready: World) -> None:
    run(ready, granted_on=date(2023, 3, 20))
    standard = SubsidyStandard.objects.filter(tier="national")
    for values in ({"spend_within": 60}, {"valid_to": date(2023, 3, 20)}, {"archived_at": timezone.now()}):
        with (
            pytest.raises(IntegrityError, match="standard in use"),
            bootstrap("demo.load", lambda: ready.accounts["admin"]),
        ):
            standard.update(**values)
    grant = SubsidyGrant.objects.get(tier="national")
    actions.archive_grant(by=ready.account("admin"), row=grant, reason="记错")
    actions.archive_standard(by=ready.account("admin"), row=standard.get(), reason="记错")
    with (
        pytest.raises(IntegrityError, match="standard not in force"),
        bootstrap("demo.load", lambda: ready.accounts["admin"]),
    ):
        SubsidyGrant.objects.filter(pk=grant.pk).update(archived_at=None)


def test_a_tier_without_a_standard_stops_the_run(ready: World) -> None:
    with pytest.raises(Refused, match="没有有效的补助标准"):
        run(ready, granted_on=date(2022, 12, 31))
    assert not SubsidyGrant.objects.exists()


def test_what_was_shown_is_what_is_granted(ready: World) -> None:
    with pytest.raises(Refused, match="刚有变动"):
        run(ready, expected=Decimal(500_000))
    assert run(ready, expected=Decimal(600_000)).total == Decimal(600_000)


def test_money_that_comes_and_goes_stays_within_the_grant(ready: World) -> None:
    run(ready)
    grant, by = SubsidyGrant.objects.get(union=ready.unions["632322"]), ready.account("632322.clerk")

    def enter(stage: str, amount: int, **more: Any) -> SubsidyEntry:
        entry: SubsidyEntry = actions.record_entry(
            by=by, row=grant, stage=stage, amount=Decimal(amount), occurred_on=TODAY, **more
        )
        return entry

    came = enter("received", 250_000)
    with pytest.raises(Refused, match=r"最多还能登记 50,000.00 元"):
        enter("received", 50_001)
    with pytest.raises(Refused, match="用途"):
        enter("spent", 5)
    enter("spent", 200_000, purpose="添置设备")
    with pytest.raises(Refused, match=r"最多还能登记 50,000.00 元"):
        enter("spent", 50_001, purpose="培训")
    with pytest.raises(Refused, match="支出会多于到账"):
        actions.archive_entry(by=by, row=grant, entry=came, reason="记错")
    with pytest.raises(Refused, match="不能撤回"):
        actions.archive_grant(by=ready.account("630000.reviewer"), row=grant, reason="记错")
    row = SubsidyGrant.objects.with_money(TODAY).get(pk=grant.pk)
    assert (row.received, row.spent, row.unspent) == (250_000, 200_000, 50_000)


def test_money_of_a_year_does_not_come_before_it_unless_granted_beforehand(ready: World) -> None:
    run(ready)
    grant, by = SubsidyGrant.objects.get(union=ready.unions["632322"]), ready.account("632322.clerk")
    given: dict[str, Any] = {"by": by, "row": grant, "stage": "received", "amount": Decimal(1)}
    with pytest.raises(Refused, match="2023年的补助，日期不能早于 2023-01-01"):
        actions.record_entry(**given, occurred_on=date(2022, 12, 31))
    actions.record_entry(**given, occurred_on=date(2023, 1, 1))
    actions.set_tier(by=ready.account("admin"), union=grant.union, year=2024, tier="national")
    run(ready, year=2024, granted_on=date(2023, 11, 30))
    ahead = SubsidyGrant.objects.get(union=grant.union, year=2024)
    with pytest.raises(Refused, match="不能早于 2023-11-30"):
        actions.record_entry(**{**given, "row": ahead}, occurred_on=date(2023, 11, 29))
    actions.record_entry(**{**given, "row": ahead}, occurred_on=date(2023, 11, 30))


def test_one_document_is_not_entered_twice(ready: World) -> None:
    run(ready)
    grant, by = SubsidyGrant.objects.get(union=ready.unions["632322"]), ready.account("632322.clerk")
    given: dict[str, Any] = {"by": by, "row": grant, "stage": "received", "occurred_on": TODAY}
    entry = actions.record_entry(**given, amount=Decimal(500), document_no="青银1号")
    with pytest.raises(Refused, match=r"同样金额的到账已登记过.*500.00 元，凭证号“青银1号”"):
        actions.record_entry(**given, amount=Decimal(500), document_no=" 青银1号 ")
    actions.record_entry(**given, amount=Decimal(501), document_no="青银1号")
    actions.archive_entry(by=by, row=grant, entry=entry, reason="记错")
    actions.record_entry(**given, amount=Decimal(500), document_no="青银1号")


def test_entries_can_be_told_apart_where_one_is_taken_out(client: Client, ready: World) -> None:
    run(ready)
    grant, by = SubsidyGrant.objects.get(union=ready.unions["632322"]), ready.account("632322.clerk")
    for number in ("甲1", ""):
        actions.record_entry(
            by=by, row=grant, stage="received", amount=Decimal(500), occurred_on=TODAY, document_no=number
        )
    page = text(sign_in(client, "632322.clerk").get(f"/subsidy_grants/{grant.pk}/archive-entry/"))
    assert f"{TODAY} 到账 500.00 元（甲1）</option>" in page and f"{TODAY} 到账 500.00 元</option>" in page


def test_nothing_is_spent_before_it_came(ready: World) -> None:
    run(ready)
    grant, by = SubsidyGrant.objects.get(union=ready.unions["632322"]), ready.account("632322.clerk")
    given = {"by": by, "row": grant}
    came = actions.record_entry(**given, stage="received", amount=Decimal(500), occurred_on=date(2023, 4, 2))
    spent = {**given, "stage": "spent", "purpose": "培训"}
    with pytest.raises(Refused, match=r"2023-04-01 最多还能登记 0\.00 元"):
        actions.record_entry(**spent, amount=Decimal(1), occurred_on=date(2023, 4, 1))
    actions.record_entry(**spent, amount=Decimal(400), occurred_on=date(2023, 6, 1))
    with pytest.raises(Refused, match=r"2023-04-02 最多还能登记 100\.00 元"):
        actions.record_entry(**spent, amount=Decimal(101), occurred_on=date(2023, 4, 2))
    actions.record_entry(**given, stage="received", amount=Decimal(500), occurred_on=date(2023, 7, 1))
    with pytest.raises(Refused, match="支出会多于到账"):
        actions.archive_entry(**given, entry=came, reason="记错")


def test_standards_are_offered_to_the_province_alone(client: Client, ready: World) -> None:
    assert "制定补助标准" in text(sign_in(client, "630000.reviewer").get("/subsidy_standards/"))
    assert "制定补助标准" not in text(sign_in(client, "632300.reviewer").get("/subsidy_standards/"))


def test_money_that_lies_too_long_is_found(client: Client, ready: World) -> None:
    run(ready)
    grant, by = SubsidyGrant.objects.get(union=ready.unions["632322"]), ready.account("632322.clerk")
    for days, amount in ((400, 100_000), (20, 50_000)):
        actions.record_entry(
            by=by,
            row=grant,
            stage="received",
            amount=Decimal(amount),
            occurred_on=TODAY - timedelta(days=days),
        )
    actions.record_entry(
        by=by, row=grant, stage="spent", amount=Decimal(30_000), occurred_on=TODAY, purpose="培训"
    )
    metrics.run_checks(by=by)
    finding = Finding.objects.get(check_key="unspent_subsidy")
    assert "7万元 到账超过12个月" in finding.message
    clerk = sign_in(client, "632322.clerk")
    listed = text(clerk.get("/subsidy_grants/?state=overdue"))
    assert "70,000.00" in listed and "年度下达" not in listed
    assert f"/subsidy_grants/{grant.pk}/" in text(clerk.get(f"/findings/{finding.pk}/"))
    actions.record_entry(
        by=by, row=grant, stage="spent", amount=Decimal(70_000), occurred_on=TODAY, purpose="设备"
    )
    metrics.run_checks(by=by)
    finding.refresh_from_db()
    assert finding.state == Finding.State.CORRECTED


def test_the_run_is_previewed_and_then_granted_once(client: Client, ready: World) -> None:
    reviewer = sign_in(client, "630000.reviewer")
    page = text(reviewer.get("/subsidy_grants/run/?year=2023&granted_on=2023-03-01"))
    assert "将下达 3 个县，合计 600,000.00 元" in page and "300,000.00" in page
    form = {"year": "2023", "granted_on": "2023-03-01", "document_no": "青工发1号", "expected": "600000.00"}
    answer = reviewer.post("/subsidy_grants/run/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/subsidy_grants/?year=2023")
    assert "将下达 0 个县，合计 0.00 元" in text(reviewer.get("/subsidy_grants/run/?year=2024"))
    again = reviewer.post("/subsidy_grants/run/", form)
    assert again.status_code == 422 and "没有要下达的县" in text(again)
    assert SubsidyGrant.objects.count() == 3
    listed = text(reviewer.get("/subsidy_grants/"))
    assert "3 个县 60.00 万元" in listed and "年度下达" in listed
    assert reviewer.get("/subsidy_grants/run/?year=soon").status_code == 200
    assert reviewer.post("/subsidy_grants/run/", {}).status_code == 422


def test_tiers_are_carried_into_the_next_year_once(client: Client, ready: World) -> None:
    own = ready.unions["632322"]
    actions.set_tier(by=ready.account("admin"), union=own, year=2024, tier="prefecture")
    reviewer = sign_in(client, "630000.reviewer")
    assert "给2个县沿用以前的层级" in text(reviewer.get("/subsidy_grants/run/?year=2024"))
    for _ in range(2):
        answer = reviewer.post("/subsidy_grants/carry/", {"year": "2024"})
        assert answer["Location"] == "/subsidy_grants/run/?year=2024"
    tiers = dict(CountyTier.objects.filter(year=2024).values_list("union__code", "tier"))
    assert tiers == {**TIERS, "632322": "prefecture"}
    page = text(reviewer.get("/subsidy_grants/run/?year=2024"))
    assert "将下达 3 个县，合计 400,000.00 元" in page and "沿用以前的层级" not in page
    assert reviewer.post("/subsidy_grants/carry/", {}).status_code == 302
    reviewer.post("/subsidy_grants/carry/", {"year": "2026"})  # nobody registered any for 2025
    tiers = dict(CountyTier.objects.filter(year=2026).values_list("union__code", "tier"))
    assert tiers == {**TIERS, "632322": "prefecture"}
    client.logout()
    assert sign_in(client, "632322.clerk").post("/subsidy_grants/carry/", {}).status_code == 403


def test_a_county_sees_its_own_grant_and_no_standard(client: Client, ready: World) -> None:
    run(ready)
    clerk = sign_in(client, "632322.clerk")
    page = text(clerk.get("/subsidy_grants/"))
    assert "尖扎" in page and "泽库" not in page
    assert clerk.get("/subsidy_grants/run/").status_code == 403
    assert "只有省级工会看得到" in text(clerk.get("/subsidy_standards/"))
    assert clerk.get("/county_tiers/new/").status_code == 403
    grant = SubsidyGrant.objects.get(union=ready.unions["632322"])
    actions_of = text(clerk.get(f"/subsidy_grants/{grant.pk}/")).split("page-actions")[1].split("</div>")[0]
    assert "登记收支" in actions_of and "归档" not in actions_of
    answer = clerk.post(
        f"/subsidy_grants/{grant.pk}/entry/",
        {"stage": "received", "amount": "30万", "occurred_on": "2023-04-01"},
    )
    assert answer.status_code == 302
    assert "300,000.00" in text(clerk.get(f"/subsidy_grants/{grant.pk}/"))


def test_tiers_are_imported_for_counties_only(ready: World, tmp_path: Path) -> None:
    admin, path = ready.account("admin"), tmp_path / "层级.csv"
    path.write_text(
        "县,年度,对口层级\n632322,2024,省总对口联系\n632300,2024,全总对口联系\n632323,24,全总对口联系\n",
        "utf-8",
    )
    batch = check(admin, path, "county_tiers")
    assert counts(batch) == (1, 0, 0, 2), problems(admin, batch)
    commit(admin, batch)
    with scope.applied(admin):
        assert CountyTier.objects.get(year=2024).union.code == "632322"


def test_sources_are_imported_with_their_payers(world: World, tmp_path: Path) -> None:
    clerk, path = world.account("632322.clerk"), tmp_path / "来源.csv"
    path.write_text(
        "资金来源,类别,共同出资方\n省县共同,多方共同,省州两级工会；县级配套\n某厂,援建企业,\n别的,多方共同,没有这一方\n",
        "utf-8",
    )
    batch = check(clerk, path, "funding_sources")
    assert counts(batch) == (2, 0, 0, 1), problems(clerk, batch)
    commit(clerk, batch)
    with scope.applied(clerk):
        members = SourceMember.objects.filter(joint__name="省县共同").values_list("member__name", flat=True)
        assert set(members) == {"省州两级工会", "县级配套"}


def test_a_payer_left_out_of_the_cell_pays_no_longer(world: World, tmp_path: Path) -> None:
    clerk, path = world.account("632322.clerk"), tmp_path / "来源.csv"

    def table(payers: str) -> Path:
        path.write_text(f"资金来源,类别,共同出资方\n省县共同,多方共同,{payers}\n", "utf-8")
        return path

    def payers() -> set[str]:
        with scope.applied(clerk):
            current = SourceMember.objects.filter(joint__name="省县共同", archived_at__isnull=True)
            return set(current.values_list("member__name", flat=True))

    commit(clerk, check(clerk, table("省州两级工会；县级配套"), "funding_sources"))
    batch = check(clerk, table("县级配套；援建企业"), "funding_sources")
    assert counts(batch) == (0, 1, 0, 0), problems(clerk, batch)
    with scope.applied(clerk):
        assert batch.rows.get().changes == {"共同出资方": ["省州两级工会；县级配套", "县级配套；援建企业"]}
    batch = commit(clerk, batch)
    assert payers() == {"县级配套", "援建企业"}
    assert counts(check(clerk, table(""), "funding_sources")) == (0, 0, 1, 0)
    assert undo(by=clerk, row=batch).kept == []
    assert payers() == {"省州两级工会", "县级配套"}


def test_a_target_is_measured_by_what_came_in_its_year(client: Client, world: World) -> None:
    by = world.account("632322.clerk")
    given = {"project": world.projects["632322"], "stage": "received", "source": "援建企业"}
    for day, amount, goods in (
        (date(2023, 5, 1), 150_000, ""),
        (date(2022, 5, 1), 70_000, ""),
        (date(2023, 6, 1), 90_000, "制氧机"),
    ):
        actions.record_line(by=by, **given, amount=Decimal(amount), recorded_on=day, goods=goods)
    for kind in ("all", "enterprise", "treasury"):
        actions.set_funding_target(
            by=by, union=world.unions["632322"], year=2023, kind=kind, amount=Decimal(600_000)
        )
    page = text(sign_in(client, "632322.clerk").get("/funding_targets/?year=2023"))
    assert page.count("150,000.00") == 2 and page.count("450,000.00") == 2 and page.count("25.00") == 2
    with pytest.raises(Refused, match="已登记"):
        actions.set_funding_target(by=by, union=world.unions["632322"], year=2023, amount=Decimal(1))
    assert FundingTarget.objects.count() == 3


def _never_below_zero(entries: list[tuple[date, Decimal]]) -> bool:
    """Whether what had come by each day covers what was spent until then."""
    days = {day for day, _ in entries}
    return all(sum(amount for on, amount in entries if on <= day) >= 0 for day in days)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.booleans(), st.decimals("0.01", "400000", places=2), st.integers(0, 900)), max_size=8
    )
)
def test_grant_sums_hold_to_the_fen_whatever_is_entered(ready: World, entries: Any) -> None:
    """Entries in any order: what stands adds up, and nothing is ever overdrawn."""
    if not SubsidyGrant.objects.exists():
        run(ready)
    grant, by = SubsidyGrant.objects.get(union=ready.unions["632322"]), ready.account("632322.clerk")
    for old in SubsidyEntry.objects.active().filter(grant=grant).order_by("-stage"):
        actions.archive_entry(by=by, row=grant, entry=old, reason="重来")
    came = spent = old_money = Decimal(0)
    stands: list[tuple[date, Decimal]] = []
    for number, (is_income, amount, days) in enumerate(entries):
        stage = "received" if is_income else "spent"
        given: dict[str, Any] = {
            "amount": amount,
            "occurred_on": TODAY - timedelta(days=days),
            "purpose": "用途",
            "document_no": f"凭-{number}",
        }
        entry = (given["occurred_on"], amount if is_income else -amount)
        fits = came + amount <= grant.amount if is_income else _never_below_zero([*stands, entry])
        try:
            actions.record_entry(by=by, row=grant, stage=stage, **given)
        except Refused:
            assert not fits
            continue
        assert fits
        stands.append(entry)
        if is_income:
            came += amount
            old_money += amount if given["occurred_on"] < A_YEAR_AGO else 0
        else:
            spent += amount
    row = SubsidyGrant.objects.with_money(TODAY).get(pk=grant.pk)
    assert (row.received, row.spent, row.unspent) == (came, spent, came - spent)
    assert 0 <= row.overdue <= row.unspent and row.overdue == max(old_money - spent, 0)
