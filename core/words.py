"""Words that many sentences share."""

from collections.abc import Sequence


def first_few(names: Sequence[str], most: int) -> str:
    """The names with 、 between them; after `most` of them only that there are more."""
    return "、".join(names[:most]) + ("等" if len(names) > most else "")
