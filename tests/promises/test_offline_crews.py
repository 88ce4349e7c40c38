"""Crews without a network: one winner, every fact kept, wrong clocks put right, the day's totals close.

The phone's half of these is proved with the real engine; this is the server's.
"""

import datetime as dt

import pytest
import time_machine

from fieldops.cases.models import CaseEvent
from fieldops.dispatch.actions import reassign_assignment
from fieldops.dispatch.models import Assignment
from fieldops.lib.clock import iso, local, now
from fieldops.lib.ids import new_id
from fieldops.outcomes.models import Indicator, Note, VisitReport
from fieldops.sync.leaving import revoke_device, take_in
from fieldops.sync.models import Quarantined, ReviewItem, SyncCommand
from fieldops.teams.models import Device
from tests import make
from tests.threads import at_once, raised

TEN_MINUTES = dt.timedelta(minutes=10)


def note(row, text, **more):
    return make.envelope("note", ("case", row.case_id), {"id": str(new_id()), "text": text}, **more)


def account(row, **more):
    args = {"id": str(new_id()), "kind": "account", "value": "6222000011114471"}
    return make.envelope("indicator", ("case", row.case_id), args, **more)


def accept(row, **more):
    return make.envelope("accept", ("assignment", row.pk), **more)


def figures(api, town):
    found = api(town.analyst).get("stats/daily", date=local(now()).date().isoformat())
    assert found.status_code == 200, found.content
    return found.json()["body"]


def closes(total):
    parts = ("dissuaded", "self_aware", "not_dissuaded", "ineffective", "disputed")
    return total["visits"] == sum(total[name] for name in parts)


@pytest.mark.django_db(transaction=True)
class TestTwoCrews:
    """Two crews accept within a millisecond while a third was offline for ten minutes."""

    def test_one_wins_the_others_learn_who_and_their_notes_stay(self):
        town = make.town()
        make.charlie(town)
        third = make.crew(town.center, "Delta", [make.user(town.center, "delta1", "member")])
        town.users["delta1"] = third.members.get().user
        with time_machine.travel(now() - TEN_MINUTES, tick=True):
            first = make.offered(town)
            second = make.offered(town, first.case, shift=town.bravo, competing=True)
            offline = make.offered(town, first.case, shift=third, competing=True)
            queue = [accept(offline), note(offline, "on my way"), account(offline)]

        answers = at_once(
            lambda: make.send_command(town.alpha1, accept(first)),
            lambda: make.send_command(town.bravo1, accept(second)),
        )
        late = [make.send_command(town.users["delta1"], command) for command in queue]

        assert raised(answers) == []
        outcomes = sorted((answer["outcome"], answer["code"] or "") for answer in answers)
        assert outcomes == [("applied", ""), ("conflict", "TAKEN")]
        assert Assignment.objects.filter(case=first.case, status="accepted").count() == 1
        winner = Assignment.objects.get(case=first.case, status="accepted").team.call_sign
        assert (late[0]["outcome"], late[0]["code"], late[0]["by"]) == ("conflict", "TAKEN", winner)
        assert [answer["outcome"] for answer in late[1:]] == ["flagged", "flagged"]
        assert Note.objects.get().text == "on my way"
        assert Indicator.objects.get().mask == "****4471"


class TestTwoReports:
    """Both members report offline, differently: both are there, disputed, and the day's totals close."""

    def test_both_stay_disputed_until_one_is_picked(self, town, api):
        row = make.arrived(town)
        mine = {"report": make.report(prevented_fen=5_000_000)}
        theirs = {"report": make.report(effect="not_dissuaded", prevented_fen=0, prevented_basis="none")}

        results = [
            make.send_command(town.alpha1, make.envelope("conclude", ("assignment", row.pk), mine)),
            make.send_command(town.alpha2, make.envelope("report", ("assignment", row.pk), theirs)),
        ]

        assert results[1]["code"] == "TWO_REPORTS"
        assert VisitReport.objects.count() == 2
        total = figures(api, town)["teams_total"]
        assert (total["visits"], total["disputed"]) == (1, 1) and closes(total)

        api(town.supervisor).post(f"reports/{mine['report']['id']}/decide")
        total = figures(api, town)["teams_total"]
        assert (total["dissuaded"], total["disputed"]) == (1, 0) and closes(total)


