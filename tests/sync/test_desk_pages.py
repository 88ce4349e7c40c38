"""The pages of phones and of what they sent: who may open them, whose rows are there, what is never shown."""

import re

import pytest

from fieldops.sync.leaving import revoke_device
from fieldops.teams.models import Device
from tests import make

PAGES = ("phones", "held")
FRAGMENTS = ("desk/fragments/phones", "desk/fragments/held")


def page(api, who, path):
    return api(who).client.get(f"/{path}")


@pytest.mark.parametrize("path", [*PAGES, *FRAGMENTS])
def test_duty_and_supervisor_open_them(town, api, path):
    assert {page(api, town.users[who], path).status_code for who in ("duty", "supervisor")} == {200}


@pytest.mark.parametrize("who", ["analyst", "auditor", "alpha1", "intruder"])
@pytest.mark.parametrize("path", [*PAGES, *FRAGMENTS])
def test_others_do_not(town, api, path, who):
    assert page(api, town.users[who], path).status_code == 403


def test_the_administrator_sees_phones_and_no_cases(town, api):
    admin = make.user(town.center, "boss", "admin")

    assert page(api, admin, "phones").status_code == 200
    assert page(api, admin, "held").status_code == 403


def test_another_centres_phones_are_not_there(town, api):
    make.device(town.intruder)

    assert "intruder" not in page(api, town.duty, "phones").content.decode()
    assert "alpha1" not in page(api, town.stranger, "phones").content.decode()


def test_only_who_may_act_is_shown_the_button(town, api):
    Device.objects.filter(user=town.alpha1).update(pending=2)
    duty = page(api, town.duty, "phones").content.decode()
    supervisor = page(api, town.supervisor, "phones").content.decode()

    assert "/revoke" not in duty and "/release" not in duty
    assert "/revoke" in supervisor and "/release" in supervisor


def test_a_phone_taken_off_says_so_and_has_no_button(town, api):
    phone = Device.objects.get(user=town.alpha1)
    revoke_device(device_id=phone.pk, reason="lost", by=town.by("supervisor"), at=phone.last_seen_at)

    text = page(api, town.supervisor, "phones").content.decode()

    row = re.search(rf'data-phone="{phone.pk}".*?</tr>', text, re.S).group()
    assert "revoke" not in row and 'class="gone"' in row


@pytest.mark.parametrize(("used", "told"), [(40, False), (41, True)])
def test_a_storage_nearly_full_is_said(town, api, used, told):
    Device.objects.filter(user=town.alpha1).update(used_mb=used, quota_mb=50, persisted=True)

    text = page(api, town.duty, "phones").content.decode()

    assert (f"快满了：50 MB 已用 {used} MB" in text) is told


def test_what_was_sent_is_not_on_the_list(town, api, phone):
    row = make.accepted(town)
    args = {"victim_state": "13912345678"}
    phone.send(make.envelope("state", ("case", row.case_id), args))

    text = page(api, town.supervisor, "held").content.decode()

    assert "held-dead_letter" in text and "13912345678" not in text


def test_the_lists_ask_the_database_a_fixed_number_of_times(town, api, django_assert_max_num_queries):
    for number in range(12):
        make.device(make.user(town.center, f"more{number}", "member"))
    client = api(town.duty).client

    with django_assert_max_num_queries(12):
        client.get("/desk/fragments/phones")
    with django_assert_max_num_queries(12):
        client.get("/desk/fragments/held")
