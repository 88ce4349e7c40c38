"""Loading: idempotent, respects what was rewritten here, keeps history."""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from fieldops.playbook.actions import CardRetired, load_playbook, retire_card, write_card
from fieldops.playbook.models import Card, ScamType
from fieldops.playbook.queries import playbook_version

AT = dt.datetime(2026, 11, 18, 2, 0, tzinfo=dt.UTC)
TEXTS = {"body": "先坐下。", "red_flags": [], "questions": ["在哪里？"], "talking_points": []}

pytestmark = pytest.mark.django_db


def denies(lang: str = "zh-Hans") -> Card:
    return Card.objects.get(code="state.denies", lang=lang, retired_at=None)


def empty() -> None:
    Card.objects.all().delete()
    ScamType.objects.filter(parent__isnull=False).delete()
    ScamType.objects.all().delete()


def test_a_fresh_database_has_everything():
    empty()

    migration = import_module("fieldops.playbook.migrations.0002_load_shipped")
    migration.load(apps, connection.schema_editor())

    assert ScamType.objects.count() == 62
    assert load_playbook(at=AT) == 0


def test_an_emptied_database_is_filled():
    empty()

    assert load_playbook(at=AT) == 62 + Card.objects.count()
    assert load_playbook(at=AT) == 0


def test_a_rewritten_card_is_a_new_version_and_stays():
    before = playbook_version()

    card = write_card(card=denies(), author="supervisor", texts=TEXTS, at=AT)

    assert (card.version, card.author) == (2, "supervisor")
    assert Card.objects.filter(code="state.denies", lang="zh-Hans").count() == 2
    assert playbook_version() != before
    assert load_playbook(at=AT) == 0
    assert denies().body == "先坐下。"


def test_an_old_version_cannot_be_rewritten():
    old = denies()
    write_card(card=old, author="supervisor", texts=TEXTS, at=AT)

    with pytest.raises(CardRetired):
        write_card(card=old, author="supervisor", texts=TEXTS, at=AT)


def test_a_new_edition_replaces_only_shipped_cards():
    Card.objects.filter(code="state.denies", lang="en").update(body="old words")

    assert load_playbook(at=AT) == 1

    assert denies("en").version == 2
    assert denies("en").body.startswith("Do not argue")


def test_a_card_taken_out_of_use_stays_out():
    retire_card(card=denies(), at=AT)
    retire_card(card=denies("en"), at=AT)

    assert load_playbook(at=AT) == 0
    assert not Card.objects.filter(code="state.denies", lang="zh-Hans", retired_at=None).exists()


def test_a_retired_type_stays_retired():
    ScamType.objects.filter(code="JP").update(retired_at=AT, name_en="old name")

    assert load_playbook(at=AT) == 1

    found = ScamType.objects.get(code="JP")
    assert found.retired_at == AT
    assert found.name_en == "Flight refund / rebooking scam"
