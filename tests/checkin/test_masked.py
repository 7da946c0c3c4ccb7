"""What strangers at a counter read of a worker's name."""

import pytest

from cases.checkin.scan import masked


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("王芳", "王*"),
        ("更尕才让", "更***"),
        ("李", "李*"),
        ("བཀྲ་ཤིས་ཆོས་སྒྲོན", "བཀྲ***"),
        ("ཚེ་རིང་", "ཚེ*"),
        ("", ""),
    ],
)
def test_a_name_is_its_first_character_or_syllable_and_a_star_for_each_other(name: str, read: str) -> None:
    assert masked(name) == read
