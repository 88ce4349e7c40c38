"""What is shipped: whole, in three languages, and traditional letters are what the script makes."""

import json

import pytest

from fieldops.playbook.data.to_traditional import TEXTS, convert
from fieldops.playbook.shipped import DATA, shipped_cards, shipped_types

TYPES = {row["code"]: row for row in shipped_types()}
STATES = ("denies", "hangs_up", "convinced", "transferring", "already_paid")


def test_every_type_has_a_name_and_a_short_name_in_three_languages():
    names = [row[f"{kind}_{lang}"] for row in TYPES.values() for kind in ("name", "short") for lang in LANGS]

    assert len(TYPES) == 62
    assert all(names)
    for lang in LANGS:
        shorts = [row[f"short_{lang}"] for row in TYPES.values()]
        assert len(set(shorts)) == len(shorts), lang


LANGS = ("zh_hans", "zh_hant", "en")


def test_parents_come_before_variants():
    seen: set[str] = set()
    for row in shipped_types():
        assert row["parent_id"] is None or row["parent_id"] in seen
        seen.add(row["code"])


def test_accomplices_are_apart():
    accomplices = {code for code, row in TYPES.items() if row["kind"] == "accomplice"}

    assert accomplices == {"LK", "LK_SM", "LK_PF", "LK_GOIP"}


def test_every_state_has_a_card_in_three_languages():
    found = {(card["victim_state"], card["lang"]) for card in shipped_cards() if card["scam_type_id"] is None}

    assert found == {(state, lang) for state in STATES for lang in ("zh-Hans", "zh-Hant", "en")}


def test_every_type_has_a_card_to_ask_from():
    found = {card["scam_type_id"]: card for card in shipped_cards() if card["victim_state"] == ""}

    assert set(found) == set(TYPES)
    assert all(card["questions"] and card["talking_points"] for card in found.values())


def test_what_is_said_at_a_door_is_short():
    for card in shipped_cards():
        limit = 150 if card["lang"] == "en" else 60
        assert all(len(text) <= limit for text in [*card["questions"], *card["talking_points"]]), card["code"]


def test_the_traditional_file_is_what_the_script_makes():
    plain = {card["code"]: card for card in json.loads((DATA / "cards.zh-Hans.json").read_text())}
    plain |= {card["code"]: card["zh-Hans"] for card in json.loads((DATA / "states.json").read_text())}
    traditional = json.loads((DATA / "cards.zh-Hant.json").read_text())

    assert {card["code"] for card in traditional} == set(plain)
    for card in traditional:
        for key in TEXTS:
            assert card[key] == convert(plain[card["code"]][key]), card["code"]


@pytest.mark.parametrize(
    "word", ["網路", "簡訊", "視訊", "影片", "資訊", "使用者", "帳戶", "螢幕", "連結", "軟體"]
)
def test_traditional_letters_keep_mainland_words(word):
    assert word not in (DATA / "cards.zh-Hant.json").read_text()
    assert word not in (DATA / "types.json").read_text()