class TestFactsAfterwards:
    """Facts after reassignment, closing and revocation: stored, flagged, judged; totals close."""

    def facts(self, row):
        return [note(row, "he told me more"), account(row)]

    def test_after_reassignment(self, town, api):
        row = make.accepted(town)
        reassign_assignment(
            assignment_id=row.pk, to=town.bravo, by=town.by("supervisor"), at=now(), reason="nearer"
        )

        report = make.envelope("report", ("assignment", row.pk), {"report": make.report()})
        results = [make.send_command(town.alpha1, one) for one in [*self.facts(row), report]]

        assert {(r["outcome"], r["code"]) for r in results} == {("flagged", "NOT_ASSIGNED")}
        assert (Note.objects.count(), Indicator.objects.count(), VisitReport.objects.count()) == (1, 1, 1)
        assert ReviewItem.objects.filter(kind="flagged", case=row.case).count() == 3
        assert closes(figures(api, town)["teams_total"])

    def test_after_closing(self, town, api):
        row = make.conclude(town, make.arrived(town))
        make.closed(town, row.case)

        results = [make.send_command(town.alpha1, one) for one in self.facts(row)]

        assert {result["outcome"] for result in results} <= {"applied", "flagged"}
        assert (Note.objects.count(), Indicator.objects.count()) == (1, 1)
        assert closes(figures(api, town)["teams_total"])

    def test_after_revocation(self, town):
        row = make.accepted(town)
        phone = Device.objects.get(user=town.alpha1)
        revoke_device(device_id=phone.pk, reason="lost", by=town.by("supervisor"), at=now())

        for fact in self.facts(row):
            take_in(device=phone, epoch=phone.epoch, at=now(), **make.sent(fact))

        assert Quarantined.objects.count() == ReviewItem.objects.filter(kind="quarantined").count() == 2
        assert not Note.objects.exists() and not SyncCommand.objects.exists()


class TestWrongClocks:
    """A clock three days ahead, five years behind, or set anew in the middle of a case."""

    DAY = dt.timedelta(days=1)

    @pytest.mark.parametrize("clock", [[3 * DAY] * 4, [-5 * 365 * DAY] * 4, [DAY, DAY, -DAY, 400 * DAY]])
    def test_times_are_right_in_order_and_on_the_day(self, town, api, clock):
        at = now().replace(microsecond=0) - dt.timedelta(minutes=40)
        with time_machine.travel(at, tick=True):
            row = make.offered(town)
        moves = ["accept", "set_out", "arrive", "conclude"]
        true = [at + dt.timedelta(minutes=minutes) for minutes in (1, 3, 15, 30)]
        args = [None, None, None, {"report": make.report()}]

        for move, when, off, arg in zip(moves, true, clock, args, strict=True):
            # Sent at once when the network is back: the phone's clock then says when, and how wrong it is.
            command = make.envelope(
                move, ("assignment", row.pk), arg, occurred_at=iso(when + off),
                offset_ms=round(-off.total_seconds() * 1000), offset_age_s=60,
            )  # fmt: skip
            assert make.send_command(town.alpha1, command)["outcome"] == "applied"

        row.refresh_from_db()
        stored = [row.accepted_at, row.set_out_at, row.arrived_at, row.concluded_at]
        assert all(abs(a - b) < dt.timedelta(seconds=2) for a, b in zip(stored, true, strict=True))
        lines = CaseEvent.objects.filter(code__in=["accepted", "set_out", "arrived", "concluded"])
        assert lines.filter(estimated=True).count() == 4
        total = figures(api, town)["teams_total"] if local(at).date() == local(now()).date() else None
        if total:
            assert (total["visits"], total["dissuaded"]) == (1, 1)
            assert total["arrive"]["p90_s"] == pytest.approx(14 * 60, abs=4)


def test_the_first_of_a_visit_counts_once_set_aside_it_does_not(town, api):
    row = make.conclude(town, make.arrived(town))
    report = VisitReport.objects.get()
    report.decided = False
    report.save()

    total = figures(api, town)["teams_total"]

    assert (total["visits"], row.status) == (0, "concluded") and closes(total)
