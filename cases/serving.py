"""When a shop may serve a meal: what the clerk's form, the check-in and the settlement all ask."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import BooleanField, CharField, Exists, F, Func, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from cases.models import PartnerShop, PauseKind, Programme, ShopContract, ShopPause

Hours = tuple[time, time]


@dataclass(frozen=True)
class Standing:
    """What holds for a shop on a day: its contract, why it pauses where it does, whether the month is settled."""

    is_contracted: bool
    pause: str
    cause: str
    is_settled: bool


def month_is_closed(day: date | F) -> Func:
    """Whether the month of the day, or of the row's own, is settled in the row's programme."""
    asked = day if isinstance(day, F) else Value(day)
    return Func(F("programme"), asked, function="cases_month_is_closed", output_field=BooleanField())


def programme_hours(programme: Programme) -> Hours | None:
    """From and until, in local time; None where the programme names none."""
    first, last = (programme.attributes.get(key) for key in ("serves_from", "serves_until"))
    return (time.fromisoformat(first), time.fromisoformat(last)) if first and last else None


def serving_hours(shop: PartnerShop) -> Hours | None:
    """The shop's own hours, else its programme's."""
    if shop.serves_from and shop.serves_until:
        return shop.serves_from, shop.serves_until
    return programme_hours(shop.programme)


def why_not_served(shop: PartnerShop, moment: datetime, standing: Standing | None = None) -> str:
    """Why the shop could not serve a meal at `moment`, as a sentence; empty when it could.

    Who has read the day's `standing` already saves the statement.
    """
    local = timezone.localtime(moment)
    closed = why_closed(shop, local.date(), standing)
    if closed:
        return closed
    hours = serving_hours(shop)
    if hours and not hours[0] <= local.time().replace(second=0, microsecond=0) <= hours[1]:
        return f"供餐时间是 {hours[0]:%H:%M} 至 {hours[1]:%H:%M}，现在不能就餐。"
    return ""


def why_closed(shop: PartnerShop, day: date, standing: Standing | None = None) -> str:
    """Why the shop could not serve on `day` at whatever hour: at most one statement."""
    programme = shop.programme
    if programme.is_archived or not programme.runs_on(day):
        return f"“{programme}”在 {day} 没有运行。"
    found = standing or standing_on(shop, day)
    if found is None or not found.is_contracted:
        return f"“{shop}”在 {day} 没有合同。"
    if found.pause == PauseKind.SUSPENSION:
        return f"“{shop}”已被暂停资格，{day} 不能供餐。"
    if found.pause:
        why = f"（{found.cause}）" if found.cause else ""
        return f"“{shop}”在 {day} 停供{why}，请到其他门店就餐。"
    return ""


def standing_on(shop: PartnerShop, day: date) -> Standing | None:
    """Contract, pause and month of the day; a suspension weighs more than a day off. None of an archived shop."""
    contracts = ShopContract.objects.on(day).filter(shop=OuterRef("pk"))
    pauses = ShopPause.objects.on(day).filter(shop=OuterRef("pk")).order_by("-kind")
    row = (
        PartnerShop.objects.active()
        .filter(pk=shop.pk)
        .values_list(
            Exists(contracts),
            Coalesce(Subquery(pauses.values("kind")[:1]), Value(""), output_field=CharField()),
            Coalesce(Subquery(pauses.values("reason")[:1]), Value(""), output_field=CharField()),
            month_is_closed(day),
        )
        .order_by(F("pk"))
        .first()
    )
    return Standing(*row) if row else None
