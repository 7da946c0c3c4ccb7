"""PDF documents for print: A4, an embedded Chinese font, the same bytes for the same content.

Names in Tibetan script are set in a font of their own, with the letters of a syllable stacked.

A caller hands over flowables (`heading`, `text`, `facts`, `table`, `code`) and gets the file; every string is
taken literally, never as markup.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, shapeStr
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
from reportlab.platypus.paragraph import cjkFragSplit

FONT = "NotoSansSC"
SIZES = (9.0, 8.0, 7.0, 6.0, 5.0)  # of a table's writing, in points
PADDING = 13.0  # left and right of a cell, in points
FONT_FILE = "vendor/fonts/NotoSansSC_400Regular.ttf"
TIBETAN = "NotoSerifTibetan"
TIBETAN_FILE = "vendor/fonts-tibetan/NotoSerifTibetan_400Regular.ttf"
_TIBETAN_RUN = re.compile("[\u0f00-\u0fff]+")
MARGIN = 18 * mm
GRID = colors.HexColor("#667788")
HEAD = colors.HexColor("#e8eef5")


@cache
def _font() -> str:
    """Register the font once a process; only the characters used are embedded."""
    pdfmetrics.registerFont(TTFont(FONT, settings.BASE_DIR / "static" / FONT_FILE))
    return FONT


@cache
def _tibetan() -> str:
    """Registered where the script is met; `shapable` stacks the letters, by uharfbuzz."""
    pdfmetrics.registerFont(TTFont(TIBETAN, settings.BASE_DIR / "static" / TIBETAN_FILE, shapable=True))
    return TIBETAN


def _set_in_tibetan(run: re.Match[str]) -> str:
    return f'<font name="{_tibetan()}">{run[0]}</font>'


class _Text(Paragraph):
    """A paragraph that breaks like Chinese; ReportLab shapes no runs there, so its Tibetan ones are shaped here."""

    def breakLinesCJK(self, maxWidths: Any) -> Any:
        if [frag.fontName for frag in self.frags] == [TIBETAN]:  # alone it would be broken as plain text
            lines = cjkFragSplit(self.frags, maxWidths, False)
        else:
            lines = super().breakLinesCJK(maxWidths)
        for line in lines.lines:
            for run in getattr(line, "words", ()):
                if run.fontName == TIBETAN:
                    run.text = shapeStr(run.text, TIBETAN, run.fontSize)
        return lines


@cache
def _style(size: float, alignment: int = 0, before: float = 0) -> ParagraphStyle:
    return ParagraphStyle(
        f"s{size}-{alignment}",
        fontName=_font(),
        fontSize=size,
        leading=size * 1.45,
        alignment=alignment,
        spaceBefore=before,
        wordWrap="CJK",
    )


def _paragraph(words: object, style: ParagraphStyle) -> Paragraph:
    marked = _TIBETAN_RUN.sub(_set_in_tibetan, escape(str(words)))
    return _Text(marked.replace("\n", "<br/>"), style)


def heading(words: str) -> Flowable:
    return _paragraph(words, _style(12, before=6 * mm))


def text(words: str, *, size: float = 10, centre: bool = False) -> Flowable:
    return _paragraph(words, _style(size, TA_CENTER if centre else 0))


def gap(height_mm: float) -> Flowable:
    return Spacer(1, height_mm * mm)


def code(content: str, size_mm: float) -> Flowable:
    """A QR code as vectors, with a quiet zone and the medium correction level."""
    widget = QrCodeWidget(content, barLevel="M", barBorder=4)
    left, bottom, right, top = widget.getBounds()
    side = size_mm * mm
    scale = (side / (right - left), 0, 0, side / (top - bottom), 0, 0)
    drawing = Drawing(side, side, transform=scale)
    drawing.hAlign = "CENTER"
    drawing.add(widget)
    return drawing


def facts(pairs: Iterable[tuple[str, object]], *, wide: bool = False) -> Flowable:
    """Label and value, two pairs a line."""
    cells = [(_paragraph(label, _style(9)), _paragraph(value, _style(10))) for label, value in pairs]
    if len(cells) % 2:
        cells.append((_paragraph("", _style(9)), _paragraph("", _style(10))))
    lines = [[*left, *right] for left, right in zip(cells[::2], cells[1::2], strict=True)]
    half = ((landscape(A4) if wide else A4)[0] - 2 * MARGIN) / 2
    laid = Table(lines, colWidths=[half * 0.3, half * 0.7] * 2)
    laid.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return laid


def fitting(numbers: Iterable[tuple[object, float]]) -> float:
    """The largest size of writing at which each of these numbers fits its column, else the smallest."""
    needed = max((_width(cell) / (room - PADDING) for cell, room in numbers), default=0.0)
    return next((size for size in SIZES if size * needed <= 1), SIZES[-1])


def _width(words: object) -> float:
    """How wide it is in writing of one point."""
    return float(pdfmetrics.stringWidth(str(words), _font(), 1))


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    shares: Sequence[float],
    numeric: frozenset[str] = frozenset(),
    total: Sequence[object] | None = None,
    wide: bool = False,
) -> Flowable:
    """A ruled table whose head stands on every page. `shares` divide the width; numbers stand right and are never
    broken: where they would be, the writing is smaller.
    """
    page = landscape(A4) if wide else A4
    width = page[0] - 2 * MARGIN
    widths = [width * share / sum(shares) for share in shares]
    told = [*rows, *([total] if total else [])]
    size = fitting(
        (cell, room)
        for row in told
        for label, cell, room in zip(head, row, widths, strict=True)
        if label in numeric
    )
    styles = [_style(size, TA_RIGHT if label in numeric else 0) for label in head]
    lines = [[_paragraph(label, _style(size, TA_CENTER)) for label in head]]
    for row in told:
        lines.append([_paragraph(cell, style) for cell, style in zip(row, styles, strict=True)])
    laid = Table(lines, colWidths=widths, repeatRows=1)
    ruled: list[Any] = [
        ("GRID", (0, 0), (-1, -1), 0.5, GRID),
        ("BACKGROUND", (0, 0), (-1, 0), HEAD),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ]
    if total:
        ruled.append(("BACKGROUND", (0, -1), (-1, -1), HEAD))
    laid.setStyle(TableStyle(ruled))
    return laid


def document(
    title: str, story: Iterable[Flowable], *, foot: str = "", wide: bool = False, is_titled: bool = True
) -> bytes:
    """The finished file: a centred title (unless the story brings its own), the story, and on every page `foot`
    with the page number.
    """
    out = BytesIO()
    laid = SimpleDocTemplate(
        out,
        pagesize=landscape(A4) if wide else A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author="县工通",
        invariant=1,
    )

    def footed(canvas: Any, page: Any) -> None:
        words = _paragraph(foot, _style(8))
        words.wrapOn(canvas, page.pagesize[0] - 2 * MARGIN - 20 * mm, MARGIN)
        words.drawOn(canvas, MARGIN, 9 * mm)
        canvas.setFont(_font(), 8)
        canvas.drawRightString(page.pagesize[0] - MARGIN, 10 * mm, f"第 {canvas.getPageNumber()} 页")

    top = [_paragraph(title, _style(16, TA_CENTER)), gap(4)] if is_titled else []
    laid.build([*top, *story], onFirstPage=footed, onLaterPages=footed)
    return out.getvalue()
