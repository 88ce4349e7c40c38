"""Everything a person reads is there in simplified and traditional Chinese and in English."""

import re
from gettext import GNUTranslations

import pytest

from fieldops.playbook.shipped import shipped_types
from fieldops.serving.management.commands.words import (
    LANGUAGES,
    LOCALES,
    catalogue,
    compile_all,
    problems,
    strings,
)

# Letters that simplified text may not carry and the reverse; enough to see a file in the wrong letters.
TRADITIONAL = set("個們這說對還沒為時會點應賬號視頻網絡複勸預報請開關實區務動機處後從無與見電話")
SIMPLIFIED = set("个们这说对还没为时会点应账号视频网络复劝预报请开关实区务动机处从无与见电话")


def test_no_interface_string_lacks_chinese():
    assert list(problems()) == []


def test_strings_are_found_in_code_templates_and_the_drawing_tools():
    places = {place[0] for message in strings() for place in message.locations}

    assert "fieldops/lib/errors.py" in places
    assert any(place.endswith(".html") for place in places)
    assert "leaflet/templatetags/leaflet_tags.py" in places


def test_the_check_sees_a_missing_and_a_misfitting_translation(monkeypatch):
    broken = catalogue("zh_Hans")
    broken["There is no such thing within your reach."].string = ""
    broken["%(name)s accepted"].string = "%(nome)s 接单"
    monkeypatch.setattr("fieldops.serving.management.commands.words.catalogue", lambda language: broken)

    found = "\n".join(problems())

    assert "zh_Hans: no translation of 'There is no such thing within your reach.'" in found
    assert "%(name)s accepted" in found


@pytest.mark.parametrize(
    ("language", "foreign"), [("zh_Hans", TRADITIONAL - SIMPLIFIED), ("zh_Hant", SIMPLIFIED - TRADITIONAL)]
)
def test_each_file_is_in_its_own_letters(language, foreign):
    texts = [message.string for message in catalogue(language) if message.id]
    flat = [text for item in texts for text in (item if isinstance(item, tuple) else [item])]

    assert [text for text in flat if set(text) & foreign] == []


def test_traditional_keeps_mainland_words():
    text = "\n".join(str(message.string) for message in catalogue("zh_Hant"))

    assert not re.search("網路|簡訊|視訊|影片|資訊|使用者|帳戶|帳號|螢幕|連結|軟體|登入", text)


def test_compiled_catalogues_speak():
    compile_all()
    with (LOCALES / "zh_Hans" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        simplified = GNUTranslations(file)
    with (LOCALES / "zh_Hant" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        traditional = GNUTranslations(file)

    assert simplified.gettext("with the person") == "见面中"
    assert traditional.gettext("with the person") == "見面中"
    assert len(LANGUAGES) == 2


def test_every_scam_type_has_its_names():
    for row in shipped_types():
        for lang in ("zh_hans", "zh_hant", "en"):
            assert row[f"name_{lang}"], row["code"]
            assert row[f"short_{lang}"], row["code"]
        assert re.search("[a-zA-Z]", row["name_en"]), row["code"]
