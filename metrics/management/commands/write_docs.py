"""Write the documents that follow from declarations."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from metrics.docs import indicators_page
from metrics.glossary import glossary_page


class Command(BaseCommand):
    help = "从声明生成 docs/indicators.md 和 docs/glossary.md。"

    def handle(self, *args: Any, **options: Any) -> None:
        for name, text in (("indicators.md", indicators_page()), ("glossary.md", glossary_page())):
            (Path(settings.BASE_DIR) / "docs" / name).write_text(text, encoding="utf-8")
            self.stdout.write(f"已写入 {name}")
