"""The life of a shop, and when it may serve."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import actions
from cases.models import PartnerShop
from cases.serving import serving_hours, why_closed, why_not_served
from core import pdf, scope
from core.actions import Refused, bootstrap
from tests.funding.months import approved, served
from tests.imports.conftest import check, commit, counts, problems
from tests.world import World, contracted_shop

__all__ = ["served"]
DAY = date(2023, 1, 10)
Act = Callable[..., Any]


@pytest.fixture
def act(world: World) -> Act:
    def call(action: Callable[..., Any], by: str = "632322.clerk", **arguments: Any) -> Any:
        return action(by=world.account(by), **arguments)

    return call


@pytest.fixture
def shop(world: World) -> PartnerShop:
    """尖扎's shop, under contract since 2022-07-01."""
    found: PartnerShop = PartnerShop.objects.select_related("programme").get(
        programme=world.programmes["632322"]
    )
    return found


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo("Asia/Shanghai"))


def test_a_shop_goes_from_application_to_its_end(world: World, act: Act) -> None:
    row = act(actions.add_shop, programme=world.programmes["632322"], name=" 新店 ", applied_on=DAY)
    assert (row.name, row.stage, len(row.door_code)) == ("新店", "applied", 12)
    with pytest.raises(Refused, match="请先登记一次合格的检查"):
        act(actions.sign_contract, row=row, valid_from=DAY)
    with pytest.raises(Refused, match="要写明情况"):
        act(actions.inspect_shop, row=row, inspected_on=DAY, passed=False)
    act(actions.inspect_shop, row=row, inspected_on=DAY, passed=False, findings="没有健康证")
    row.refresh_from_db()
    assert row.stage == "applied"
    act(actions.refuse_shop, row=row, refusal="没有健康证")
    act(actions.inspect_shop, row=row, inspected_on=DAY, passed=True)
    row.refresh_from_db()
    assert (row.stage, row.refusal) == ("inspected", "")
    with pytest.raises(Refused, match="不能多于每份标准"):
        act(actions.sign_contract, row=row, valid_from=DAY, discount=Decimal(12))
    act(actions.sign_contract, row=row, valid_from=DAY, valid_to=date(2024, 1, 1), discount=Decimal("1.00"))
    with pytest.raises(Refused, match="已有合同"):
        act(actions.sign_contract, row=row, valid_from=date(2023, 12, 31))
    act(actions.sign_contract, row=row, valid_from=date(2024, 1, 1))
    with pytest.raises(Refused, match="还有合同"):
        act(actions.archive_shop, row=row)
    act(actions.end_shop, row=row, valid_to=date(2024, 6, 1))
    spans = row.contracts.order_by("valid_from").values_list("valid_from", "valid_to")
    assert list(spans) == [(DAY, date(2024, 1, 1)), (date(2024, 1, 1), date(2024, 6, 1))]
    with pytest.raises(Refused, match="没有在 2024-07-01 以后还有效的合同"):
        act(actions.end_shop, row=row, valid_to=date(2024, 7, 1))
    row.refresh_from_db()
    assert row.stage == "ended"
    act(actions.archive_shop, row=row)
    with pytest.raises(Refused, match="已归档"):
        act(actions.pause_shop, row=row, first=DAY, last=DAY)


def test_contract_terms_without_a_start_are_refused(world: World, act: Act) -> None:
    with pytest.raises(Refused, match="请填写合同起始日期"):
        act(actions.add_shop, programme=world.programmes["632322"], name="新店", discount=Decimal(1))
    assert not PartnerShop.objects.filter(name="新店").exists()


@pytest.mark.parametrize("until", ["2023-01-10", "2022-12-31"])
def test_a_contract_that_ends_before_its_start_is_refused_at_the_field(
    world: World, act: Act, client: Client, until: str
) -> None:
    row = act(actions.add_shop, programme=world.programmes["632322"], name="新店")
    act(actions.inspect_shop, row=row, inspected_on=DAY, passed=True)
    client.force_login(world.account("632322.clerk"))
    terms = {"valid_from": "2023-01-10", "valid_to": until}
    answer: Any = client.post(f"/shops/{row.pk}/sign/", terms)
    assert answer.status_code == 422
    assert answer.context["form"].errors["valid_to"] == ["合同终止日期必须晚于起始日期。"]
    programme = row.programme
    new = {"programme": f"{programme} #{programme.pk}", "name": "另一家", **terms}
    answer = client.post("/shops/new/", new)
    assert answer.status_code == 422
    assert answer.context["form"].errors["valid_to"] == ["合同终止日期必须晚于起始日期。"]
    answer = client.post(f"/api/v1/shops/{row.pk}/sign/", terms, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"valid_to": ["合同终止日期必须晚于起始日期。"]}
    assert not row.contracts.exists()


