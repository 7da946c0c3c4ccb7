"""When a shop may serve a meal: what the clerk's form, the check-in and the settlement all ask."""

from datetime import datetime, time

from django.utils import timezone

from cases.models import PartnerShop, Programme


def serving_hours(programme: Programme) -> tuple[time, time] | None:
    """From and until, in local time; None where the programme names none."""
    first, last = (programme.attributes.get(key) for key in ("serves_from", "serves_until"))
    return (time.fromisoformat(first), time.fromisoformat(last)) if first and last else None


def why_not_served(shop: PartnerShop, moment: datetime) -> str:
    """Why the shop could not serve a meal at `moment`, as a sentence; empty when it could."""
    local = timezone.localtime(moment)
    programme = shop.programme
    if programme.is_archived or not programme.runs_on(local.date()):
        return f"“{programme}”在 {local.date()} 没有运行。"
    if not PartnerShop.objects.on(local.date()).filter(pk=shop.pk).exists():
        return f"“{shop}”在 {local.date()} 没有合同。"
    hours = serving_hours(programme)
    if hours and not hours[0] <= local.time() <= hours[1]:
        return f"供餐时间是 {hours[0]:%H:%M} 至 {hours[1]:%H:%M}，现在不能就餐。"
    return ""
