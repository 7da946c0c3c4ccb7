"""Shops from spreadsheets, with the contract that each of them serves under."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.db.models import Max, QuerySet

from cases.actions.shops import MAY_GO_ON, lasts
from cases.kinds import kinds_of
from cases.late_meals import at_shop, tell_late_meals
from cases.models import Programme, ShopContract, ShopStage
from core.checks import Problem
from core.imports import Draft, Image, Lookup, ModelImporter, Numbers, complete_image

TERMS = {"contract_to": "valid_to", "contract_no": "contract_no", "discount": "discount"}
ALLOWED = (ShopStage.INSPECTED, ShopStage.CONTRACTED)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})[:：点时](?P<minute>\d{2})(?:[:：分]\d{0,2})?")
# Inside China; the database asks the same.
RANGES = {"longitude": (73, 136), "latitude": (3, 54)}


class ShopsImporter(ModelImporter):
    """A shop is found by programme and name, its contract by the first day."""

    keys = (("programme_id", "name"),)
    keeps_archived = True
    parts = (ShopContract,)
    given_by: ClassVar[dict[str, str]] = {"programme_id": "programme"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        kinds = [kind.key for kind in kinds_of("programme") if kind.serves_meals]
        rows = Programme.objects.visible_to(self.actor).filter(kind__in=kinds)
        carry = ("union_id", "county_id", "face_value")
        remedy = "请填写登记的全称"
        self.programmes = Lookup("供餐的服务项目", rows, carry=carry, remedy=remedy, current_only=True)
        self.contract_numbers = Numbers(ShopContract)

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self.programmes.prepare(draft.cells.get("programme") for draft in drafts)

    # --- from cells to values

    def image(self, draft: Draft) -> Image:
        image = super().image(draft)
        for key in RANGES:
            image[key] = self._degrees(draft, key)
        for key in ("serves_from", "serves_until"):
            image[key] = self._clock(draft, key)
        programme = self.programmes.resolve(draft, self.columns["programme"])
        if programme is not None:
            place = {"union_id": programme["union_id"], "county_id": programme["county_id"]}
            image |= {**place, "programme_id": programme["pk"]}
        return image

    def _degrees(self, draft: Draft, key: str) -> Decimal | None:
        text = draft.cells.get(key)
        if text is None:
            return None
        low, high = RANGES[key]
        try:
            value = Decimal(text).quantize(Decimal("0.000001"))
        except InvalidOperation:
            value = None
        if value is None or not low <= value <= high:
            problem = Problem(f"不是{low}至{high}之间的度数", "请填写十进制的度数，如 101.784500")
            draft.hold(self.columns[key].label, problem, text)
            return None
        return value

    def _clock(self, draft: Draft, key: str) -> time | None:
        text = draft.cells.get(key)
        found = _CLOCK.fullmatch(text) if text is not None else None
        if found and int(found["hour"]) < 24 and int(found["minute"]) < 60:
            return time(int(found["hour"]), int(found["minute"]))
        if text is not None:
            draft.hold(self.columns[key].label, Problem("无法识别为时间", "请写成 06:30 这样"), text)
        return None

    # --- the register

    def current_rows(self, rows: QuerySet[Any]) -> Iterable[Image]:
        found = [
            {**row, "contracts": []}
            for row in rows.annotate(last_meal=Max("meals__served_on")).values(*self.fields, "last_meal")
        ]
        by_id = {row["id"]: row for row in found}
        contracts = ShopContract.objects.visible_to(self.actor).active().filter(shop__in=by_id)
        for contract in contracts.order_by("valid_from").values():
            by_id[contract["shop_id"]]["contracts"].append(contract)
        return found

    def rules(self, draft: Draft, image: Image) -> Iterable[tuple[str, Problem]]:
        for one, other in (("longitude", "latitude"), ("serves_from", "serves_until")):
            if (image.get(one) is None) != (image.get(other) is None):
                yield one, Problem("两格只填了一格", f"请与“{self.columns[other].label}”一起填写")
        opens, closes = image.get("serves_from"), image.get("serves_until")
        if opens is not None and closes is not None and opens >= closes:
            yield "serves_until", Problem("不晚于供餐开始", "请核对两个时间")
        since, until = draft.cells.get("contract_from"), draft.cells.get("contract_to")
        if since is not None and until is not None and until <= since:
            yield "contract_to", Problem("不晚于合同起始日期", "请核对两个日期")
        if since is None and any(draft.cells.get(key) is not None for key in TERMS):
            yield "contract_from", Problem("没有填写", "写了合同的其他内容，请补上合同起始日期")
        found = self.programmes.all_of(draft.cells.get("programme") or "")
        discount = draft.cells.get("discount")
        if discount is not None and found and discount > (found[0]["face_value"] or discount):
            yield "discount", Problem(f"多于每份标准 {found[0]['face_value']} 元", "请核对每份让利")

    def complete(self, draft: Draft) -> None:
        has_contract = draft.cells.get("contract_from") is not None
        draft.image["stage"] = ShopStage.CONTRACTED.value if has_contract else ShopStage.APPLIED.value

    # --- the contract

    def extend(self, draft: Draft, current: Image | None) -> None:
        since = draft.cells.get("contract_from")
        if since is None:
            return
        given = {name: draft.cells.get(key) for key, name in TERMS.items()}
        given = {name: value for name, value in given.items() if value is not None}
        contracts = current["contracts"] if current else []
        same = next((contract for contract in contracts if contract["valid_from"] == since), None)
        if same is not None:
            self._change(draft, current or {}, same, given)
        else:
            self._sign(draft, {**(current or {}), **draft.row}, contracts, {"valid_from": since, **given})

    def _change(self, draft: Draft, shop: Image, contract: Image, given: Image) -> None:
        """The terms of a registered contract."""
        changed = {name: value for name, value in given.items() if contract[name] != value}
        until, last = changed.get("valid_to"), shop["last_meal"]
        is_last = contract is shop["contracts"][-1]
        if until is not None and is_last and last is not None and last >= until:
            late = at_shop(shop["id"], until, contract["valid_to"])
            tell_late_meals(draft, "contract_to", late, self.columns["contract_to"].label)
        if until is not None and not is_last:
            problem = Problem("后面还有一份合同", "请在门店页面更正前面的合同")
            draft.hold(self.columns["contract_to"].label, problem, draft.shown["contract_to"])
        elif (
            until is not None and shop["stage"] != ShopStage.CONTRACTED and lasts(until, contract["valid_to"])
        ):
            self._go_on(draft, shop)
        if changed and not draft.is_held:
            edited = {"id": contract["id"], "version": contract["version"], **changed}
            draft.edit[ShopContract._meta.db_table] = [edited]
            self._note(draft, contract, changed)

    def _go_on(self, draft: Draft, shop: Image) -> None:
        """The shop is under contract again, as when its contract is corrected on its page."""
        if shop["stage"] not in MAY_GO_ON:
            problem = Problem("门店还没有合格的检查", "请先在门店页面登记检查")
            draft.hold(self.columns["contract_to"].label, problem, draft.shown["contract_to"])
            return
        draft.row["stage"] = ShopStage.CONTRACTED.value
        draft.changes["阶段"] = [ShopStage(shop["stage"]).label, ShopStage.CONTRACTED.label]

    def _note(self, draft: Draft, contract: Image, changed: Image) -> None:
        for key, name in TERMS.items():
            if name in changed:
                old = contract[name]
                said = str(old) if old not in (None, "") else None
                draft.changes[self.columns[key].label] = [said, draft.shown[key]]

    def _sign(self, draft: Draft, shop: Image, contracts: list[Image], terms: Image) -> None:
        label, since = self.columns["contract_from"].label, terms["valid_from"]
        if contracts or "contracts" in shop:
            if shop["stage"] not in ALLOWED:
                draft.hold(
                    label,
                    Problem("门店还没有合格的检查", "请先在门店页面登记检查"),
                    draft.shown["contract_from"],
                )
                return
            if any(_overlap(since, terms.get("valid_to"), contract) for contract in contracts):
                problem = Problem("与登记的合同时间重叠", "请先终止原来的合同，或核对日期")
                draft.hold(label, problem, draft.shown["contract_from"])
                return
            draft.row["stage"] = ShopStage.CONTRACTED.value
            draft.changes[label] = [None, draft.shown["contract_from"]]
        place = {"union_id": shop["union_id"], "county_id": shop["county_id"], "shop_id": shop["id"]}
        image = complete_image(ShopContract, {**place, **terms}, next(self.contract_numbers))
        draft.add[ShopContract._meta.db_table] = [image]


def _overlap(since: date, until: date | None, contract: Image) -> bool:
    starts, ends = contract["valid_from"], contract["valid_to"]
    return (until is None or starts < until) and (ends is None or since < ends)
