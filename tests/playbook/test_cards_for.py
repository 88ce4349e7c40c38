"""Which cards for a type and a state, what to read first first."""

import pytest

from fieldops.playbook.queries import (
    cards_for,
    current_cards,
    lang_of,
    type_names,
    type_of_alias,
    type_short_names,
)

pytestmark = pytest.mark.django_db


def codes(scam_type: str, state: str, lang: str = "zh-hans") -> list[str]:
    return [card.code for card in cards_for(scam_type, state, lang)]


def test_the_state_first_then_the_variant_then_its_parent():
    assert codes("SD_KD", "denies") == ["state.denies", "SD_KD", "SD"]


def test_a_types_own_card_for_the_state_comes_before_all():
    assert codes("SD_KD", "convinced") == ["SD.convinced", "state.convinced", "SD_KD", "SD"]


def test_an_unknown_state_has_the_type_only():
    assert codes("SD", "unknown") == ["SD"]


def test_an_unknown_type_has_the_state_only():
    assert codes("", "denies") == ["state.denies"]
    assert codes("XX", "denies") == ["state.denies"]
    assert codes("", "") == []


def test_the_language_is_the_readers_or_the_original():
    langs = {card.code: card.lang for card in cards_for("SD", "denies", "en")}

    assert langs == {"state.denies": "en", "SD": "zh-Hans"}
    assert {card.lang for card in cards_for("SD", "denies", "zh-hant")} == {"zh-Hant"}


@pytest.mark.parametrize(
    ("code", "lang"),
    [
        ("zh-hans", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("en-GB", "en"),
        ("fr", "zh-Hans"),
    ],
)
def test_nearest_language(code, lang):
    assert lang_of(code) == lang


def test_names_and_short_names():
    assert type_names("en")["SD"] == "Task-and-rebate (brushing) scam"
    assert type_short_names("zh-hant")["LC"] == "虛假投資"


@pytest.mark.parametrize(
    ("text", "code"), [("刷单", "SD"), ("杀猪盘(交友诱导投资)", "LC_SZP"), ("task rebate", "SD"), ("?", None)]
)
def test_a_type_is_found_by_any_of_its_names(text, code):
    assert type_of_alias(text) == code


def test_one_card_of_each_code_in_one_language():
    cards = current_cards("en")

    assert len({card.code for card in cards}) == len(cards) == 71
    assert len(current_cards()) == 62 * 2 + 9 * 3
