"""Cards to print: ten on a page, each with the worker's name, the number to type and the code to scan."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from urllib.parse import quote

import segno
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Table, TableStyle

from cases.checkin import workers
from cases.models import MealCard
from core import pdf
from core.rights import Right
from core.screens.views import FilteredView

ACROSS, WIDE, HIGH, CODE, QUIET = 2, 85 * mm, 50 * mm, 36, 4
MOST = 100  # more take longer than a page may


class Dots(Flowable):
    """A QR code drawn as runs of dots in one path: a page of ten must not take seconds."""

    def __init__(self, content: str, side: float) -> None:
        super().__init__()
        self.rows = segno.make(content, error="m", micro=False).matrix
        self.width = self.height = side

    def draw(self) -> None:
        """Runs of dark dots, row by row."""
        size = self.width / (len(self.rows) + 2 * QUIET)
        path = self.canv.beginPath()
        for number, row in enumerate(self.rows):
            bottom = self.height - (number + 1 + QUIET) * size
            place = 0
            for is_dark, run in groupby(row):
                length = len(list(run))
                if is_dark:
                    path.rect((place + QUIET) * size, bottom, length * size, size)
                place += length
        self.canv.drawPath(path, stroke=0, fill=1)


def grouped(number: str) -> str:
    """A card's number as it is read aloud: 3, 3 and 4."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def sheet(cards: Iterable[MealCard], address_of: Any) -> bytes:
    """The cards as a file to print and cut."""
    faces: list[Any] = [_face(card, address_of(card)) for card in cards] or [[pdf.text("没有卡。")]]
    faces += [""] * (-len(faces) % ACROSS)
    lines = [faces[place : place + ACROSS] for place in range(0, len(faces), ACROSS)]
    laid = Table(lines, colWidths=[WIDE] * ACROSS, rowHeights=[HIGH] * len(lines))
    laid.setStyle(
        TableStyle([("GRID", (0, 0), (-1, -1), 0.3, pdf.GRID), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])
    )
    return pdf.document("就餐卡", [laid], foot="沿线剪开。卡丢了请立即换卡，旧卡随即作废。")


def _face(card: MealCard, address: str) -> list[Flowable]:
    words = [
        pdf.text(card.programme.name, size=8),
        pdf.text(card.person.name, size=13),
        pdf.text(f"卡号 {grouped(card.card_no)}", size=9),
        pdf.text("给店员扫右边的码，报身份证号或手机号末四位。", size=7),
    ]
    inner = Table([[words, Dots(address, CODE * mm)]], colWidths=[WIDE - (CODE + 8) * mm, (CODE + 2) * mm])
    inner.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))
    return [inner]


class PrintCardsView(FilteredView):
    """The listed cards, as far as the filters go, on one file."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self.require(Right.EDIT_CASES)
        _, rows = self.filtered()

        def address(card: MealCard) -> str:
            token = workers.token_of(card, workers.PRINTED)
            return request.build_absolute_uri(reverse("worker-card", args=[token]))

        content = sheet(rows.order_by("person__name_sort", "pk")[:MOST], address)
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote('就餐卡.pdf')}"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response
