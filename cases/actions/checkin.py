"""What is done to shops' phones and workers' cards, and the check-ins that come from them."""

import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from cases.actions.shared import held, place_of
from cases.models import CheckInDevice, Enrolment, MealCard, PartnerShop, Programme
from core.actions import Refused, action, change, save_new
from core.rights import Right, Role
from members.models import Person
from unions.models import Account

PAIRING_LASTS = timedelta(minutes=30)


@action("cases.add_device", label="登记门店手机", right=Right.EDIT_CASES)
def add_device(*, by: Account, shop: PartnerShop, label: str) -> CheckInDevice:
    """A phone that waits to be paired; its page shows the link for half an hour."""
    shop = held(shop)
    if shop.is_archived:
        raise Refused(f"“{shop}”已归档，不能再登记手机。", field="shop")
    device = CheckInDevice(
        **place_of(shop),
        shop=shop,
        label=label.strip(),
        account=_account_of(shop),
        pairing_until=_half_an_hour(),
    )
    save_new(device)
    return device


def _half_an_hour() -> datetime:
    return timezone.now() + PAIRING_LASTS


def _account_of(shop: PartnerShop) -> Account:
    """The shop's own account, made with its first phone. It has no password and cannot sign in."""
    username = f"shop-{shop.pk}"
    account = Account.objects.filter(username=username).first()
    if account is None:
        account = Account(username=username, name=shop.name[:60], role=Role.SHOP, **place_of(shop))
        account.set_unusable_password()
        save_new(account)
    return account


@action("cases.renew_pairing", label="重新配对", right=Right.EDIT_CASES, target="row")
def renew_pairing(*, by: Account, row: CheckInDevice) -> CheckInDevice:
    """A new link for another phone; the one that was paired before ends at once."""
    change(row, epoch=row.epoch + 1, pairing_until=_half_an_hour(), paired_at=None, revoked_at=None)
    return row


@action("cases.pair_device", label="配对手机", right=Right.CHECK_IN, target="row")
def pair_device(*, by: Account, row: CheckInDevice, epoch: int) -> CheckInDevice:
    """The phone that opened the link becomes this device; the link opens once."""
    if row.epoch != epoch or not row.can_be_paired:
        raise Refused("这个配对链接已用过或已过期。请让县工会在门店手机的页面上点“重新配对”，再扫新的码。")
    change(row, paired_at=timezone.now(), pairing_until=None)
    return row


@action("cases.revoke_device", label="停用手机", right=Right.EDIT_CASES, target="row")
def revoke_device(*, by: Account, row: CheckInDevice) -> CheckInDevice:
    """Lost or given back: it shows no code and sends no scan from now on."""
    if row.revoked_at is not None:
        raise Refused("这部手机已经停用。")
    change(row, revoked_at=timezone.now(), pairing_until=None)
    return row


# --- cards


def _new_number() -> str:
    return f"{secrets.randbelow(10**10):010d}"


@action("cases.issue_card", label="发就餐卡", right=Right.CHECK_IN)
def issue_card(*, by: Account, programme: Programme, person: Person) -> MealCard:
    """The worker's card for a phone that is to remember it; made with the first use."""
    card = MealCard.objects.filter(programme=programme, person=person).first()
    if card is None:
        card = MealCard(**place_of(programme), programme=programme, person=person, card_no=_new_number())
        save_new(card)
    return card


@action("cases.issue_cards", label="生成就餐卡", right=Right.EDIT_CASES, target="row")
def issue_cards(*, by: Account, row: Programme) -> Programme:
    """A card for everybody who is enrolled today and has none, ready to be printed."""
    if not row.serves_meals:
        raise Refused("这类项目不供餐，没有就餐卡。")
    enrolled = Enrolment.objects.on(timezone.localdate()).filter(programme=row)
    without = enrolled.exclude(person__in=MealCard.objects.filter(programme=row).values("person"))
    persons = without.values_list("person", flat=True).distinct()
    MealCard.objects.bulk_create(
        MealCard(**place_of(row), programme=row, person_id=person, card_no=_new_number())
        for person in persons
    )
    return row


@action("cases.renew_card", label="换卡", right=Right.EDIT_CASES, target="row")
def renew_card(*, by: Account, row: MealCard) -> MealCard:
    """A new number for a lost card or phone: whatever carries the former one ends at once."""
    change(row, epoch=row.epoch + 1, card_no=_new_number())
    return row
