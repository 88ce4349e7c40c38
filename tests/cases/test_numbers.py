"""ID and telephone numbers: check digits, and what counts as equal."""

import pytest

from fieldops.cases.numbers import (
    ID_CHECKS,
    ID_WEIGHTS,
    birth_year_of,
    id_number_is_valid,
    is_mobile,
    normal_id,
    normal_name,
    normal_phone,
    sex_of,
)


def with_check(first17):
    """Add the check digit of GB 11643."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, ID_WEIGHTS, strict=True))
    return first17 + ID_CHECKS[total % 11]


class TestIdNumber:
    # The standard's own example, and one that ends in X.
    @pytest.mark.parametrize("number", ["11010519491231002X", "11010519491231002x", "440524188001010014"])
    def test_a_right_check_digit(self, number):
        assert id_number_is_valid(number)

    @pytest.mark.parametrize("wrong", range(11))
    def test_any_other_check_digit_is_wrong(self, wrong):
        right = with_check("50010119900101123")
        other = right[:17] + ID_CHECKS[wrong]

        assert id_number_is_valid(other) is (other == right)

    def test_older_residents_carry_51(self):
        assert id_number_is_valid(with_check("51230119600101123"))

    def test_fifteen_digits_carry_no_check(self):
        assert id_number_is_valid("510202600101123")

    @pytest.mark.parametrize("number", ["", "1", "5001011990010112", "5001011990010112345", "E12345678"])
    def test_what_is_no_id_card(self, number):
        assert not id_number_is_valid(number)

    @pytest.mark.parametrize(
        ("number", "year", "sex"),
        [
            ("500101199001011239", 1990, "male"),
            ("500101199001011249", 1990, "female"),
            ("510202600101123", 1960, "male"),
            ("510202600101124", 1960, "female"),
            ("E12345678", None, "unknown"),
            ("", None, "unknown"),
        ],
    )
    def test_what_it_carries(self, number, year, sex):
        assert (birth_year_of(number), sex_of(number)) == (year, sex)


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("13812345678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("023-7222 3344", "02372223344"),
        ("+852 5551 1770", "85255511770"),
        ("95588", "95588"),
        ("王", ""),
        ("", ""),
    ],
)
def test_phones_that_are_the_same_are_equal(raw, normal):
    assert normal_phone(raw) == normal


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [("13812345678", True), ("19912345678", True), ("12812345678", False), ("1381234567", False)],
)
def test_it_knows_a_mobile(phone, mobile):
    assert is_mobile(phone) is mobile


def test_ids_and_names_are_compared_without_blanks():
    assert normal_id(" 50010119900101 112x ") == "50010119900101112X"
    assert normal_name("王 庆和　") == "王庆和"
