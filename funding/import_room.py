"""Payments of a plan for which their contract has no room any more: somebody has paid since the check."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import connection

from core.checks import Problem
from core.imports.staging import hold_late
from core.models import ImportBatch
from core.money import yuan

MORE_FIRST = "金额增加的，请先在合同页面登记补充协议"
# Payments before their contracts, as the pages lock them.
_LOCK_PAYMENTS = """
select 1 from funding_contractpayment p join core_importrow r on r.target_id = p.id
where r.batch_id = %s and r.plan = 'changed' order by p.id for update of p"""
_LOCK_CONTRACTS = """
select 1 from funding_projectcontract where id in (
  select coalesce(p.contract_id, (r."values" -> 'row' ->> 'contract_id')::bigint)
  from core_importrow r left join funding_contractpayment p on p.id = r.target_id
  where r.batch_id = %s and r.plan in ('new', 'changed'))
order by id for update"""
# By how much each row raises what is paid, of contracts that all rows together would overdraw; what falls comes first.
_RISING = """
select number, contract, room, rise from (
  select number, contract, room, rise, sum(rise) over (partition by contract) as total from (
    select r.number, c.id as contract, c.amount + c.supplemented - c.paid as room,
      coalesce((r."values" -> 'row' ->> 'amount')::numeric, p.amount) - coalesce(p.amount, 0) as rise
    from core_importrow r left join funding_contractpayment p on p.id = r.target_id
    join funding_projectcontract c
      on c.id = coalesce(p.contract_id, (r."values" -> 'row' ->> 'contract_id')::bigint)
    where r.batch_id = %s and (r.plan = 'new' or r.plan = 'changed' and p.version = r.target_version)) one) every
where total > room order by rise >= 0, number"""


def hold_overpaid(batch: ImportBatch, column: str) -> None:
    """Hold the rows that do not fit, so that the others are written."""
    left: dict[int, Decimal] = {}
    over = []
    for number, contract, room, rise in _rising(batch):
        left.setdefault(contract, room)
        if rise > max(left[contract], Decimal(0)):
            over.append((number, _problem(column, left[contract])))
        else:
            left[contract] -= rise
    hold_late(batch, over)


def _rising(batch: ImportBatch) -> list[tuple[int, int, Decimal, Decimal]]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_PAYMENTS, [batch.pk])
        cursor.execute(_LOCK_CONTRACTS, [batch.pk])
        cursor.execute(_RISING, [batch.pk])
        return list(cursor.fetchall())


def _problem(column: str, room: Decimal) -> dict[str, Any]:
    said = f"核对之后这份合同又有付款或变动，只剩 {yuan(room)} 元可付"
    return {"column": column, "message": str(Problem(said, MORE_FIRST)), "value": ""}
