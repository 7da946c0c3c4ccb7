"""Pinyin by which Chinese names are sorted: the database's own order would follow code points."""

import os
from functools import lru_cache

MAX_LENGTH = 400


@lru_cache(maxsize=16_384)
def _syllable(character: str) -> str:
    # Single characters need no book of phrases, which would take 150 MB of every process.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin import lazy_pinyin

    return lazy_pinyin(character)[0].lower()


def sort_key(text: str) -> str:
    """Syllables apart by spaces, as long as `name_sort` columns are: 尖扎县 → `jian zha xian`."""
    return " ".join(map(_syllable, "".join(text.split())))[:MAX_LENGTH]
