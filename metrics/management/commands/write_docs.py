"""Write the documents that follow from declarations."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from metrics.docs import indicators_page


class Command(BaseCommand):
    help = "从声明生成 docs/indicators.md。"

    def handle(self, *args: Any, **options: Any) -> None:
        page = Path(settings.BASE_DIR) / "docs" / "indicators.md"
        page.write_text(indicators_page(), encoding="utf-8")
        self.stdout.write(f"已写入 {page.name}")
