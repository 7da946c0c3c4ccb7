"""The posters of shops: what each serves, when, and the code by which workers find its page."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse
from reportlab.platypus import Flowable, PageBreak

from cases.models import PartnerShop
from cases.serving import serving_hours
from core import pdf

CODE_MM = 110
STEPS = (
    "有手机：用手机扫上面的码，输入柜台显示的数字，点“确认就餐”，领早餐。不用下载软件。",
    "没有手机：出示就餐卡，由店员扫卡；忘带卡的，请班组长代为登记。",
    "每人每天一份。已经领过、不在供餐时间、没有登记的，页面会写明原因。",
)


def door_path(shop: PartnerShop) -> str:
    """Where the poster's code leads: the shop's page for workers."""
    return reverse("shop-door", args=[shop.door_code])


def poster(shop: Any, address: str) -> bytes:
    """One sheet of A4. `shop` is a row of `cases.shops.shop_rows`; `address` what the code says."""
    return pdf.document(
        str(shop.programme), _sheet(shop, address), foot=f"{shop.union}  门店码 {shop.door_code}"
    )


def posters(shops: Iterable[Any], address_of: Callable[[Any], str]) -> bytes:
    """The same sheets of many shops in one file, a page each."""
    story: list[Flowable] = []
    for shop in shops:
        title = [pdf.text(str(shop.programme), size=16, centre=True), pdf.gap(4)]
        code = pdf.text(f"{shop.union}  门店码 {shop.door_code}", size=9, centre=True)
        story += [*([PageBreak()] if story else []), *title, *_sheet(shop, address_of(shop)), code]
    return pdf.document("门店海报", story or [pdf.text("没有门店。")], is_titled=False)


def _sheet(shop: Any, address: str) -> list[Flowable]:
    hours = serving_hours(shop)
    clock = f"供餐时间 {hours[0]:%H:%M} — {hours[1]:%H:%M}" if hours else ""
    return [
        pdf.text(str(shop), size=26, centre=True),
        pdf.gap(3),
        *([pdf.text(clock, size=20, centre=True), pdf.gap(2)] if clock else []),
        *(pdf.text(line, size=14, centre=True) for line in _terms(shop)),
        pdf.gap(4),
        pdf.code(address, CODE_MM),
        pdf.text(address, size=11, centre=True),
        pdf.gap(5),
        *(line for step in STEPS for line in (pdf.text(step, size=14), pdf.gap(2))),
    ]


def _terms(shop: Any) -> list[str]:
    """What a meal is worth and what the shop takes off."""
    value = shop.programme.face_value
    terms = [f"每份标准 {value} 元"] if value is not None else []
    return terms + ([f"本店每份让利 {shop.discount} 元"] if shop.discount else [])
