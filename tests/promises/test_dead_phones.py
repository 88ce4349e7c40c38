"""The bank lobby with both phones dead: every move by voice; when the phones wake, their copies are noops."""

import time_machine

from fieldops.cases.models import Case, CaseEvent
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import FeedRow, desk
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.outcomes.models import Indicator, VisitReport
from fieldops.sync.snapshot import snapshot_for
from fieldops.teams.models import Device
from tests import make

MOVES = ["accept", "set_out", "arrive"]
LINES = ["offered", "accepted", "answered", "set_out", "arrived", "report.filed", "concluded"]


def by_voice(api, town, row, command, who, args=None):
    body = {
        "cmd_id": str(new_id()),
        "command": command,
        "member": str(town.users[who].pk),
        "args": args or {},
    }
    answer = api(town.duty).post(f"assignments/{row.pk}/by-voice", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_whole_scene_by_voice_then_the_phones_wake(town, api):
    Device.objects.filter(user__in=[town.alpha1, town.alpha2]).update(can_ring=False, ring_problem="offline")
    case = make.at_bank(town, make.called(town, make.case(town)))
    body = {"team": str(town.alpha.team_id), "brief": "counter 3"}
    refused = api(town.duty).post(f"cases/{case.pk}/offer", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_wanted")
    offered = api(town.duty).post(f"cases/{case.pk}/offer", {**body, "reason": "told by phone"}).json()
    row = Assignment.objects.get(pk=offered["id"])

    # Written down on both phones, unsent.
    moves = [(kind, None) for kind in MOVES]
    written = {"alpha1": [*moves, ("conclude", {"report": make.report()})], "alpha2": moves}
    asleep = {
        who: [make.envelope(kind, ("assignment", row.pk), args) for kind, args in steps]
        for who, steps in written.items()
    }

    said = [by_voice(api, town, row, "accept", "alpha1"), by_voice(api, town, row, "accept", "alpha2")]
    said += [by_voice(api, town, row, "set_out", "alpha1"), by_voice(api, town, row, "arrive", "alpha1")]
    words = {"id": str(new_id()), "text": "he gives in"}
    said.append(by_voice(api, town, row, "say", "alpha1", words))
    said.append(by_voice(api, town, row, "conclude", "alpha1", {"report": make.report()}))

    assert [result["outcome"] for result in said] == ["applied"] * 6
    row.refresh_from_db()
    assert row.status == "concluded"
    assert Case.objects.get(pk=case.pk).stage == "to_review"
    lines = CaseEvent.objects.filter(case=case, code__in=LINES).order_by("at", "pk")
    assert list(lines.values_list("code", flat=True)) == LINES
    assert all(line.by_voice for line in lines if line.code != "offered")
    told = FeedRow.objects.filter(recipient=desk(town.center.pk)).count()
    version = row.version

    with time_machine.travel(now().timestamp() + 1800, tick=True):
        results = {
            who: [make.send_command(town.users[who], command) for command in queue]
            for who, queue in asleep.items()
        }

    for who in ("alpha1", "alpha2"):
        assert [result["outcome"] for result in results[who]] == ["noop"] * len(asleep[who]), results[who]
        assert {result["code"] for result in results[who]} == {"BY_VOICE"}
    row.refresh_from_db()
    assert row.version == version
    assert FeedRow.objects.filter(recipient=desk(town.center.pk)).count() == told
    assert VisitReport.objects.count() == 1
    assert VisitReport.objects.get().prevented_fen == 6_000_000


def test_what_the_phones_alone_knew_is_added(town, api):
    row = make.offered(town)
    for command in MOVES:
        by_voice(api, town, row, command, "alpha1")
    by_voice(api, town, row, "conclude", "alpha1", {"report": make.report()})

    account = {"id": str(new_id()), "kind": "account", "value": "6222000011114471"}
    fact = make.send_command(town.alpha1, make.envelope("indicator", ("case", row.case_id), account))

    assert fact["outcome"] == "applied"
    assert Indicator.objects.get().mask == "****4471"


def test_the_waking_phone_sees_the_world_as_it_is(town, api):
    row = make.offered(town)
    for command in MOVES:
        by_voice(api, town, row, command, "alpha1")

    seen = snapshot_for(user=town.alpha1, device=None, at=now())

    assert seen["assignments"][0]["status"] == "arrived"
    assert seen["assignments"][0]["voiced"] == ["arrive", "set_out"]
    assert seen["secrets"][str(row.case_id)]["name"] == "王庆和"