def test_it_serves_under_contract_in_its_hours_while_it_does_not_pause(shop: PartnerShop, act: Act) -> None:
    assert why_not_served(shop, _at(DAY, "03:00")) == ""
    assert "没有运行" in why_not_served(shop, _at(date(2022, 6, 30), "08:00"))
    act(actions.change_shop, row=shop, serves_from=time(6, 30), serves_until=time(9, 30))
    shop.refresh_from_db()
    assert [
        bool(why_not_served(shop, _at(DAY, clock))) for clock in ("06:29", "06:30", "09:30", "09:31")
    ] == [
        True,
        False,
        False,
        True,
    ]
    act(actions.pause_shop, row=shop, first=DAY, last=DAY + timedelta(days=1), cause="检修")
    assert "停供（检修）" in why_closed(shop, DAY + timedelta(days=1))
    assert why_closed(shop, DAY + timedelta(days=2)) == ""
    act(actions.suspend_shop, row=shop, valid_from=DAY, cause="卫生不合格")
    assert "已被暂停资格" in why_closed(shop, DAY)
    act(actions.lift_suspension, row=shop, valid_to=DAY + timedelta(days=10))
    assert [bool(why_closed(shop, DAY + timedelta(days=n))) for n in (9, 10)] == [True, False]
    with pytest.raises(Refused, match="没有被暂停资格"):
        act(actions.lift_suspension, row=shop, valid_to=DAY)
    act(actions.end_shop, row=shop, valid_to=DAY + timedelta(days=20))
    assert "没有合同" in why_closed(shop, DAY + timedelta(days=20))


def test_a_pause_recorded_by_mistake_is_as_if_it_had_never_been(shop: PartnerShop, act: Act) -> None:
    act(actions.suspend_shop, row=shop, valid_from=DAY, cause="登记错了门店")
    pause = shop.pauses.get()
    act(actions.cancel_pause, row=shop, pause=pause, reason="登记错了门店")
    assert why_closed(shop, DAY) == ""
    with pytest.raises(Refused, match="已经撤销"):
        act(actions.cancel_pause, row=shop, pause=shop.pauses.get(), reason="再来一次")
    with pytest.raises(Refused, match="没有被暂停资格"):
        act(actions.lift_suspension, row=shop, valid_to=DAY + timedelta(days=1))
    act(actions.suspend_shop, row=shop, valid_from=DAY, cause="卫生不合格")
    assert "已被暂停资格" in why_closed(shop, DAY)


def test_the_pauses_of_another_shop_are_not_offered(world: World, shop: PartnerShop, act: Act) -> None:
    act(actions.pause_shop, row=shop, first=DAY, last=DAY, cause="检修")
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        other = contracted_shop(world.programmes["632322"], "二号店", date(2022, 7, 1))
    clerk = Client()
    clerk.force_login(world.account("632322.clerk"))
    asked = {"pause": str(shop.pauses.get().pk), "reason": "登记错了"}
    assert clerk.post(f"/shops/{other.pk}/cancel-pause/", asked).status_code == 422
    assert "2023-01-10 至 2023-01-10（检修）" in clerk.get(f"/shops/{shop.pk}/cancel-pause/").content.decode()
    unsaid = clerk.post(f"/shops/{shop.pk}/cancel-pause/", {**asked, "reason": ""})
    assert unsaid.status_code == 422 and "请填写理由。" in unsaid.content.decode()
    assert clerk.post(f"/shops/{shop.pk}/cancel-pause/", asked).status_code == 302
    assert why_closed(shop, DAY) == ""


def test_whether_it_serves_is_one_statement(shop: PartnerShop) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert why_not_served(shop, _at(DAY, "08:00")) == ""
    assert len(queries) == 1


