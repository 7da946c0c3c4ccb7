"""docs/glossary.md: the product's vocabulary as its declarations really have it."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps

PACKAGES = ("core", "unions", "members", "cases", "funding", "metrics")
HEAD = """# 术语

由 `manage.py write_docs` 从声明生成，不手改。中文是页面上的词，标识是代码里的名字。
"""


def glossary_page() -> str:
    """Every model, field and choice with its Chinese word and its identifier."""
    parts = [HEAD]
    for label in PACKAGES:
        config = apps.get_app_config(label)
        parts.append(f"\n## {config.verbose_name}（`{label}`）\n")
        for model in sorted(config.get_models(), key=lambda model: model.__name__):
            parts += _model(model)
    return "".join(parts)


def _model(model: Any) -> Iterator[str]:
    yield f"\n### {model._meta.verbose_name} · `{model.__name__}`\n\n"
    yield "| 中文 | 标识 | 取值 |\n|---|---|---|\n"
    for field in model._meta.concrete_fields:
        if _is_vocabulary(field):
            yield f"| {field.verbose_name} | `{field.name}` | {_choices(field)} |\n"


def _is_vocabulary(field: Any) -> bool:
    """Whether the field has a Chinese word of its own."""
    return any("\u4e00" <= character <= "\u9fff" for character in str(field.verbose_name))


def _choices(field: Any) -> str:
    return "、".join(f"{label} `{value}`" for value, label in field.flatchoices if label)
