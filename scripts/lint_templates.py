"""Refuse what the Content-Security-Policy would block, or what would let markup in from data.

Templates carry no inline script, style or event handler, load nothing from
other hosts, and never switch escaping off.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

RULES = (
    (re.compile(r"<script(?![^>]*\ssrc=)", re.I), "inline script: move it to static/js/"),
    (re.compile(r"<style\b|\sstyle\s*=", re.I), "inline style: use a class of static/css/portal.css"),
    (re.compile(r"\son[a-z]+\s*=", re.I), "event handler attribute: add a listener in static/js/"),
    (re.compile(r"\shx-on[:=-]|js:|\shx-trigger=[\"'][^\"']*\[", re.I), "htmx expression that needs eval"),
    (re.compile(r"javascript:", re.I), "javascript: address"),
    (re.compile(r"\|\s*safe\b|\|\s*safeseq\b|{%\s*autoescape\s+off"), "escaping switched off"),
    (re.compile(r"\s(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.I), "address on another host"),
)


def problems(path: Path) -> list[str]:
    """Each broken rule as file:line: words."""
    text = path.read_text(encoding="utf-8")
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {words}"
        for pattern, words in RULES
        for found in pattern.finditer(text)
    ]


def main() -> int:
    """Print every problem; fail when there is one."""
    found = [line for path in sorted(TEMPLATES.rglob("*.html")) for line in problems(path)]
    print("\n".join(found) or "templates follow the rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
