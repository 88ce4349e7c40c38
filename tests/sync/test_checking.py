"""The count check: what a phone holds against what is here, and the phones that hold up a sign-off."""

import hashlib

import pytest

from fieldops.lib.clock import iso, now
from fieldops.lib.ids import new_id
from fieldops.sync.checking import digest, unsettled_phones
from fieldops.sync.models import SyncCommand
from fieldops.teams.models import Device
from tests import make


def note(row, text="x", **more):
    return make.envelope("note", ("case", row.case_id), {"id": str(new_id()), "text": text}, **more)


def held(row, commands, *, ids=False):
    """What a phone says it holds on a case."""
    value = 0
    for command in commands:
        value ^= int(hashlib.sha256(command["cmd_id"].encode()).hexdigest(), 16)
    found = {"id": str(row.case_id), "count": len(commands), "xor": f"{value:064x}"}
    return {**found, "ids": [command["cmd_id"] for command in commands]} if ids else found


def check(phone, *subjects, **more):
    answer = phone.post("check", **phone.ids, subjects=list(subjects), **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def reasons(town):
    return {found.device.user.username: found.reasons for found in unsettled_phones(town.alpha, at=now())}


@pytest.fixture
def row(town):
    return make.accepted(town)


def test_of_nothing_it_is_zeros():
    assert digest([]) == "0" * 64


def test_equal_counts_are_ok_and_kept(phone, row):
    sent = [note(row), note(row)]
    phone.send(*sent)

    answer = check(phone, held(row, sent))

    assert (answer["ok"], answer["missing"], answer["differ"]) == (True, [], [])
    assert answer["known_seq"] == sent[-1]["seq"]
    assert Device.objects.get(pk=phone.device.pk).check_missing == 0


def test_what_was_lost_here_is_named_and_sent_again(town, phone, row):
    sent = [note(row, "one"), note(row, "two"), note(row, "three")]
    phone.send(*sent)
    SyncCommand.objects.filter(pk=sent[1]["cmd_id"]).delete()

    first = check(phone, held(row, sent))
    second = check(phone, held(row, sent, ids=True))

    assert (first["ok"], first["differ"]) == (False, [str(row.case_id)])
    assert (second["ok"], second["missing"]) == (False, [sent[1]["cmd_id"]])
    assert reasons(town)["alpha1"] == ("mismatch",)
    phone.send(sent[1])
    assert check(phone, held(row, sent))["ok"] is True
    assert "alpha1" not in reasons(town)


def test_the_same_count_of_others_differs(phone, row):
    phone.send(note(row))

    assert check(phone, held(row, [note(row)]))["ok"] is False


def test_what_was_refused_is_here_too(phone, row):
    first = note(row, "one")
    clone = note(row, "two", seq=first["seq"])
    phone.send(first, clone)

    assert check(phone, held(row, [first, clone], ids=True))["ok"] is True


def test_numbers_before_the_phones_oldest_do_not_count(phone, row):
    old, new = note(row), note(row)
    phone.send(old, new)

    assert check(phone, held(row, [new]), from_seq=new["seq"])["ok"] is True
    assert check(phone, held(row, [new]))["ok"] is False


def test_anothers_command_is_not_told(phone, phones, town, row):
    theirs = note(row)
    phones(town.alpha2).send(theirs)

    assert check(phone, held(row, [theirs], ids=True))["missing"] == [theirs["cmd_id"]]


def test_a_bad_check_is_400(phone, row):
    wrong = {**held(row, []), "xor": "x"}

    assert phone.post("check", **phone.ids, subjects=[wrong]).status_code == 400


class TestUnsettled:
    def beat(self, phone, **more):
        phone.post("heartbeat", **phone.ids, can_ring=True, **{"pending": 0, **more})

    def test_a_quiet_crew_has_none(self, town):
        assert unsettled_phones(town.alpha, at=now()) == []

    def test_who_worked_is_to_be_counted(self, town, phone, row):
        phone.send(note(row))

        (found,) = unsettled_phones(town.alpha, at=now())
        assert (found.reasons, found.blocks) == (("unchecked",), False)

    def test_unsent_and_stuck_block(self, town, phone):
        self.beat(phone, pending=3, oldest_at=iso(now()), stuck=1)

        (found,) = unsettled_phones(town.alpha, at=now())
        assert (found.reasons, found.blocks) == (("unsent", "stuck"), True)

    def test_a_lost_storage_is_named(self, town, phone):
        phone.post("devices", device_id=str(phone.device.pk), epoch=str(new_id()))

        assert reasons(town) == {"alpha1": ("lost",)}

    def test_another_crew_is_not_asked(self, town, phones):
        self.beat(phones(town.bravo1), pending=1)

        assert unsettled_phones(town.alpha, at=now()) == []
