"""The pages and documents of a month."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from cases import actions as case_actions
from cases.models import MealCheckIn, PartnerShop, Programme, ShopContract
from core import scope
from core.actions import Refused, bootstrap
from funding import actions
from funding.models import (
    CostShareRule,
    FundingLine,
    Payment,
    SettlementException,
    SettlementLine,
)
from funding.settlement.discounts import discount_notices, merchant_share
from funding.settlement.forms import last_month
from funding.settlement.resources import exception_rows
from tests.funding.months import (
    CLERK,
    FEBRUARY,
    HEAD,
    JANUARY,
    approved,
    draft,
    page_of,
    served,
    standing,
    state,
)
from tests.world import World

__all__ = ["served", "standing"]


def test_the_page_shows_the_three_numbers_and_the_capitals(served: World) -> None:
    settlement = draft(served)
    state(served, 17)
    page = page_of(served, CLERK, f"/settlements/{settlement.pk}/").content.decode()
    for words in (
        "62 人天",
        "30 份",
        "17 份",
        "1 家已报，共 2 家",
        "贰佰壹拾陆圆整",
        "处理 1 个疑点，等 2 家门店确认",
    ):
        assert words in page, words
    assert "全部待定疑点" in page_of(served, CLERK, f"/settlements/{settlement.pk}/decide/").content.decode()
    assert "批准" not in page.split("page-actions")[1].split("</div>")[0]


def test_the_list_says_how_long_the_money_lasts(served: World) -> None:
    actions.record_line(
        by=served.account(CLERK),
        programme=served.programmes["632322"],
        source="县级配套",
        stage="received",
        amount=Decimal("1000.00"),
        recorded_on=date(2023, 1, 1),
    )
    draft(served)
    page = page_of(served, CLERK, "/settlements/").content.decode()
    for words in ("1,000.00 元", "712.00 元", "2023年2月", "为什么"):
        assert words in page, words


@pytest.mark.parametrize("account", [CLERK, HEAD])
def test_documents_come_as_excel_and_pdf(served: World, account: str) -> None:
    settlement = draft(served)
    line = settlement.lines.earliest("pk")
    for url, start in (
        (f"/settlements/{settlement.pk}/sheet/", b"PK"),
        (f"/settlements/{settlement.pk}/print/", b"%PDF"),
        (f"/settlement_lines/{line.pk}/print/", b"%PDF"),
    ):
        answer = page_of(served, account, url)
        assert b"".join(answer.streaming_content).startswith(start)


def test_months_of_elsewhere_are_not_found(served: World) -> None:
    settlement = draft(served)
    assert page_of(served, "632323.clerk", f"/settlements/{settlement.pk}/").status_code == 404
    assert page_of(served, "632323.clerk", f"/settlements/{settlement.pk}/print/").status_code == 404


def test_a_month_is_driven_through_its_pages(served: World) -> None:
    client, boss = Client(), Client()
    client.force_login(served.account(CLERK))
    boss.force_login(served.account(HEAD))
    programme = served.programmes["632322"]
    made = client.post("/settlements/new/", {"programme": f"#{programme.pk}", "month": "2023-01"})
    url = made.headers["Location"]
    scope.apply_everywhere()
    for line in SettlementLine.objects.all():
        client.post(f"/settlement_lines/{line.pk}/confirm/", {"how": "盖章"})
    ticked = {"without_statements": "on", "reason": "门店没有报数"}
    assert client.post(f"{url}check/", ticked).status_code == 302
    assert client.post(f"{url}approve/").status_code == 403
    assert boss.post(f"{url}approve/").status_code == 302
    paid = {"reference": "回单", "paid_on": date.today().isoformat(), "once": "0b"}
    assert [client.post(f"{url}pay/", paid).status_code for _ in range(2)] == [302, 302]
    scope.apply_everywhere()
    assert Payment.objects.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from core_auditevent where verb = 'funding.pay_month'")
        assert cursor.fetchone()[0] == 1


def test_the_list_of_months_says_what_is_left_of_the_public_money(served: World, client: Client) -> None:
    programme = served.programmes["632322"]
    meals = MealCheckIn.objects.filter(programme=programme).count()
    county = CostShareRule.objects.get(programme=programme).shares.get(payer="source").source
    assert county
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        FundingLine.objects.create(
            **served.unions["632322"].stamp(),
            programme=programme,
            source=county,
            stage="received",
            amount=1_000,
            recorded_on=JANUARY,
        )
    client.force_login(served.accounts[CLERK])
    page = client.get("/settlements/").content.decode()
    assert "1,000.00 元" in page
    assert f"{1_000 - meals * 8:,}.00 元" in page


def test_the_form_offers_the_oldest_month_that_waits(served: World, client: Client) -> None:
    """July 2022 has a meal, then January and February 2023: each in its turn, then the month before this one."""
    client.force_login(served.accounts[CLERK])
    programme = served.programmes["632322"]
    for month in (date(2022, 7, 1), JANUARY, FEBRUARY):
        form = client.get("/settlements/new/").context["form"]
        assert (form.initial["programme"], form.initial["month"]) == (programme, month)
        draft(served, month)
    form = client.get("/settlements/new/").context["form"]
    assert "month" not in form.initial and form["month"].initial == last_month()


def test_the_form_keeps_to_the_programme_and_month_that_were_asked_for(served: World, client: Client) -> None:
    client.force_login(served.accounts[CLERK])
    programme = served.programmes["632322"]
    page = client.get(f"/settlements/new/?programme={programme.pk}&month=2023-01").content.decode()
    assert 'value="2023-01"' in page and f"#{programme.pk}" in page
    page = client.get(f"/settlements/new/?programme={programme.pk}").content.decode()
    assert 'value="2022-07"' in page and f"#{programme.pk}" in page


def test_all_shops_without_an_objection_are_confirmed_at_once(served: World) -> None:
    by = served.account(CLERK)
    month = actions.draft_month(by=by, programme=served.programmes["632322"], month=JANUARY)
    first = month.lines.earliest("pk")
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        SettlementLine.objects.filter(pk=first.pk).update(objection="少记3份", objected_at=datetime.now(UTC))
    scope.apply_everywhere()
    month = actions.confirm_lines(by=by, row=month, how=" 盖章对账单 ")
    assert month.stage == "drafted"
    assert [line.confirmed_how for line in month.lines.order_by("pk")] == ["", "盖章对账单"]
    with pytest.raises(Refused, match="有异议的门店，请逐家核对"):
        actions.confirm_lines(by=by, row=month, how="盖章对账单")
    actions.confirm_line(by=by, row=first, how="当面核对")
    month.refresh_from_db()
    assert month.stage == "confirmed"


def test_what_is_withheld_opens_the_doubts_that_it_is_made_of(served: World, client: Client) -> None:
    """Five meals: two disputed (one of them for two reasons), three that the shop did not state."""
    by = served.account(CLERK)
    month = draft(served)
    state(served, 15)
    line = month.lines.get(shop__name="一号店")
    meals = MealCheckIn.objects.filter(shop=line.shop, served_on__month=1).order_by("served_on")[:3]
    listed = [(meals[0], "left_post"), (meals[0], "burst"), (meals[1], "burst"), (meals[2], "burst")]
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        SettlementException.objects.bulk_create(
            SettlementException(
                union_id=month.union_id,
                county_id=month.county_id,
                settlement=month,
                shop=line.shop,
                meal=meal,
                reason=reason,
            )
            for meal, reason in listed
        )
    scope.apply_everywhere()
    actions.decide_exception(
        by=by, row=SettlementException.objects.get(meal=meals[2]), decision="accepted", words="核实"
    )
    line.refresh_from_db()
    assert line.meals_withheld == 5
    client.force_login(by)
    address = f"/settlement_exceptions/?programme={month.programme_id}&month=2023-01&meals=withheld"
    assert address.replace("&", "&amp;") in client.get(f"/settlements/{month.pk}/").content.decode()
    assert client.get(address).context["count"] == "3"
    everything = exception_rows(by).filter(settlement=month)
    assert sorted((row.reason, row.meals_withheld) for row in everything if row.meals_withheld) == [
        ("burst", 1),
        ("left_post", 1),
        ("statement", 3),
    ]
    assert sum(row.meals_withheld for row in everything) == 5 and len(everything) == 5


def test_a_contract_that_says_otherwise_than_the_rule_is_named(served: World, client: Client) -> None:
    month = draft(served)
    client.force_login(served.accounts[CLERK])
    address = f"/settlements/{month.pk}/"
    assert "与分担办法不同" not in client.get(address).content.decode()
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        contracts = ShopContract.objects.filter(shop__programme=served.programmes["632322"])
        contracts.filter(shop__name="二号店").update(discount="1.50")
        contracts.exclude(shop__name="二号店").update(discount="2.00")
    page = client.get(address).content.decode()
    assert "1 家门店合同里的让利与分担办法不同" in page
    assert "2023-01-01 至 2023-01-31的分担办法里商家让利每份 2.00 元" in page and "二号店 1.50 元" in page


def test_each_rules_days_are_held_against_the_contract_of_those_days(served: World, client: Client) -> None:
    """From the 16th the shop bears 1.00: a contract that goes on with 2.00 is named for those days, until it follows."""
    month, by, changed = draft(served), served.account(CLERK), date(2023, 1, 16)
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        contracts = ShopContract.objects.filter(shop__programme=served.programmes["632322"])
        contracts.filter(shop__name="一号店").update(discount="2.00")
        rule = CostShareRule.objects.with_shares().get(programme=served.programmes["632322"])
        parts = list(rule.shares.all())
        CostShareRule.objects.filter(pk=rule.pk).update(valid_to=changed)
        rule.pk, rule.valid_from, rule._state.adding = None, changed, True
        rule.save()
        for part in parts:
            part.pk, part.rule, part._state.adding = None, rule, True
            part.amount += {"merchant": -1, "worker": 1}.get(part.payer, 0)
            part.save()
    scope.apply_everywhere()
    assert merchant_share(CostShareRule.objects.with_shares().get(pk=rule.pk)) == 1
    [notice] = discount_notices(month, by)
    assert notice["title"].startswith("1 家门店")
    assert (
        "2023-01-16 至 2023-01-31的分担办法里商家让利每份 1.00 元；合同里：一号店 2.00 元" in notice["text"]
    )
    assert "终止日期填 2023-01-16，再“签订合同”" in notice["text"]

    shop = PartnerShop.objects.get(programme=served.programmes["632322"], name="一号店")
    case_actions.correct_contract(
        by=by, row=shop, valid_from=date(2022, 7, 1), valid_to=changed, discount=Decimal(2), reason="换了让利"
    )
    case_actions.sign_contract(by=by, row=shop, valid_from=changed, discount=Decimal(1))
    assert discount_notices(month, by) == []


def test_an_approved_month_says_nothing_of_contracts(served: World) -> None:
    month = approved(served)
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        ShopContract.objects.filter(shop__programme=served.programmes["632322"]).update(discount="1.50")
    scope.apply_everywhere()
    assert discount_notices(month, served.account(CLERK)) == []


def test_a_programme_whose_standard_is_not_the_rules_says_so(served: World, client: Client) -> None:
    programme = served.programmes["632322"]
    client.force_login(served.accounts[CLERK])
    address = f"/programmes/{programme.pk}/"
    told = "现行分担办法每份 11.00 元，结算按分担办法计算"
    assert told not in client.get(address).content.decode()
    with bootstrap("demo.load", lambda: served.accounts["admin"]):
        Programme.objects.filter(pk=programme.pk).update(face_value="12.00")
    assert told in client.get(address).content.decode()


def test_a_rule_that_months_stand_on_is_not_archived(served: World) -> None:
    draft(served)
    rule = CostShareRule.objects.get(programme=served.programmes["632322"])
    with pytest.raises(Refused, match="请填写终止日期"):
        actions.archive_rule(by=served.account(CLERK), row=rule)
