"""In the admin a saved card is a new version; shipped names are not changed by hand."""

import pytest

from fieldops.playbook.models import Card, ScamType


@pytest.fixture
def admin(admin_user, client):
    client.force_login(admin_user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_saving_writes_the_next_version(admin):
    card = Card.objects.get(code="state.denies", lang="en")
    form = {
        "body": "Sit down.",
        "red_flags": "",
        "questions": "Where?\n\n Who? ",
        "talking_points": "I wait.",
    }

    answer = admin.post(f"/admin/playbook/card/{card.pk}/change/", form)

    assert answer.status_code == 302
    current = Card.objects.get(code="state.denies", lang="en", retired_at=None)
    assert (current.version, current.author) == (2, "admin")
    assert current.questions == ["Where?", "Who?"]


def test_a_retired_version_is_read_only(admin):
    card = Card.objects.get(code="state.denies", lang="en")
    admin.post(f"/admin/playbook/card/{card.pk}/change/", {"body": "Sit down."})

    assert admin.post(f"/admin/playbook/card/{card.pk}/change/", {"body": "Again."}).status_code == 403


def test_a_card_of_ones_own(admin):
    form = {
        "code": "JP.convinced",
        "scam_type": "JP",
        "victim_state": "convinced",
        "lang": "en",
        "body": "Wait.",
    }

    assert admin.post("/admin/playbook/card/add/", form).status_code == 302
    assert Card.objects.get(code="JP.convinced").author == "admin"


def test_the_list_and_a_type_open(admin):
    assert admin.get("/admin/playbook/card/").status_code == 200
    assert admin.get("/admin/playbook/scamtype/SD/change/").status_code == 200
    assert ScamType.objects.get(code="SD").shipped
