"""docs/indicators.md says what the declarations say."""

from pathlib import Path

from metrics.docs import indicators_page
from metrics.indicators import INDICATORS

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_current() -> None:
    written = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    assert written == indicators_page(), "run: python manage.py write_docs"


def test_every_indicator_explains_itself() -> None:
    for indicator in INDICATORS:
        assert len(indicator.rule) > 30 and indicator.owner and indicator.since
