"""Pairing a shop's phone: the link on the clerk's page, and the page that it opens on the phone."""

from typing import Any

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views import View

from cases.actions import pair_device
from cases.checkin.shopfront import PAIRING, as_nobody, device_of, refusal, remember, token_of
from cases.models import CheckInDevice
from core.actions import Refused
from core.screens.views import DetailView


class PairView(View):
    """Opened on the shop's phone: says which shop, and pairs with one tap."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        as_nobody(request)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        device = device_of(token, PAIRING)
        if device is None:
            return refusal(request)
        return self.page(device)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        device = device_of(token, PAIRING)
        if device is None:
            return refusal(request)
        try:
            device = pair_device(by=device.account, row=device, epoch=device.epoch)
        except Refused as refused:
            return self.page(device, refused.message, 422)
        response = HttpResponseRedirect(reverse("shop"))
        remember(response, device)
        return response

    def page(self, device: CheckInDevice, problem: str = "", status: int = 200) -> HttpResponse:
        if not device.can_be_paired and not problem:
            problem, status = "这个配对链接已用过或已过期。请让县工会在门店手机的页面上点“重新配对”。", 410
        return render(self.request, "shop/pair.html", {"device": device, "problem": problem}, status=status)


class DeviceView(DetailView):
    """A shop's phone on the clerk's page; while it waits, with the code that pairs it."""

    def page(self, row: Any) -> HttpResponse:
        self.extra = {}
        if row.can_be_paired:
            link = self.request.build_absolute_uri(reverse("shop-pair", args=[token_of(row, PAIRING)]))
            self.extra = {"pairing_link": link, "pairing_code": qr_svg(link)}
        return super().page(row)

    def render(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        return super().render(template, context | self.extra, status)


def qr_svg(content: str) -> SafeString:
    """A QR code to stand in a page; it scales with its box. Nothing of the content but its dots is in it."""
    code = segno.make(content, error="m", micro=False)
    return SafeString(code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None))
