"""`manage.py feedkey`: made once, shown once, revoked at once."""

import io

import pytest
from django.core.management import CommandError, call_command

from fieldops.audit.models import AuditRow
from fieldops.intake.models import FeedKey
from tests import make
from tests.intake.feed import City

pytestmark = pytest.mark.django_db


def run(*words):
    out = io.StringIO()
    call_command("feedkey", *words, stdout=out)
    return out.getvalue()


def add(town, key="city-2026"):
    return run("add", key, "--center", town.center.code, "--source", "city")


def test_what_it_prints_signs_an_alert(town):
    secret = add(town).split("secret: ")[1].strip()

    assert City(None, key="city-2026", secret=secret).send(make.alert_body()).status_code == 201
    assert AuditRow.objects.filter(verb="feed_key.make").count() == 1


def test_the_secret_is_never_shown_again(town):
    secret = add(town).split("secret: ")[1].strip()

    listed = run("list")

    assert "city-2026" in listed and "live" in listed
    assert secret not in listed


def test_a_revoked_key_is_refused_and_says_so(town):
    secret = add(town).split("secret: ")[1].strip()

    run("revoke", "city-2026")

    assert City(None, key="city-2026", secret=secret).send(make.alert_body()).status_code == 401
    assert "revoked" in run("list")
    assert AuditRow.objects.filter(verb="feed_key.revoke").count() == 1


@pytest.mark.parametrize(
    "words",
    [
        ("add", "k", "--center", "nowhere", "--source", "city"),
        ("add", "city-2026", "--center", "fuling", "--source", "city"),
        ("revoke", "nobody"),
    ],
)
def test_it_refuses_in_words_and_changes_nothing(town, words):
    add(town)

    with pytest.raises(CommandError):
        run(*words)

    assert FeedKey.objects.filter(revoked_at__isnull=True).count() == 1


def test_a_third_live_key_is_refused(town):
    add(town)
    add(town, "city-2027")

    with pytest.raises(CommandError):
        add(town, "city-2028")
