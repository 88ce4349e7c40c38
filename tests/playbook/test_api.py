"""`GET playbook/cards` and `playbook/scam-types`: kept by version."""

import datetime as dt

import pytest

from fieldops.playbook.actions import retire_card
from fieldops.playbook.models import Card
from fieldops.teams.models import User


@pytest.fixture
def member(db, client):
    user = User.objects.create_user("alpha1", password="a-long-password", name="alpha1")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_all_languages_without_lang(member):
    body = member.get("/api/v1/playbook/cards").json()

    assert {card["lang"] for card in body["cards"]} == {"zh-Hans", "zh-Hant", "en"}
    assert set(body["cards"][0]) == {
        "code",
        "scam_type",
        "victim_state",
        "lang",
        "version",
        "red_flags",
        "questions",
        "talking_points",
        "body",
    }


def test_one_language_falls_back_to_the_original(member):
    cards = {card["code"]: card for card in member.get("/api/v1/playbook/cards?lang=en").json()["cards"]}

    assert cards["state.denies"]["lang"] == "en"
    assert cards["SD"]["lang"] == "zh-Hans"


@pytest.mark.parametrize("path", ["/api/v1/playbook/cards", "/api/v1/playbook/scam-types"])
def test_an_unchanged_version_is_304(member, path):
    first = member.get(path)
    again = member.get(path, headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 304
    assert "no-cache" in first["Cache-Control"]

    retire_card(card=Card.objects.filter(retired_at=None).first(), at=dt.datetime.now(dt.UTC))
    assert member.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_types_in_three_languages(member):
    types = member.get("/api/v1/playbook/scam-types").json()["scam_types"]

    assert len(types) == 62
    assert types[0]["name"]["zh-Hans"] == "刷单返利类"
    assert types[0]["short"] == {"zh-Hans": "刷单返利", "zh-Hant": "刷單返利", "en": "Task rebate"}


@pytest.mark.parametrize("query", ["?lang=fr", "?colour=red"])
def test_a_bad_question_is_400(member, query):
    assert member.get(f"/api/v1/playbook/cards{query}").status_code == 400


def test_signed_out_is_401(db, client):
    assert client.get("/api/v1/playbook/cards").status_code == 401
