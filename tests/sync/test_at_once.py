"""The same batch, twenty times at once: one effect, equal answers, on both databases."""

import pytest
from django.db import connection

from fieldops.dispatch.models import Assignment
from fieldops.feed.models import FeedRow, desk
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.outcomes.models import Indicator
from fieldops.sync.apply import apply_command
from fieldops.sync.models import RefusedCommand, SyncCommand
from fieldops.sync.voice import apply_by_voice
from fieldops.teams.models import Device
from tests import make
from tests.threads import at_once, raised

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_effect_and_equal_answers():
    town = make.town()
    row = make.offered(town)
    phone = Device.objects.get(user=town.alpha1)
    account = {"id": str(new_id()), "kind": "account", "value": "6222000011114471"}
    batch = [
        make.sent(make.envelope("accept", ("assignment", row.pk))),
        make.sent(make.envelope("indicator", ("case", row.case_id), account)),
        make.sent(make.envelope("set_out", ("assignment", row.pk))),
    ]

    def post():
        return [apply_command(user=town.alpha1, device=phone, at=now(), **sent) for sent in batch]

    answers = at_once(*[post] * 20)

    assert raised(answers) == []
    plain = [[{k: v for k, v in result.items() if k != "replayed"} for result in one] for one in answers]
    assert all(one == plain[0] for one in plain)
    assert [result["outcome"] for result in plain[0]] == ["applied"] * 3
    assert sum("replayed" not in result for one in answers for result in one) == 3
    assert (SyncCommand.objects.count(), Indicator.objects.count()) == (3, 1)
    kinds = list(FeedRow.objects.filter(recipient=desk(town.center.pk)).values_list("kind", flat=True))
    assert [kinds.count(k) for k in ("assignment.accepted", "assignment.set_out", "indicator.added")] == [
        1,
        1,
        1,
    ]
    numbers = list(FeedRow.objects.filter(recipient=desk(town.center.pk)).values_list("seq", flat=True))
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_a_refused_one_is_kept_once():
    town = make.town()
    phone = Device.objects.get(user=town.alpha1)

    answers = at_once(
        *[lambda: apply_command(user=town.alpha1, device=phone, text="x", sha="0" * 64, at=now())] * 10
    )

    assert raised(answers) == []
    assert {answer["code"] for answer in answers} == {"INVALID"}
    assert RefusedCommand.objects.count() == 1


def test_both_members_at_once_take_it_once():
    town = make.town()
    row = make.offered(town)

    def accept(user):
        return lambda: make.send_command(user, make.envelope("accept", ("assignment", row.pk)))

    answers = at_once(accept(town.alpha1), accept(town.alpha2))

    assert sorted((a["outcome"], a["code"] or "") for a in answers) == [
        ("applied", ""),
        ("applied", "JOINED"),
    ]
    assert {m.answer for m in row.members.all()} == {"accept"}


def test_a_click_by_voice_pressed_twice_is_one():
    town = make.town()
    row = make.offered(town)
    cmd_id = new_id()

    def click():
        return apply_by_voice(
            officer=town.duty, assignment=row, member_id=town.alpha1.pk, cmd_id=cmd_id, command="accept",
            args={}, at=now(),
        )  # fmt: skip

    answers = at_once(*[click] * 6)

    assert raised(answers) == []
    assert {answer["outcome"] for answer in answers} == {"applied"}
    assert sum("replayed" not in answer for answer in answers) == 1
    assert Assignment.objects.get(pk=row.pk).status == "accepted"


def test_it_runs_on_a_real_file_or_server():
    name = str(connection.settings_dict["NAME"])
    assert "memory" not in name
