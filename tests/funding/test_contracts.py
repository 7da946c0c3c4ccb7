"""Contracts, supplements, payments: never more than agreed, and never typed twice."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from cases.models import Project
from core import scope
from core.actions import Refused, bootstrap
from core.imports import actions as imports
from core.models import AuditEvent, Finding
from funding import actions
from funding.models import ContractPayment, ContractSupplement, FundingLine, ProjectContract
from funding.spending import compared
from metrics.actions import run_checks
from tests.imports.conftest import check, commit, counts, problems, table
from tests.world import PASSWORD, World

__all__ = ["table"]
SIGNED = date(2023, 3, 5)
Act = Callable[..., Any]
Write = Callable[..., Path]


@pytest.fixture
def project(world: World) -> Project:
    return world.projects["632322"]


@pytest.fixture
def act(world: World) -> Act:
    def call(action: Callable[..., Any], by: str = "632322.clerk", **arguments: Any) -> Any:
        return action(by=world.account(by), **arguments)

    return call


@pytest.fixture
def contract(act: Act, project: Project) -> ProjectContract:
    row: ProjectContract = act(
        actions.create_contract,
        project=project,
        number="合-2023-01",
        other_party="青海某建设公司",
        subject="主体施工",
        amount=Decimal("1000.00"),
        signed_on=SIGNED,
    )
    return row


def pay(act: Act, contract: ProjectContract, amount: str, **more: Any) -> ContractPayment:
    row: ContractPayment = act(
        actions.record_payment, contract=contract, amount=Decimal(amount), paid_on=date(2023, 4, 1), **more
    )
    return row


def refused(act: Act, sentence: str, action: Callable[..., Any], **arguments: Any) -> None:
    events = AuditEvent.objects.count()
    with pytest.raises(Refused, match=sentence):
        act(action, **arguments)
    assert AuditEvent.objects.count() == events


def sums(contract: ProjectContract) -> tuple[Decimal, Decimal, Decimal]:
    contract.refresh_from_db()
    return contract.supplemented, contract.paid, contract.unpaid


def test_no_payment_passes_what_was_agreed(act: Act, contract: ProjectContract) -> None:
    pay(act, contract, "600")
    with pytest.raises(
        Refused, match=r"还可付 400\.00 元，付 400\.01 元就超过了。金额增加的，请先登记补充协议"
    ):
        pay(act, contract, "400.01")
    supplement = {
        "contract": contract,
        "number": "补-1",
        "subject": "增加管网",
        "amount": Decimal("200.00"),
        "signed_on": date(2023, 4, 2),
    }
    act(actions.add_supplement, **supplement)
    pay(act, contract, "600.00", reference="付-2")
    assert sums(contract) == (Decimal(200), Decimal(1200), Decimal(0))
    row = ContractSupplement.objects.get()
    refused(act, "已付 1,200.00 元", actions.archive_supplement, row=row)
    refused(act, "已付 1,200.00 元", actions.change_supplement, row=row, amount=Decimal("199.99"))
    refused(act, "已付 1,200.00 元", actions.change_contract, row=contract, amount=Decimal("999.99"))
    minus = {**supplement, "number": "补-2", "amount": Decimal("-0.01")}
    refused(act, "已付 1,200.00 元", actions.add_supplement, **minus)
    refused(act, "还有付款", actions.archive_contract, row=contract)


def test_the_database_keeps_the_sums_whoever_writes(
    act: Act, world: World, contract: ProjectContract
) -> None:
    payment = pay(act, contract, "600")
    with bootstrap("test.write", lambda: world.accounts["admin"]):
        ContractPayment.objects.filter(pk=payment.pk).update(amount=Decimal(700))
    assert sums(contract)[1] == Decimal(700)
    for amount in (Decimal("1000.01"), Decimal(5000)):
        with (
            pytest.raises(IntegrityError, match="contract_paid_within_agreed"),
            transaction.atomic(),
            bootstrap("test.write", lambda: world.accounts["admin"]),
        ):
            ContractPayment.objects.filter(pk=payment.pk).update(amount=amount)
    with bootstrap("test.write", lambda: world.accounts["admin"]):
        ContractPayment.objects.filter(pk=payment.pk).delete()
    assert sums(contract)[1] == Decimal(0)


@given(st.lists(st.integers(-50_000, 50_000), max_size=8))
def test_pure_comparison_adds_up_to_the_fen(cents: list[int]) -> None:
    paid = [(Decimal(abs(value)) / 100, value >= 0) for value in cents]
    spent = [amount for amount, is_entered in paid if is_entered]
    found = compared(paid, spent)
    if not paid:
        assert found is None
        return
    assert found is not None and found.difference == -found.unentered
    assert found.agrees == (found.unentered == 0)


def test_days_are_in_order(act: Act, contract: ProjectContract) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    payment = {"contract": contract, "amount": Decimal(1)}
    refused(act, "才签订", actions.record_payment, **payment, paid_on=date(2023, 3, 4))
    refused(act, "不能晚于今天", actions.record_payment, **payment, paid_on=tomorrow)
    pay(act, contract, "1")
    refused(act, "签订日期不能晚于", actions.change_contract, row=contract, signed_on=date(2023, 5, 1))
    refused(
        act,
        "约定完成日期不能早于",
        actions.change_contract,
        row=contract,
        planned_finish_on=date(2023, 3, 1),
    )


def supplement_of(act: Act, contract: ProjectContract) -> ContractSupplement:
    given = {"number": "补-1", "subject": "增加管网", "amount": Decimal(1), "signed_on": date(2023, 4, 2)}
    row: ContractSupplement = act(actions.add_supplement, contract=contract, **given)
    return row


def test_a_supplement_is_not_moved_before_its_contract(act: Act, contract: ProjectContract) -> None:
    row, early = supplement_of(act, contract), SIGNED - timedelta(days=1)
    refused(act, "补充协议不能早于这一天", actions.change_supplement, row=row, signed_on=early)
    act(actions.change_supplement, row=row, signed_on=SIGNED)


def test_a_contract_is_not_moved_behind_its_supplements(act: Act, contract: ProjectContract) -> None:
    supplement_of(act, contract)
    late = date(2023, 4, 3)
    refused(act, "2023-04-02 已签补充协议", actions.change_contract, row=contract, signed_on=late)
    act(actions.change_contract, row=contract, signed_on=date(2023, 4, 2))


def test_a_number_is_given_once(act: Act, project: Project, contract: ProjectContract) -> None:
    again = {
        "project": project,
        "number": " 合-2023-01 ",
        "other_party": "他",
        "subject": "他",
        "amount": Decimal(1),
        "signed_on": SIGNED,
    }
    refused(act, "已登记过这个合同编号", actions.create_contract, **again)
    act(actions.archive_contract, row=contract, reason="作废")
    act(actions.create_contract, **again)
    refused(act, "已归档", actions.record_payment, contract=contract, amount=Decimal(1), paid_on=SIGNED)


# --- payments that the bank returned


def test_a_returned_payment_stays_in_the_file_and_makes_room_again(
    act: Any, contract: ProjectContract, world: World
) -> None:
    source = world.lines["632322-enterprise"].source
    payment = pay(act, contract, "1000", is_spending=True, source=source)
    given = {"returned_on": date(2023, 4, 3), "words": "户名不符"}
    refused(
        act,
        "退回日期应在付款的",
        actions.return_contract_payment,
        row=payment,
        **given | {"returned_on": SIGNED},
    )
    act(actions.return_contract_payment, row=payment, **given)
    contract.refresh_from_db()
    assert contract.paid == 0 and not FundingLine.objects.active().filter(stage="spent").exists()
    for attempt in (actions.archive_payment, actions.spend_payment, actions.return_contract_payment):
        more = given if attempt is actions.return_contract_payment else {}
        refused(act, "已登记 2023-04-03 退回", attempt, row=payment, **more)
    act(actions.keep_contract_payment, row=payment, reason="看错了")
    contract.refresh_from_db()
    assert contract.paid == 1000 and FundingLine.objects.active().get(stage="spent").amount == 1000
    act(actions.return_contract_payment, row=payment, **given)
    pay(act, contract, "1000")
    refused(act, "还可付 0.00 元", actions.keep_contract_payment, row=payment)
    assert ContractPayment.objects.filter(contract=contract).count() == 2


# --- payments and spending are one fact


def test_a_payment_and_its_spending_are_entered_once(
    act: Act, world: World, contract: ProjectContract
) -> None:
    source = world.lines["632322-county_match"].source
    with pytest.raises(Refused, match="写明资金来源"):
        pay(act, contract, "300", is_spending=True)
    payment = pay(act, contract, "300", is_spending=True, source=source, reference="凭-7")
    line = FundingLine.objects.get(stage="spent")
    assert payment.line == line and payment.stands_in_lines
    told = (line.amount, line.recorded_on, line.document_no, line.source, line.project)
    assert told == (Decimal(300), date(2023, 4, 1), "凭-7", source, contract.project)
    act(actions.change_payment, row=payment, amount=Decimal(350), reference="凭-8")
    line.refresh_from_db()
    assert (line.amount, line.document_no) == (Decimal(350), "凭-8")
    act(actions.archive_payment, row=payment, reason="重复登记")
    line.refresh_from_db()
    assert line.is_archived and sums(contract)[1] == Decimal(0)


def test_a_source_of_another_county_pays_nothing_here(
    act: Act, world: World, contract: ProjectContract
) -> None:
    foreign = world.lines["632323-county_match"].source
    refused(
        act,
        "本县登记",
        actions.record_payment,
        by="admin",
        contract=contract,
        amount=Decimal(1),
        paid_on=date(2023, 4, 1),
        source=foreign,
    )


def test_what_was_typed_twice_is_matched_and_the_finding_goes(
    act: Act, world: World, contract: ProjectContract
) -> None:
    source = world.lines["632322-county_match"].source
    payment = pay(act, contract, "300")
    line = act(
        actions.record_line,
        project=contract.project,
        source=source,
        stage="spent",
        amount=Decimal(300),
        recorded_on=date(2023, 4, 3),
    )

    def open_findings() -> list[str]:
        act(run_checks)
        found = Finding.objects.filter(check_key="payments_against_spending", state="open")
        return list(found.values_list("message", flat=True))

    (message,) = open_findings()
    assert "没有对应的支出明细" in message and "相差" not in message
    act(actions.link_payment, row=payment, line=line)
    payment.refresh_from_db()
    assert payment.source == source and open_findings() == []
    refused(act, "已有对应的支出明细", actions.spend_payment, row=payment, source=source)
    with bootstrap("demo.load", lambda: world.accounts["admin"]):  # as it could be corrected once
        FundingLine.objects.filter(pk=line.pk).update(amount=310)
    (message,) = open_findings()
    assert "相差" in message


def test_only_a_line_of_the_same_amount_is_matched(act: Act, world: World, contract: ProjectContract) -> None:
    payment = pay(act, contract, "300")
    approved = world.lines["632322-county_match"]
    refused(act, "只能对上这个项目的“支出”", actions.link_payment, row=payment, line=approved)
    line = act(
        actions.record_line,
        project=contract.project,
        source=approved.source,
        stage="spent",
        amount=Decimal(299),
        recorded_on=date(2023, 4, 3),
    )
    refused(act, "两者金额要相同", actions.link_payment, row=payment, line=line)
    act(actions.correct_line, row=line, amount=Decimal(300))
    act(actions.link_payment, row=payment, line=line)
    second = pay(act, contract, "300", reference="付-2")
    refused(act, "已对上另一笔付款", actions.link_payment, row=second, line=line)


PAID = "就是合同 合-2023-01 在 2023-04-01 的付款 300.00 元"


@pytest.fixture
def spent(act: Act, world: World, contract: ProjectContract) -> ContractPayment:
    return pay(act, contract, "300", is_spending=True, source=world.lines["632322-county_match"].source)


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", Decimal(1)), ("recorded_on", date(2023, 4, 2)), ("stage", "received"), ("goods", "制氧机")],
)
def test_the_line_of_a_payment_is_corrected_with_the_payment(
    act: Act, world: World, spent: ContractPayment, field: str, value: Any
) -> None:
    line = FundingLine.objects.get(stage="spent")
    with pytest.raises(Refused, match=f"{PAID}.*不能单独改。请在那笔付款的页面“修改”") as told:
        act(actions.correct_line, row=line, **{field: value})
    assert told.value.field == field
    act(actions.correct_line, row=line, amount=Decimal(300), note="第一笔")


def test_the_line_of_a_payment_leaves_neither_its_project_nor_the_register(
    act: Act, world: World, spent: ContractPayment
) -> None:
    line, elsewhere = FundingLine.objects.get(stage="spent"), world.programmes["632322"]
    refused(act, PAID, actions.correct_line, row=line, project=None, programme=elsewhere)
    refused(act, f"{PAID}，不能单独归档。.*请归档那笔付款", actions.archive_line, row=line, reason="重复")
    act(actions.return_contract_payment, row=spent, returned_on=date(2023, 4, 5), words="账号有误")
    line.refresh_from_db()
    act(actions.correct_line, row=line, note="已退回", amount=Decimal(299))


def test_a_line_that_was_parted_may_be_brought_back(act: Act, world: World, spent: ContractPayment) -> None:
    line = FundingLine.objects.filter(stage="spent")
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        line.update(amount=1)
    refused(act, PAID, actions.correct_line, row=line.get(), amount=Decimal(2))
    act(actions.correct_line, row=line.get(), amount=Decimal(300))


def test_a_table_corrects_no_line_of_a_payment(world: World, spent: ContractPayment, table: Write) -> None:
    line, clerk = FundingLine.objects.get(stage="spent"), world.account("632322.clerk")
    head = ["资金编号", "建设项目", "资金来源", "阶段", "金额（元）", "日期", "备注"]
    given = [str(line.pk), str(line.project), str(line.source), "支出"]
    batch = check(clerk, table(head, [*given, "1", "2023-04-01", ""]), "funding_lines")
    [(label, said)] = problems(clerk, batch)[2]
    assert label == "金额（元）" and PAID in said and "请在那笔付款的页面“修改”" in said
    batch = check(clerk, table(head, [*given, "300", "2023-04-01", "第一笔"], name="b.csv"), "funding_lines")
    assert counts(batch) == (0, 1, 0, 0), problems(clerk, batch)


def test_a_line_found_to_be_a_payment_since_the_check_is_held(
    act: Act, world: World, contract: ProjectContract, table: Write
) -> None:
    payment, source = pay(act, contract, "300"), world.lines["632322-county_match"].source
    day, spent = date(2023, 4, 1), Decimal(300)
    given = {"source": source, "stage": "spent", "amount": spent, "recorded_on": day}
    line = act(actions.record_line, project=contract.project, **given)
    head = ["资金编号", "建设项目", "资金来源", "阶段", "金额（元）", "日期"]
    row = [str(line.pk), str(contract.project), str(source), "支出", "1", "2023-04-01"]
    clerk = world.account("632322.clerk")
    batch = check(clerk, table(head, row), "funding_lines")
    assert counts(batch) == (0, 1, 0, 0), problems(clerk, batch)
    act(actions.link_payment, row=payment, line=line)
    batch = commit(clerk, batch)
    assert counts(batch) == (0, 0, 0, 1) and "已对上一笔合同付款" in str(problems(clerk, batch))


# --- pages


@pytest.fixture
def clerk(client: Client, world: World) -> Client:
    assert client.login(username="632322.clerk", password=PASSWORD)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_from_the_contract_to_the_spending_on_the_pages(
    clerk: Client, world: World, project: Project
) -> None:
    source = world.lines["632322-county_match"].source
    given = {
        "number": "合-9",
        "other_party": "བོད་ལྗོངས་ཨར་ལས་ཀུང་སི་ཚད་ཡོད་" * 3,
        "subject": "主体施工",
        "amount": "100万",
        "signed_on": "2023-03-05",
    }
    assert clerk.post(f"/projects/{project.pk}/contract/", given).status_code == 302
    contract = ProjectContract.objects.get()
    page = text(clerk.get(f"/project_contracts/{contract.pk}/pay/"))
    assert "同时记一笔资金支出" in page and "泽库" not in page
    address = f"/project_contracts/{contract.pk}/pay/"
    much = clerk.post(address, {"amount": "101万", "paid_on": "2023-04-01"})
    assert much.status_code == 422 and "还可付 1,000,000.00 元" in text(much)
    paid = {"amount": "60万", "paid_on": "2023-04-01", "source": source.pk, "is_spending": "on"}
    assert clerk.post(address, paid).status_code == 302
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert "合同合计" in page and "100.00 万元" in page and "一致" in page and "60.00 万元" in page
    supplement = {"number": "补-1", "subject": "减项", "amount": "-5万", "signed_on": "2023-04-02"}
    assert clerk.post(f"/project_contracts/{contract.pk}/supplement/", supplement).status_code == 302
    clerk.post(address, {"amount": "10万", "paid_on": "2023-04-05"})
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert "95.00 万元" in page and "相差 10.00 万元" in page and "没有记入支出" in page
    payment = ContractPayment.objects.get(amount=100_000)
    answer = clerk.post(f"/contract_payments/{payment.pk}/spend/", {"source": source.pk})
    assert answer.status_code == 302
    assert "相差 10.00 万元" not in text(clerk.get(f"/projects/{project.pk}/"))
    listed = text(clerk.get("/project_contracts/?state=open"))
    assert "合-9" in listed and "合-9" not in text(clerk.get("/project_contracts/?state=unpaid"))


# --- spreadsheets


def test_contracts_and_payments_come_in(world: World, contract: ProjectContract, table: Write) -> None:
    clerk = world.account("632322.clerk")
    path = table(
        ["合同号", "项目名称", "乙方", "内容", "合同价", "签订日期", "完工日期"],
        ["合-2023-01", "尖扎职工氧吧", "", "", "1100", "", ""],
        ["合-2", "尖扎职工氧吧", "设备公司", "制氧机", "2万", "2023-05-01", ""],
        ["合-3", "尖扎职工氧吧", "设备公司", "座椅", "2万", "2023-05-01", "2023-04-01"],
        ["合-4", "泽库职工氧吧", "设备公司", "座椅", "2万", "2023-05-01", ""],
    )
    batch = commit(clerk, check(clerk, path, "project_contracts"))
    assert counts(batch) == (1, 1, 0, 2), problems(clerk, batch)
    path = table(
        ["支付日期", "合同编号", "付款金额", "凭证号", "来源"],
        ["2023-06-01", "合-2023-01", "800", "凭1", "县级配套"],
        ["2023-06-02", "合-2023-01", "300.01", "凭2", ""],
        ["2023-06-03", "合-2023-01", "300", "凭3", ""],
        ["2023-02-03", "合-2", "300", "凭4", ""],
        ["2023-06-03", "合-2", "300", "凭5", "没有的来源"],
        ["2023-06-03", "合-8", "300", "凭6", ""],
    )
    batch = commit(clerk, check(clerk, path, "contract_payments"))
    assert counts(batch) == (2, 0, 0, 4), problems(clerk, batch)
    said = str(problems(clerk, batch))
    for words in ("只剩 300.00 元可付", "早于合同签订日期", "没有唯一的资金来源", "没有合同"):
        assert words in said, words
    assert counts(check(clerk, path, "contract_payments")) == (0, 0, 2, 4)
    with scope.applied(clerk):
        assert sums(contract) == (Decimal(0), Decimal(1100), Decimal(0))
    assert imports.undo(by=clerk, row=batch).kept == []
    with scope.applied(clerk):
        assert sums(contract) == (Decimal(0), Decimal(0), Decimal(1100))


def test_a_sheet_moves_no_contract_behind_its_payments_and_supplements(
    world: World, act: Act, contract: ProjectContract, table: Write
) -> None:
    clerk = world.account("632322.clerk")
    pay(act, contract, "1")
    supplement_of(act, contract)
    path = table(
        ["合同号", "项目名称", "乙方", "内容", "合同价", "签订日期"],
        ["合-2023-01", "尖扎职工氧吧", "", "", "", "2023-04-03"],
    )
    batch = check(clerk, path, "project_contracts")
    assert counts(batch) == (0, 0, 0, 1)
    said = str(problems(clerk, batch))
    assert "2023-04-01 已有付款" in said and "2023-04-02 已有补充协议" in said


def test_payments_that_came_in_meanwhile_hold_the_rows_that_no_longer_fit(
    world: World, act: Act, contract: ProjectContract, table: Write
) -> None:
    clerk = world.account("632322.clerk")
    head = ["付款日期", "合同编号", "付款金额"]
    path = table(head, ["2023-06-01", "合-2023-01", "800"], ["2023-06-02", "合-2023-01", "100"])
    batch = check(clerk, path, "contract_payments")
    pay(act, contract, "300")
    batch = commit(clerk, batch)
    assert counts(batch) == (1, 0, 0, 1)
    ((column, said),) = problems(clerk, batch)[2]
    assert column == "付款金额（元）" and "只剩 700.00 元可付。金额增加的，请先在合同页面登记补充协议" in said
    with scope.applied(clerk):
        assert sums(contract)[1] == Decimal(400)


def test_lines_of_one_amount_are_told_apart_and_payment_and_line_lead_to_each_other(
    act: Act, client: Client, world: World, contract: ProjectContract
) -> None:
    source = world.lines["632322-county_match"].source
    payment = pay(act, contract, "300")
    lines = [
        act(
            actions.record_line,
            project=contract.project,
            source=source,
            stage="spent",
            amount=Decimal(300),
            recorded_on=date(2023, 4, day),
            document_no=voucher,
        )
        for day, voucher in ((3, "凭-3"), (4, ""))
    ]
    assert client.login(username="632322.clerk", password=PASSWORD)
    form = client.get(f"/contract_payments/{payment.pk}/link/").content.decode()
    assert "2023-04-03 县级配套 300.00 元，凭证号 凭-3" in form
    assert "2023-04-04 县级配套 300.00 元，没有凭证号" in form
    act(actions.link_payment, row=payment, line=lines[0])
    line = client.get(f"/funding_lines/{lines[0].pk}/").content.decode()
    assert f"/contract_payments/{payment.pk}/" in line and "合同 合-2023-01，2023-04-01 付 300.00 元" in line
    assert "合同付款" not in client.get(f"/funding_lines/{lines[1].pk}/").content.decode()
    assert (
        f"/funding_lines/{lines[0].pk}/" in client.get(f"/contract_payments/{payment.pk}/").content.decode()
    )
