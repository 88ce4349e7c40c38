"""What may stand on a list."""

import pytest

from fieldops.lib.masks import mask_id, mask_middle, mask_name, mask_phone, mask_tail


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_name, "王庆和", "王*"),
        (mask_name, "", ""),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "02372223344", "023****3344"),
        (mask_phone, "72223344", "722****44"),
        (mask_phone, "96110", "*****"),
        (mask_phone, "1234567", "*******"),
        (mask_phone, "", ""),
        (mask_id, "500101199001011234", "500101********1234"),
        (mask_id, "500101900101123", "500101*****1123"),
        (mask_id, "H12345678", "*******78"),
        (mask_id, "H1234567890", "*********90"),
        (mask_id, "E1234", "*****"),
        (mask_id, "", ""),
        (mask_tail, "6222000011114471", "****4471"),
        (mask_tail, "4471", "****"),
        (mask_middle, "example.cc", "ex******cc"),
        (mask_middle, "优享单", "优*单"),
        (mask_middle, "ab", "**"),
    ],
)
def test_it_shows(mask, value, shown):
    assert mask(value) == shown


@pytest.mark.parametrize("length", range(1, 33))
@pytest.mark.parametrize("mask", [mask_phone, mask_id, mask_tail])
def test_it_never_shows_most_of_a_number(mask, length):
    number = "123456789012345678901234567890123"[:length]

    shown = mask(number)

    assert sum(char != "*" for char in shown) <= max(length * 2 // 3, 0)
    assert len(shown) <= 32
