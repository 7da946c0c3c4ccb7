"""Documents for print."""

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


def test_the_same_content_gives_the_same_bytes() -> None:
    assert _document() == _document()
