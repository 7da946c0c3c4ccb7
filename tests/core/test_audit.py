"""The log of what was done, as the people of a county read it."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from cases import actions
from cases.models import PartnerShop
from core.actions import taps
from core.audit import AuditEventFilter
from core.models import AuditEvent
from core.resource import registry
from funding import actions as money
from funding.models import Payment
from tests.contracts.kit import routes
from tests.funding.months import CLERK, HEAD, approved, first_meal, pay, served, withdraw
from tests.world import World

__all__ = ["served"]
LIST, WHY = reverse("audit_events-list"), "登记错了门店"


def _page(world: World, url: str, account: str = CLERK, **query: str) -> str:
    client = Client()
    client.force_login(world.account(account))
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


def _withdrawn(world: World) -> AuditEvent:
    withdraw(world, first_meal(), WHY)
    return AuditEvent.objects.get(verb="cases.withdraw_meal")


def test_the_list_of_meals_leads_to_who_withdrew_one_and_why(served: World) -> None:
    _withdrawn(served)
    url = f"{LIST}?kind=cases.mealcheckin"
    assert url in _page(served, reverse("meals-list"))
    found = _page(served, LIST, kind="cases.mealcheckin", what="撤销")
    assert "撤销登记" in found and WHY in found and "2023-01-03 一号店" in found


def test_an_event_shows_what_was_taken_away_as_it_was(served: World) -> None:
    page = _page(served, reverse("audit_events-detail", args=[_withdrawn(served).pk]))
    assert "删除的就餐打卡" in page and "就餐打卡：删除" in page
    assert all(said in page for said in ("2023-01-03", "一号店", "工会登记", WHY))


def test_an_event_shows_what_it_changed_and_leads_to_the_row(served: World) -> None:
    meal = first_meal()
    by = served.account(CLERK)
    shop = meal.shop
    actions.change_shop(by=by, row=shop, version=shop.version, address="昆仑路9号")
    event = AuditEvent.objects.filter(verb="cases.change_shop").latest("pk")
    page = _page(served, reverse("audit_events-detail", args=[event.pk]))
    assert f"修改的{shop._meta.verbose_name}：一号店" in page and "昆仑路9号" in page
    assert reverse("shops-detail", args=[shop.pk]) in page


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"who": CLERK}, True),
        ({"who": "没有这个人"}, False),
        ({"words": "登记错了"}, True),
        ({"words": "别的理由"}, False),
        ({"until": "2023-01-01"}, False),
        ({"first": "2023-01-01"}, True),
    ],
)
def test_it_is_searched_by_who_when_and_words(served: World, query: dict[str, str], is_found: bool) -> None:
    _withdrawn(served)
    assert (WHY in _page(served, LIST, what="撤销登记", **query)) == is_found


def test_another_county_reads_nothing_of_it(served: World) -> None:
    event = _withdrawn(served)
    assert WHY not in _page(served, LIST, "632323.clerk")
    client = Client()
    client.force_login(served.account("632323.clerk"))
    assert client.get(reverse("audit_events-detail", args=[event.pk])).status_code == 404


def test_taps_of_phones_are_left_out(served: World) -> None:
    assert _withdrawn(served).target_label in _page(served, LIST)
    assert taps() == ["cases.check_in", "cases.check_in_crew", "cases.refuse_scan", "cases.sync_scans"]
    by = served.account(CLERK)
    AuditEvent.objects.create(
        by=by, county_id=by.county_id, verb="cases.check_in", target_label="手机上的一次"
    )
    assert "手机上的一次" not in _page(served, LIST)


def test_the_index_of_the_log_leaves_out_what_the_log_leaves_out(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select indexdef from pg_indexes where indexname = 'auditevent_log'")
        definition = cursor.fetchone()[0]
    assert all(f"'{verb}'" in definition for verb in taps()) and definition.count("cases.") == len(taps())


def test_the_log_leaves_as_a_table(served: World) -> None:
    _withdrawn(served)
    client = Client()
    client.force_login(served.account(CLERK))
    answer: Any = client.get(reverse("audit_events-export"), {"what": "撤销登记"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert ["时间", "操作人", "动作", "对象", "理由", "县（市、区）"] in rows and rows[-1][4] == WHY


def test_every_list_leads_to_a_log_of_its_kind(served: World) -> None:
    offered = AuditEventFilter({}).form.fields["kind"].choices
    kinds = {value for value, _ in offered}
    listed = {resource.model._meta.label_lower for resource in registry().values()}
    shown = {
        route.options["screen"].resource.model._meta.label_lower
        for route in routes()
        if "screen" in route.options
    }
    assert (listed | shown) - kinds == {"core.auditevent"}
    assert {"funding.payment", "funding.settlementcorrection", "core.importbatch"} <= kinds


def test_why_something_was_doubted_or_corrected_stands_in_the_log(served: World) -> None:
    by = served.account(CLERK)
    actions.doubt_meal(by=by, meal=first_meal(), words="本人说当天没有来")
    assert "本人说当天没有来" in _page(served, LIST, words="没有来")


def test_a_payment_is_found_by_its_kind_and_its_event_says_to_whom_how_much_and_on_what_voucher(
    served: World,
) -> None:
    pay(served, approved(served), reference="银-1001")
    event = AuditEvent.objects.get(verb="funding.pay_month")
    assert event.target_type == "funding.settlement"
    address = reverse("audit_events-detail", args=[event.pk])
    assert address in _page(served, LIST, kind="funding.payment")
    assert address in _page(served, LIST, kind="funding.settlement")
    assert address not in _page(served, LIST, kind="cases.shopcontract")
    payment = Payment.objects.get(line__shop__name="一号店")
    money.return_payment(by=served.account(CLERK), row=payment, returned_on=payment.paid_on, words="账号有误")
    page = _page(served, address, HEAD)
    assert page.count("新增的付款") == Payment.objects.count() == 2
    assert all(said in page for said in ("一号店", "二号店", f"{payment.amount.normalize():f}", "银-1001"))
    assert "账号有误" not in page  # that came later


def test_contracts_and_doubts_are_found_by_their_kind(served: World) -> None:
    by = served.account(CLERK)
    actions.doubt_meal(by=by, meal=first_meal(), words="本人说当天没有来")
    assert "提出疑问" in _page(served, LIST, kind="cases.mealdoubt")
    shop = PartnerShop.objects.get(name="一号店")
    actions.end_shop(by=by, row=shop, valid_to=date(2030, 1, 1))
    found = _page(served, LIST, kind="cases.shopcontract")
    assert "终止合同" in found and "提出疑问" not in found
    assert "终止合同" not in _page(served, LIST, "632323.clerk", kind="cases.shopcontract")
