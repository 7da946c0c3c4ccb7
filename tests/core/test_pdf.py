"""Documents for print."""

from typing import Any

import pytest
from reportlab.pdfbase.ttfonts import ShapedStr

from core import pdf


def _document() -> bytes:
    story = [
        pdf.facts([("门店", "城中早餐一店"), ("月份", "2023年1月"), ("备注", "<b>不是标记</b>")]),
        pdf.table(
            ("日期", "份数"),
            [(f"2023-01-{day:02d}", day) for day in range(1, 32)],
            shares=(2, 1),
            numeric=frozenset({"份数"}),
            total=("合计", 496),
        ),
        pdf.code("https://example.test/d/1", 60),
    ]
    return pdf.document("爱心早餐结算单", story, foot="县工通")


def test_a_document_is_a_pdf_with_its_font_inside() -> None:
    made = _document()
    assert made.startswith(b"%PDF-") and made.rstrip().endswith(b"%%EOF")
    assert b"NotoSansSC" in made and b"/FontFile2" in made


NAME = "བཀྲ་ཤིས"


@pytest.mark.parametrize("words", [NAME, f"扎西 {NAME}", f"{NAME}\n同仁市"])
def test_tibetan_is_set_in_its_own_font_with_the_letters_stacked(words: str) -> None:
    text: Any = pdf.text(words)
    text.wrap(400, 400)
    [run] = [
        run for line in text.blPara.lines for run in getattr(line, "words", ()) if run.fontName == pdf.TIBETAN
    ]
    # ཀྲ has become one glyph.
    assert isinstance(run.text, ShapedStr) and len(run.text) == len(NAME) - 1
    made = pdf.document("捐助情况", [text], foot=words)
    assert b"NotoSerifTibetan" in made and b"NotoSerifTibetan" not in pdf.document(
        "捐助情况", [pdf.text("扎西")]
    )


def test_the_same_content_gives_the_same_bytes() -> None:
    assert _document() == _document()


def test_a_number_is_written_as_small_as_its_column_needs() -> None:
    roomy, narrow = 100.0, 50.0
    assert pdf.fitting([]) == pdf.fitting([("1,310.000001", roomy)]) == 9
    assert 5 < pdf.fitting([("1.00", roomy), ("1,310.0001", narrow)]) < 9
    assert pdf.fitting([("1,310,000,000.000001", narrow)]) == 5
