"""A payment, a line of spending and an entry of the subsidy are entered once, whoever enters them and how."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from core import scope
from core.actions import Refused, bootstrap
from funding import actions
from funding.models import ContractPayment, FundingLine, ProjectContract, SubsidyEntry, SubsidyGrant
from tests.funding.months import CLERK, at_once
from tests.funding.test_contracts import Act, Write, act, contract, pay, project
from tests.imports.conftest import check, commit, counts, problems, table
from tests.world import PASSWORD, World, build

__all__ = ["act", "contract", "project", "table"]
DAY = date(2023, 4, 1)
TAKEN = "这份合同已有凭证号“付-1”的付款（2023-04-01、100.00 元）。请核对；分几次付的请写不同的凭证号。"
HEAD = ["付款日期", "合同编号", "付款金额", "凭证号"]
SPENT: dict[str, Any] = {"stage": "spent", "amount": Decimal(100), "recorded_on": DAY}


def standing() -> Any:
    return ContractPayment.objects.standing()


def test_a_voucher_pays_once_on_a_contract(act: Act, contract: ProjectContract) -> None:
    first = pay(act, contract, "100", reference="付-1")
    with pytest.raises(Refused) as told:
        pay(act, contract, "50", reference=" 付-1 ")
    assert (told.value.message, told.value.field) == (TAKEN, "reference")
    second = pay(act, contract, "100", reference="付-2")
    with pytest.raises(Refused, match="已有凭证号“付-1”"):
        act(actions.change_payment, row=second, reference="付-1")
    act(actions.change_payment, row=second, reference="付-2", note="第二笔")
    act(actions.archive_payment, row=first, reason="重复")
    act(actions.change_payment, row=second, reference="付-1")


def test_without_a_voucher_day_and_amount_tell_payments_apart(act: Act, contract: ProjectContract) -> None:
    pay(act, contract, "100")
    with pytest.raises(Refused, match=r"已有同样的付款（2023-04-01、100\.00 元，没有写凭证号）"):
        pay(act, contract, "100")
    other = pay(act, contract, "101")
    with pytest.raises(Refused, match="请写明凭证号"):
        act(actions.change_payment, row=other, amount=Decimal(100))
    act(actions.change_payment, row=other, amount=Decimal(100), reference="付-2")


def test_what_came_back_is_paid_again_and_stands_once(act: Act, contract: ProjectContract) -> None:
    first = pay(act, contract, "100", reference="付-1")
    act(actions.return_contract_payment, row=first, returned_on=date(2023, 4, 3), words="户名不符")
    second = pay(act, contract, "100", reference="付-1")
    with pytest.raises(Refused, match="已有凭证号“付-1”"):
        act(actions.keep_contract_payment, row=first)
    act(actions.archive_payment, row=second, reason="重复")
    act(actions.keep_contract_payment, row=first, reason="看错了")


def test_the_database_keeps_vouchers_of_what_is_written_from_now_on(
    act: Act, world: World, contract: ProjectContract
) -> None:
    first, second = (pay(act, contract, "100", reference=number) for number in ("付-1", "付-2"))
    payment = ContractPayment.objects.filter(pk=second.pk)

    def written(**values: Any) -> None:
        with transaction.atomic(), bootstrap("demo.load", lambda: world.accounts["admin"]):
            payment.update(**values)

    with pytest.raises(IntegrityError, match="voucher taken"):
        written(reference="付-1")
    with transaction.atomic(), bootstrap("demo.load", lambda: world.accounts["admin"]):
        _without_trigger(lambda: payment.update(reference="付-1"))
    written(note="从前就有两笔")
    assert standing().filter(contract=contract, reference="付-1").count() == 2
    act(actions.change_payment, row=payment.get(), note="核对过")
    act(actions.archive_payment, row=first, reason="重复")


def _without_trigger(write: Any) -> None:
    from django.db import connection

    for word in ("disable", "enable"):
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute(f"alter table funding_contractpayment {word} trigger keep_voucher_update")
        if word == "disable":
            write()


def test_the_page_says_it_at_the_voucher(client: Client, act: Act, contract: ProjectContract) -> None:
    pay(act, contract, "100", reference="付-1")
    assert client.login(username=CLERK, password=PASSWORD)
    given = {"amount": "100", "paid_on": "2023-04-01", "reference": "付-1"}
    answer = client.post(f"/project_contracts/{contract.pk}/pay/", given)
    assert answer.status_code == 422 and TAKEN in str(answer.context["form"].errors["reference"])


def test_the_interface_says_it_at_the_voucher(client: Client, act: Act, contract: ProjectContract) -> None:
    pay(act, contract, "100", reference="付-1")
    assert client.login(username=CLERK, password=PASSWORD)
    given = {"amount": "100.00", "paid_on": "2023-04-01", "reference": "付-1"}
    url = f"/api/v1/project_contracts/{contract.pk}/pay/"
    answer = client.post(url, given, content_type="application/json", headers={"Idempotency-Key": "二"})
    assert 400 <= answer.status_code < 500 and TAKEN in answer.content.decode()


def test_a_sheet_pays_no_voucher_twice(
    world: World, act: Act, contract: ProjectContract, table: Write
) -> None:
    pay(act, contract, "100", reference="付-1")
    clerk, number = world.account(CLERK), contract.number
    path = table(
        HEAD,
        ["2023-04-01", number, "100", "付-1"],
        ["2023-05-01", number, "200", "付-1"],
        ["2023-05-01", number, "50", "付-2"],
        ["2023-06-01", number, "50", "付-2"],
    )
    batch = check(clerk, path, "contract_payments")
    assert counts(batch) == (1, 0, 1, 2)
    assert problems(clerk, batch) == {
        3: [("凭证号", TAKEN)],
        5: [("凭证号", "第 4 行也用这个凭证号。请核对；分几次付的请写不同的凭证号。")],
    }
    pay(act, contract, "60", reference="付-2")
    batch = commit(clerk, batch)
    assert counts(batch) == (0, 0, 1, 3) and "核对之后这份合同已登记这个凭证号" in str(
        problems(clerk, batch)[4]
    )


@pytest.fixture
def committed(transactional_db: None) -> World:
    """A contract that threads see."""
    world = build()
    given = {"number": "合-1", "other_party": "某公司", "subject": "施工", "amount": Decimal(1000)}
    project = world.projects["632322"]
    actions.create_contract(by=world.account(CLERK), project=project, signed_on=DAY, **given)
    return world


@pytest.mark.parametrize("reference", ["付-1", ""])
def test_of_the_same_payment_at_once_one_is_made(committed: World, reference: str) -> None:
    clerk = committed.account(CLERK)
    with scope.applied(clerk):
        contract = ProjectContract.objects.get()
    source = committed.lines["632322-county_match"].source
    given = {"amount": Decimal(100), "paid_on": DAY, "reference": reference}
    more = {"source": source, "is_spending": True}
    said = at_once(4, lambda: actions.record_payment(by=clerk, contract=contract, **given, **more))
    assert said.count("done") == 1 and str(said).count("请核对") == 3
    with scope.applied(clerk):
        assert standing().count() == FundingLine.objects.filter(stage="spent").count() == 1


def test_of_the_same_spending_at_once_one_is_recorded(committed: World) -> None:
    clerk, project = committed.account(CLERK), committed.projects["632322"]
    given = {**SPENT, "source": "县级配套", "project": project}
    said = at_once(4, lambda: actions.record_line(by=clerk, **given))
    assert said.count("done") == 1 and str(said).count("已有同样的支出") == 3


def test_the_same_spending_is_recorded_once(act: Act, world: World, project: Any) -> None:
    given = {**SPENT, "project": project, "source": "县级配套"}
    first = act(actions.record_line, **given, document_no="付-2")
    told = r"“尖扎职工氧吧”已有同样的支出：县级配套，2023-04-01，100\.00 元，文号或凭证号“付-2”。"
    with pytest.raises(Refused, match=told) as refused:
        act(actions.record_line, **given, document_no=" 付-2")
    assert refused.value.field == "document_no"
    other = act(actions.record_line, **given)
    with pytest.raises(Refused, match="没有写文号或凭证号"):
        act(actions.record_line, **given)
    with pytest.raises(Refused, match="已有同样的支出"):
        act(actions.correct_line, row=other, document_no="付-2")
    act(actions.correct_line, row=other, note="第二笔")
    act(actions.record_line, **{**given, "stage": "received"})
    act(actions.record_line, **{**given, "stage": "received"})
    act(actions.archive_line, row=first, reason="重复")
    act(actions.correct_line, row=other, document_no="付-2")


def test_a_payment_does_not_repeat_spending_entered_by_hand(
    act: Act, world: World, contract: ProjectContract
) -> None:
    source = world.lines["632322-county_match"].source
    line = act(actions.record_line, **SPENT, project=contract.project, source=source, document_no="付-1")
    with pytest.raises(Refused, match=r"已有人在资金明细登记.*“对上已有支出”"):
        pay(act, contract, "100", reference="付-1", source=source, is_spending=True)
    payment = pay(act, contract, "100", reference="付-1", source=source)
    act(actions.link_payment, row=payment, line=line)
    assert FundingLine.objects.active().filter(stage="spent").count() == 1


def test_entries_of_the_subsidy_without_a_voucher_are_entered_once(world: World) -> None:
    union = world.unions["632322"]
    with bootstrap("demo.load", lambda: world.accounts["admin"]):
        values = {"year": 2023, "tier": "national", "amount": Decimal(1000), "granted_on": DAY}
        grant = SubsidyGrant.objects.create(union_id=union.pk, county_id=union.county_id, **values)
    by = world.account(CLERK)
    came = {"by": by, "row": grant, "stage": "received", "amount": Decimal(500), "occurred_on": DAY}
    actions.record_entry(**came)
    with pytest.raises(
        Refused, match=r"同样金额的到账已登记过（2023-04-01，500\.00 元，没有写凭证号）"
    ) as told:
        actions.record_entry(**came)
    assert told.value.field == "document_no"
    actions.record_entry(**came, document_no="青银2号")
    assert SubsidyEntry.objects.count() == 2
