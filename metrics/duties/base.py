"""What waits for an account: the entries of the work list on the first page."""

from typing import Any

Item = dict[str, Any]


def item(count: int, title: str, text: str, url: str, action: str, tone: str = "warn") -> list[Item]:
    """One entry of the work list, or none when there is nothing to do."""
    if not count:
        return []
    return [{"title": f"{count:,} {title}", "text": text, "url": url, "action": action, "tone": tone}]
