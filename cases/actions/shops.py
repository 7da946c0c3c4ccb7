"""What can be done to the shops of a programme."""

from datetime import date

from cases.actions.shared import place_of, require_current, require_own
from cases.models import MealCheckIn, PartnerShop, Programme
from core.actions import Refused, action, change, save_new
from core.rights import Right
from unions.models import Account


@action("cases.add_shop", label="登记门店", right=Right.EDIT_CASES, target="row")
def add_shop(
    *,
    by: Account,
    row: Programme,
    name: str,
    valid_from: date,
    office: str = "",
    valid_to: date | None = None,
) -> Programme:
    """A shop under contract with the programme."""
    require_current(row)
    if not row.serves_meals:
        raise Refused("这类项目没有供餐门店。")
    shop = PartnerShop(
        **place_of(row),
        programme=row,
        name=name.strip(),
        office=office.strip(),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    save_new(shop)
    return row


@action("cases.end_shop", label="终止门店合同", right=Right.EDIT_CASES, target="row")
def end_shop(*, by: Account, row: Programme, shop: PartnerShop, valid_to: date) -> Programme:
    """The contract holds until before `valid_to`; meals already served after that day forbid it."""
    shop = PartnerShop.objects.select_for_update().get(pk=shop.pk)
    require_own(shop, row, "programme")
    if shop.valid_to is not None:
        raise Refused(f"这家门店的合同已于 {shop.valid_to} 终止。", field="shop")
    last = MealCheckIn.objects.filter(shop=shop, served_on__gte=valid_to).order_by("-served_on").first()
    if last is not None:
        raise Refused(f"这家门店 {last.served_on} 还有就餐记录，终止日期应在这之后。", field="valid_to")
    change(shop, valid_to=valid_to)
    return row