def test_its_own_hours_come_before_its_programmes(shop: PartnerShop) -> None:
    assert serving_hours(shop) is None
    shop.programme.attributes = {"serves_from": "06:30", "serves_until": "09:30"}
    assert serving_hours(shop) == (time(6, 30), time(9, 30))
    shop.serves_from, shop.serves_until = time(7), time(8)
    assert serving_hours(shop) == (time(7), time(8))


def test_no_meal_is_recorded_on_a_day_without_service(world: World, shop: PartnerShop, act: Act) -> None:
    act(actions.pause_shop, row=shop, first=DAY, last=DAY)
    meal = {"programme": shop.programme, "shop": shop, "person": world.persons["632322-1"]}
    with pytest.raises(Refused, match="停供"):
        act(actions.record_meal, **meal, served_on=DAY)


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("pause", {"first": "2022-07-04", "last": "2022-07-04"}),
        ("suspend", {"valid_from": "2022-07-04", "cause": "卫生"}),
        ("end", {"valid_to": "2022-07-04"}),
    ],
)
def test_a_shop_closes_on_the_true_day_and_the_page_says_how_many_meals_become_doubts(
    world: World, shop: PartnerShop, client: Client, verb: str, given: dict[str, str]
) -> None:
    client.force_login(world.account("632322.clerk"))
    answer: Any = client.post(f"/shops/{shop.pk}/{verb}/", given, follow=True)
    assert "已有 1 份就餐记录与这个日期不符" in answer.content.decode()
    assert why_closed(shop, date(2022, 7, 4)) != ""


def test_the_page_leads_through_a_shops_life(world: World, shop: PartnerShop) -> None:
    client = Client()
    client.force_login(world.account("632322.clerk"))
    programme = world.programmes["632322"]
    form = {"programme": f"{programme} #{programme.pk}", "name": "新店", "longitude": "102.03"}
    answer: Any = client.post("/shops/new/", form)
    assert answer.status_code == 422 and "一起填写" in answer.content.decode()
    answer = client.post(
        "/shops/new/", {**form, "latitude": "35.93", "discount": "", "applied_on": "2023-01-01"}
    )
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(answer["Location"]).content.decode()
    assert "已申请" in page and "未签约" in page and "sign/" not in page
    new = PartnerShop.objects.get(name="新店")
    client.post(f"/shops/{new.pk}/inspect/", {"inspected_on": "2023-01-02", "passed": "yes"})
    answer = client.post(f"/shops/{new.pk}/sign/", {"valid_from": "2023-01-05", "discount": "1.5"})
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(f"/shops/{new.pk}/").content.decode()
    assert "供餐中" in page and "1.50" in page and "签订合同" in page
    page = client.get("/shops/?standing=serving&q=新").content.decode()
    assert "新店" in page and "一号店" not in page
    page = client.get(f"/programmes/{programme.pk}/").content.decode()
    assert f"/shops/{new.pk}/" in page and f"/shops/?programme={programme.pk}" in page


def test_the_list_says_how_a_shop_stands_today(world: World, shop: PartnerShop, act: Act) -> None:
    client = Client()
    client.force_login(world.account("632322.clerk"))
    today = timezone.localdate()

    def standing() -> str:
        return str(client.get(f"/api/v1/shops/{shop.pk}/").json()["standing"])

    assert standing() == "serving"
    act(actions.pause_shop, row=shop, first=today, last=today)
    assert standing() == "pause"
    act(actions.suspend_shop, row=shop, valid_from=today, cause="卫生")
    assert standing() == "suspension"
    act(actions.lift_suspension, row=shop, valid_to=today + timedelta(days=1))
    act(actions.end_shop, row=shop, valid_to=today)
    assert standing() == "suspension"
    other = act(
        actions.add_shop,
        programme=world.programmes["632322"],
        name="明天开始",
        valid_from=today + timedelta(days=1),
    )
    listed = {row["name"]: row["standing"] for row in client.get("/api/v1/shops/").json()["results"]}
    assert listed[other.name] == "coming"


