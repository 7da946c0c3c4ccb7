"""Contracts and payments from sheets: a number once in a union, no payment beyond what was agreed, row by row."""

from decimal import Decimal

from cases import actions as cases
from core import scope
from funding.models import ProjectContract
from tests.funding.test_contracts import Act, Write, act, contract, pay, project, sums
from tests.imports.conftest import check, commit, counts, problems, table
from tests.world import World

__all__ = ["act", "contract", "project", "table"]


def test_a_sheet_raises_a_payment_only_as_far_as_the_contract_goes(
    world: World, act: Act, contract: ProjectContract, table: Write
) -> None:
    clerk = world.account("632322.clerk")
    first, second = pay(act, contract, "500"), pay(act, contract, "400")
    head = ["付款编号", "付款日期", "合同编号", "付款金额"]
    more = [str(first.pk), str(first.paid_on), "合-2023-01", "700"]
    batch = check(clerk, table(head, more), "contract_payments")
    assert counts(batch) == (0, 0, 0, 1)
    assert problems(clerk, batch)[2] == [
        (
            "付款金额（元）",
            "比登记的 500.00 元多 200.00 元，这份合同只剩 100.00 元可付。金额增加的，请先在合同页面登记补充协议。",
        )
    ]
    less = [str(second.pk), str(second.paid_on), "合-2023-01", "250"]
    new = ["", "2023-06-03", "合-2023-01", "50"]
    batch = commit(clerk, check(clerk, table(head, new, more, less), "contract_payments"))
    assert counts(batch) == (1, 2, 0, 0), problems(clerk, batch)
    with scope.applied(clerk):
        assert sums(contract)[1] == Decimal(1000)


def test_a_payment_raised_when_others_came_in_meanwhile_is_held(
    world: World, act: Act, contract: ProjectContract, table: Write
) -> None:
    clerk = world.account("632322.clerk")
    first = pay(act, contract, "500")
    head = ["付款编号", "付款日期", "合同编号", "付款金额"]
    more = [str(first.pk), str(first.paid_on), "合-2023-01", "700"]
    batch = check(clerk, table(head, more, ["", "2023-06-03", "合-2023-01", "50"]), "contract_payments")
    assert counts(batch) == (1, 1, 0, 0), problems(clerk, batch)
    pay(act, contract, "400")
    assert counts(commit(clerk, batch)) == (1, 0, 0, 1)
    assert "只剩 100.00 元可付" in problems(clerk, batch)[2][0][1]


def test_a_contract_number_of_another_project_is_told_with_the_project(
    world: World, contract: ProjectContract, table: Write
) -> None:
    clerk = world.account("632322.clerk")
    attributes = {"places": "坎布拉镇"}
    for name in ("高压氧舱甲", "高压氧舱乙"):
        cases.create_project(
            by=clerk, union=world.unions["632322"], kind="oxygen_chamber", name=name, attributes=attributes
        )
    rest = ["设备公司", "制氧机", "2万", "2023-05-01"]
    path = table(
        ["合同号", "项目名称", "乙方", "内容", "合同价", "签订日期"],
        ["合-2023-01", "高压氧舱甲", *rest],
        ["合-9", "高压氧舱甲", *rest],
        ["合-9", "高压氧舱乙", *rest],
    )
    batch = commit(clerk, check(clerk, path, "project_contracts"))
    assert counts(batch) == (1, 0, 0, 2)
    remedy = "一个工会的合同编号不重复，请核对编号和项目。"
    assert problems(clerk, batch) == {
        2: [("合同编号", f"本工会已登记过这个合同编号，在“尖扎职工氧吧”。{remedy}")],
        4: [("合同编号", f"第 3 行“高压氧舱甲”也用这个合同编号。{remedy}")],
    }