def test_the_poster_leads_to_the_shops_door(
    world: World, shop: PartnerShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes: list[str] = []
    words: list[str] = []
    code, text = pdf.code, pdf.text

    def coded(content: str, size: float) -> Any:
        codes.append(content)
        return code(content, size)

    def said(line: str, **looks: Any) -> Any:
        words.append(line)
        return text(line, **looks)

    monkeypatch.setattr(pdf, "code", coded)
    monkeypatch.setattr(pdf, "text", said)
    client = Client()
    client.force_login(world.account("632322.clerk"))
    assert f"/shops/{shop.pk}/poster/" in client.get(f"/shops/{shop.pk}/").content.decode()
    answer: Any = client.get(f"/shops/{shop.pk}/poster/")
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    assert codes == [f"http://testserver/d/{shop.door_code}/"]
    assert "一号店" in words and "每份标准 11.00 元" in words
    client.force_login(world.account("632323.clerk"))
    assert client.get(f"/shops/{shop.pk}/poster/").status_code == 404


def test_the_posters_of_the_listed_shops_are_one_file(
    world: World, shop: PartnerShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = world.account("632322.clerk")
    other = actions.add_shop(
        by=clerk, programme=shop.programme, name="二号店", valid_from=timezone.localdate()
    )
    codes: list[str] = []
    code = pdf.code

    def coded(content: str, size: float) -> Any:
        codes.append(content)
        return code(content, size)

    monkeypatch.setattr(pdf, "code", coded)
    client = Client()
    client.force_login(clerk)
    assert "/shops/posters/?" in client.get("/shops/?programme=").content.decode()
    answer: Any = client.get("/shops/posters/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.count(b"/Type /Page\n") == len(codes) == 2
    assert set(codes) == {f"http://testserver/d/{one.door_code}/" for one in (shop, other)}
    codes.clear()
    client.get("/shops/posters/?q=%E4%BA%8C%E5%8F%B7")
    assert codes == [f"http://testserver/d/{other.door_code}/"]


SHOP_TABLE = "门店名称,服务项目,街道（镇）,经度,纬度,供餐开始,供餐结束,合同编号,合同起始日期,合同终止日期,每份让利（元）"


def _table(tmp_path: Path, programme: Any, *lines: str) -> Path:
    path = tmp_path / f"门店{len(list(tmp_path.iterdir()))}.csv"
    told = [line.replace("*", programme.name) for line in lines]
    path.write_text("\n".join([SHOP_TABLE, *told]), encoding="utf-8-sig")
    return path


def test_a_table_brings_shops_with_their_contracts(world: World, act: Act, tmp_path: Path) -> None:
    clerk, programme = world.account("632322.clerk"), world.programmes["632322"]
    applied = act(actions.add_shop, programme=programme, name="申请店")
    path = _table(
        tmp_path,
        programme,
        "二号店,*,马克唐镇,102.0310,35.9380,6:30,09:00,甲1,2023-01-01,2024-01-01,1",
        "三号店,*,,,,,,,,,",
        "四号店,*,,102.03,,,,,,,",
        "五号店,*,,12,35,,,,,,",
        "六号店,*,,,,9:00,8:00,,,,",
        "七号店,*,,,,,,乙2,,,",
        "八号店,*,,,,,,,2023-01-01,,12",
        "一号店,*,,,,,,,2023-01-01,,",
        "申请店,*,,,,,,,2023-01-01,,",
        "九号店,没有的项目,,,,,,,,,",
    )
    batch = check(clerk, path, "shops")
    said = {number: found[0][1] for number, found in problems(clerk, batch).items()}
    expected = (
        "只填了一格",
        "不是73至136",
        "不晚于供餐开始",
        "补上合同起始日期",
        "多于每份标准",
        "重叠",
        "合格的检查",
        "没有供餐的服务项目",
    )
    assert [word in said[number] for number, word in enumerate(expected, 4)] == [True] * 8, said
    assert counts(batch) == (2, 0, 0, 8)
    commit(clerk, batch)
    shop = PartnerShop.objects.get(name="二号店")
    assert (shop.stage, shop.opens, shop.closes, len(shop.door_code)) == ("contracted", "06:30", "09:00", 12)
    assert (shop.longitude_words, shop.latitude_words) == ("102.031000", "35.938000")
    contract = shop.contracts.get()
    assert (contract.valid_to, contract.discount, contract.contract_no) == (
        date(2024, 1, 1),
        Decimal(1),
        "甲1",
    )
    assert PartnerShop.objects.get(name="三号店").stage == applied.stage == "applied"
    assert not PartnerShop.objects.get(name="三号店").contracts.exists()


def test_a_table_changes_a_contract_and_says_which_meals_become_doubts(
    world: World, shop: PartnerShop, tmp_path: Path
) -> None:
    clerk = world.account("632322.clerk")
    line = "一号店,*,马克唐镇,,,,,,2022-07-01,{},1.5"
    batch = check(clerk, _table(tmp_path, shop.programme, line.format("2022-07-04")), "shops")
    assert "已有 1 份就餐记录与这个日期不符" in str(batch.rows.get().changes)
    commit(clerk, check(clerk, _table(tmp_path, shop.programme, line.format("2023-02-01")), "shops"))
    contract = shop.contracts.get()
    assert (contract.valid_to, contract.discount, contract.version) == (date(2023, 2, 1), Decimal("1.50"), 2)
    following = "一号店,*,,,,,,,2023-02-01,,2"
    commit(clerk, check(clerk, _table(tmp_path, shop.programme, following), "shops"))
    assert shop.contracts.count() == 2


def test_the_paper_of_a_contract_is_kept_with_it_and_downloaded(
    shop: PartnerShop, act: Act, client: Client, world: World
) -> None:
    paper = SimpleUploadedFile("签约.pdf", b"%PDF-1.4 signed")
    act(actions.attach_contract, row=shop, evidence=paper)
    stored = shop.contracts.get().evidence
    assert stored is not None
    client.force_login(world.account("632322.clerk"))
    address = f"/files/{stored.uuid}/"
    assert address in client.get(f"/shops/{shop.pk}/").content.decode()
    assert client.get(address).getvalue() == b"%PDF-1.4 signed"
    with pytest.raises(Refused, match="文件内容与扩展名不符"):
        act(actions.attach_contract, row=shop, evidence=SimpleUploadedFile("签约.pdf", b"MZ"))


def test_a_contract_is_signed_together_with_its_paper(world: World, act: Act) -> None:
    row = act(actions.add_shop, programme=world.programmes["632322"], name="新店", applied_on=DAY)
    act(actions.inspect_shop, row=row, inspected_on=DAY, passed=True)
    row.refresh_from_db()
    paper = SimpleUploadedFile("合同.pdf", b"%PDF-1.4")
    act(actions.sign_contract, row=row, valid_from=DAY, evidence=paper)
    assert row.contracts.get().evidence.name == "合同.pdf"
    with pytest.raises(Refused, match="还没有合同"):
        other = act(actions.add_shop, programme=world.programmes["632322"], name="另一家", applied_on=DAY)
        act(actions.attach_contract, row=other, evidence=paper)


def test_a_contract_that_was_registered_wrongly_is_corrected(world: World) -> None:
    by = world.account("632322.clerk")
    shop = PartnerShop.objects.get(programme=world.programmes["632322"])
    given = {
        "valid_from": date(2022, 6, 1),
        "valid_to": date(2030, 1, 1),
        "contract_no": "HT-9",
        "discount": Decimal("1.50"),
    }
    actions.correct_contract(by=by, row=shop, reason="登记时写错", **given)
    contract = shop.newest_contract
    assert contract is not None and {name: getattr(contract, name) for name in given} == given
    for wrong, said in (
        ({}, "合同没有改动"),
        ({"valid_to": date(2022, 6, 1)}, "终止日期必须晚于起始日期"),
        ({"discount": Decimal("99")}, "每份让利不能多于每份标准"),
    ):
        with pytest.raises(Refused, match=said):
            actions.correct_contract(by=by, row=shop, reason="登记时写错", **{**given, **wrong})


def test_no_meal_of_an_approved_month_falls_out_of_a_corrected_contract(served: World) -> None:
    approved(served)
    by, shop = served.account("632322.clerk"), PartnerShop.objects.get(name="一号店")
    contract = shop.newest_contract
    assert contract is not None
    for span in (
        {"valid_from": date(2023, 1, 5)},
        {"valid_from": contract.valid_from, "valid_to": date(2023, 1, 5)},
    ):
        with pytest.raises(Refused, match="不包括已批准月份里的就餐"):
            actions.correct_contract(by=by, row=shop, reason="登记时写错", **span)
    actions.correct_contract(
        by=by, row=shop, reason="登记时写错", valid_from=contract.valid_from, discount=Decimal("1")
    )


def _ended(shop: PartnerShop, act: Act, valid_to: date) -> PartnerShop:
    act(actions.end_shop, row=shop, valid_to=valid_to)
    shop.refresh_from_db()
    assert shop.stage == "ended"
    return shop


@pytest.mark.parametrize(
    ("days", "stage"), [(None, "contracted"), (30, "contracted"), (0, "ended"), (-3, "ended")]
)
def test_a_shop_that_was_ended_on_a_wrong_day_stands_as_its_corrected_contract_says(
    world: World, shop: PartnerShop, act: Act, client: Client, days: int | None, stage: str
) -> None:
    today = timezone.localdate()
    _ended(shop, act, today - timedelta(days=10))
    client.force_login(world.account("632322.clerk"))
    address = f"/shops/{shop.pk}/correct-contract/"
    assert address in client.get(f"/shops/{shop.pk}/").content.decode()
    until = "" if days is None else str(today + timedelta(days=days))
    given = {"valid_from": "2022-07-01", "valid_to": until, "contract_no": "", "discount": ""}
    answer: Any = client.post(address, {**given, "reason": "日期写错"}, follow=True)
    assert "已更正合同" in answer.content.decode()
    shop.refresh_from_db()
    contract = shop.newest_contract
    assert contract is not None and str(contract.valid_to or "") == until
    assert shop.stage == stage
    assert (f"/shops/{shop.pk}/end/" in answer.content.decode()) is (stage == "contracted")


def test_a_contract_is_corrected_through_the_api_as_on_the_page(
    world: World, shop: PartnerShop, act: Act, client: Client
) -> None:
    _ended(shop, act, date(2023, 2, 1))
    client.force_login(world.account("632322.clerk"))
    address = f"/api/v1/shops/{shop.pk}/correct-contract/"
    given: dict[str, Any] = {"valid_from": "2022-07-01", "reason": "日期写错"}
    for until, stage in (("2023-03-01", "ended"), (None, "contracted")):
        body = {**given, "valid_to": until}
        answer: Any = client.post(address, body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        assert answer.json()["stage"] == stage
    answer = client.post(address, {**given, "valid_to": "2022-06-01"}, content_type="application/json")
    assert answer.status_code in (400, 422) and "终止日期必须晚于起始日期" in answer.content.decode()


def test_what_the_correction_leaves_alone_does_not_bring_an_ended_shop_back(
    shop: PartnerShop, act: Act
) -> None:
    until = timezone.localdate() + timedelta(days=20)
    _ended(shop, act, until)
    given = {"row": shop, "valid_from": date(2022, 7, 1), "reason": "编号写错"}
    act(actions.correct_contract, **given, valid_to=until, contract_no="HT-7")
    shop.refresh_from_db()
    assert shop.stage == "ended"


def test_a_contract_that_goes_on_while_its_shop_was_left_ended_can_be_put_right(
    world: World, shop: PartnerShop, act: Act
) -> None:
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        PartnerShop.objects.filter(pk=shop.pk).update(stage="ended")
    scope.apply_everywhere()
    contract = shop.newest_contract
    assert contract is not None and contract.valid_to is None
    same = {"valid_from": contract.valid_from, "discount": contract.discount}
    act(
        actions.correct_contract,
        row=shop,
        contract_no=contract.contract_no,
        reason="没有终止",
        **same,
    )
    shop.refresh_from_db()
    assert shop.stage == "contracted"


def test_a_shop_comes_back_under_contract_only_as_one_that_signs(
    world: World, shop: PartnerShop, act: Act
) -> None:
    again = {"row": shop, "valid_from": date(2022, 7, 1), "reason": "日期写错"}
    act(actions.suspend_shop, row=shop, valid_from=date(2023, 1, 20), cause="卫生")
    _ended(shop, act, date(2023, 2, 1))
    act(actions.inspect_shop, row=shop, inspected_on=DAY, passed=True)
    act(actions.sign_contract, row=shop, valid_from=date(2023, 6, 1))
    _ended(shop, act, date(2023, 7, 1))
    with pytest.raises(Refused, match="这家门店在这段时间已有合同"):
        act(actions.correct_contract, **again)
    shop.refresh_from_db()
    assert shop.stage == "ended"
    act(actions.correct_contract, **{**again, "valid_from": date(2023, 6, 1)})
    shop.refresh_from_db()
    assert shop.stage == "contracted"
    assert "已被暂停资格" in why_closed(shop, timezone.localdate())


def test_a_refused_or_archived_shop_does_not_come_back_by_its_contract(
    world: World, shop: PartnerShop, act: Act
) -> None:
    again = {"row": shop, "valid_from": date(2022, 7, 1), "reason": "日期写错"}
    _ended(shop, act, date(2023, 2, 1))
    act(actions.inspect_shop, row=shop, inspected_on=DAY, passed=True)
    act(actions.refuse_shop, row=shop, refusal="没有健康证")
    with pytest.raises(Refused, match="请先登记一次合格的检查"):
        act(actions.correct_contract, **again)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        PartnerShop.objects.filter(pk=shop.pk).update(stage="ended", refusal="", archived_at=timezone.now())
    scope.apply_everywhere()
    with pytest.raises(Refused, match="已归档"):
        act(actions.correct_contract, **again)


def test_a_table_with_a_later_end_brings_an_ended_shop_back(
    world: World, shop: PartnerShop, act: Act, tmp_path: Path
) -> None:
    clerk = world.account("632322.clerk")
    _ended(shop, act, date(2023, 2, 1))
    line = "一号店,*,,,,,,,2022-07-01,{},"
    commit(clerk, check(clerk, _table(tmp_path, shop.programme, line.format("2023-03-01")), "shops"))
    shop.refresh_from_db()
    assert shop.stage == "ended"
    later = timezone.localdate() + timedelta(days=30)
    batch = check(clerk, _table(tmp_path, shop.programme, line.format(later)), "shops")
    assert batch.rows.get().changes["阶段"] == ["已终止", "已签约"]
    commit(clerk, batch)
    shop.refresh_from_db()
    contract = shop.newest_contract
    assert contract is not None and (shop.stage, contract.valid_to) == ("contracted", later)
    act(actions.end_shop, row=shop, valid_to=date(2023, 2, 1))
    act(actions.inspect_shop, row=shop, inspected_on=DAY, passed=True)
    act(actions.refuse_shop, row=shop, refusal="没有健康证")
    batch = check(clerk, _table(tmp_path, shop.programme, line.format(later)), "shops")
    assert "合格的检查" in str(problems(clerk, batch))


def test_a_correction_says_which_meals_lie_outside_and_the_shop_tells_of_both_dates(
    world: World, shop: PartnerShop, act: Act, client: Client
) -> None:
    client.force_login(world.account("632322.clerk"))
    meal = {"programme": shop.programme, "shop": shop, "person": world.persons["632322-1"]}
    for day in (8, 9, 10):
        act(actions.record_meal, **meal, served_on=date(2023, 1, day))
    given = {"valid_from": "2022-08-01", "valid_to": "2023-01-09", "reason": "日期写错"}
    answer: Any = client.post(f"/shops/{shop.pk}/correct-contract/", given, follow=True)
    page = answer.content.decode()
    assert (
        "已有就餐记录在更正后的合同以外：起始日期以前 1 份（2022-07-04），"
        "终止日期起 2 份（2023-01-09 至 2023-01-10），生成或重新生成月结算时列为疑点。"
    ) in page
    life = page[page.index('class="timeline"') :]
    assert "起始日期：<del>2022-07-01</del> → <ins>2022-08-01</ins>" in life
    assert "终止日期：<ins>2023-01-09</ins>" in life
    act(actions.sign_contract, row=shop, valid_from=date(2023, 1, 9))
    given = {"valid_from": "2023-01-10", "reason": "日期写错"}
    answer = client.post(f"/shops/{shop.pk}/correct-contract/", given, follow=True)
    assert "起始日期以前 2 份（2022-07-04 至 2023-01-09）" in answer.content.decode()
