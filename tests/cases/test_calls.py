"""Phone dissuasion: a call claims the person, and what came of it decides what is next."""

import datetime as dt

import pytest
from django.conf import settings

from fieldops.audit.models import AuditRow
from fieldops.cases.actions import close_call, close_case, open_call
from fieldops.cases.models import CallAttempt, Case, CaseEvent
from fieldops.lib.clock import now
from fieldops.lib.errors import Invalid
from fieldops.timers.loop import run_due
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, kinds, one
from tests.threads import at_once, raised
from tests.verify import verify_feed


def ring(town, row, *, by="duty", **fields):
    """Press *call*."""
    return open_call(case_id=row.pk, by=town.by(by), at=fields.pop("at", now()), **fields)


def record(town, call, result="connected", state="denies", *, by="duty", **fields):
    """Record what came of it; return the case."""
    at = fields.pop("at", now())
    close_call(call_id=call.pk, result=result, state_after=state, by=town.by(by), at=at, **fields)
    return Case.objects.get(pk=call.case_id)


class TestOpen:
    def test_it_claims_the_person(self, town, row):
        at = now()

        call = ring(town, row, at=at)

        case = Case.objects.get(pk=row.pk)
        assert (case.stage, case.calling, case.attempts, case.first_call_at) == ("calling", call, 1, at)

    def test_it_tells_the_desk(self, town, row, desk_feed):
        with heard(desk_feed) as events:
            call = ring(town, row)

        assert kinds(events) == ["call.opened", "case.changed"]
        assert one(events, "call.opened")["line"]["params"] == {
            "name": "duty",
            "count": 1,
            "target": "person",
        }
        assert one(events, "case.changed")["body"]["calling"]["call_id"] == str(call.pk)

    def test_the_crew_on_the_way_hears_of_it(self, town, followed):
        with verify_feed(town.alpha1):
            record(town, ring(town, followed))

    def test_the_answer_opens_name_and_phone_and_is_audited_first(self, api, town, row):
        response = api(town.duty).post(f"cases/{row.pk}/calls", {})

        assert response.status_code == 201
        assert response.json()["secret"]["name"] == "王庆和"
        audit = AuditRow.objects.get(verb="person.open_for_call")
        assert (audit.actor_id, audit.subject_id) == (town.duty.pk, str(row.person_id))

    def test_the_same_press_again_is_one_call(self, api, town, row):
        body = {"id": str(make.new_id())}

        first, again = (api(town.duty).post(f"cases/{row.pk}/calls", body) for _ in range(2))

        assert first.json()["call"] == again.json()["call"]
        assert CallAttempt.objects.count() == 1

    def test_whoever_sees_the_data_again_is_audited_again(self, api, town, row):
        body = {"id": str(make.new_id())}
        again = [api(town.duty).post(f"cases/{row.pk}/calls", body).json() for _ in range(2)]

        assert again[1]["secret"]["phone"]
        actors = AuditRow.objects.filter(verb="person.open_for_call").values_list("actor_id", flat=True)
        assert list(actors) == [town.duty.pk] * 2

    def test_somebody_elses_call_opens_nothing(self, api, town, row):
        body = {"id": str(make.new_id())}
        api(town.duty).post(f"cases/{row.pk}/calls", body)

        again = api(town.duty2).post(f"cases/{row.pk}/calls", body).json()

        assert (again["call"]["by_name"], again["secret"]) == ("duty", None)
        assert AuditRow.objects.filter(verb="person.open_for_call").count() == 1

    def test_a_call_that_is_over_opens_nothing(self, api, town, row):
        """Its id stands on the case's page: who sends it again has no call to make."""
        call = ring(town, row)
        record(town, call)
        make.closed(town, row)
        body = {"id": str(call.pk)}

        answers = [api(town.users[who]).post(f"cases/{row.pk}/calls", body) for who in ("duty", "duty2")]

        assert [answer.json()["secret"] for answer in answers] == [None, None]
        assert AuditRow.objects.filter(verb="person.open_for_call").count() == 1

    def test_an_id_of_another_case_is_refused(self, api, town, row):
        other = make.case(town)
        call = ring(town, other)

        response = api(town.duty).post(f"cases/{row.pk}/calls", {"id": str(call.pk)})

        assert (response.status_code, response.json()["code"]) == (409, "id_reused")

    @pytest.mark.parametrize(("name", "mine"), [("duty2", False), ("duty", True)])
    def test_a_second_caller_is_told_who_is_on_the_phone(self, api, town, row, name, mine):
        ring(town, row)

        response = api(town.users[name]).post(f"cases/{row.pk}/calls", {})

        body = response.json()
        assert (response.status_code, body["code"], body["by_name"], body["mine"]) == (
            409, "calling", "duty", mine,
        )  # fmt: skip
        assert "secret" not in body

    def test_a_closed_case_is_not_called(self, api, town, row):
        close_case(case_id=row.pk, disposition="handled", by=town.by("duty"), at=now())

        response = api(town.duty).post(f"cases/{row.pk}/calls", {})

        assert (response.status_code, response.json()["code"]) == (409, "closed")


@pytest.mark.django_db(transaction=True)
def test_two_press_call_at_once_and_one_gets_through():
    town = make.town()
    row = make.case(town)

    results = at_once(*[lambda by=by: ring(town, row, by=by) for by in ("duty", "duty2", "supervisor")])

    assert [(type(error), error.code) for error in raised(results)] == [(Invalid, "calling")] * 2
    assert Case.objects.get().attempts == CallAttempt.objects.count() == 1


class TestClose:
    def test_it_frees_the_person_and_keeps_the_answers(self, town, row, desk_feed):
        call = ring(town, row)

        with heard(desk_feed) as events:
            case = record(town, call, state="convinced", note="他不信")

        call.refresh_from_db()
        assert (call.result, call.state_after, call.note) == ("connected", "convinced", "他不信")
        assert (case.calling, case.victim_state, case.stage) == (None, "convinced", "to_send")
        assert kinds(events) == ["call.closed", "case.changed"]
        one(events, "call.closed")
        assert one(events, "case.changed")["line"]["code"] == "triaged"

    def test_it_is_harmless_when_repeated(self, town, row, desk_feed):
        call = ring(town, row)
        record(town, call)

        with heard(desk_feed) as events:
            record(town, call)

        assert events == []

    def test_another_result_is_refused(self, api, town, row):
        call = ring(town, row)
        record(town, call)

        response = api(town.duty2).patch(f"calls/{call.pk}", {"result": "busy"})

        assert (response.status_code, response.json()["code"]) == (409, "already_recorded")
        call.refresh_from_db()
        assert call.result == "connected"

    def test_the_endpoint_gives_call_and_case(self, api, town, row):
        call = ring(town, row)

        body = (
            api(town.duty).patch(f"calls/{call.pk}", {"result": "connected", "state_after": "aware"}).json()
        )

        assert (body["call"]["result"], body["case"]["stage"]) == ("connected", "to_review")

    @pytest.mark.parametrize("result", ["abandoned", "won", ""])
    def test_a_result_that_is_none_is_refused(self, api, town, row, result):
        call = ring(town, row)

        assert api(town.duty).patch(f"calls/{call.pk}", {"result": result}).status_code == 400

    def test_who_is_aware_needs_nobody_any_more(self, town, row):
        assert record(town, ring(town, row), state="aware").stage == "to_review"

    def test_the_next_transfer_sets_the_clock(self, town, row):
        soon = now() + dt.timedelta(minutes=7)

        case = record(town, ring(town, row), state="transferring", next_transfer_at=soon)

        assert (case.due_at, case.due_for) == (soon, "transfer")

    def test_nobody_reached_is_called_again_when_promised(self, town, row):
        soon = now() + dt.timedelta(minutes=3)

        case = record(town, ring(town, row), "no_answer", "", call_back_at=soon)

        assert (case.stage, case.due_at, case.due_for) == ("to_call", soon, "call_back")
        assert case.victim_state == "unknown"


class TestRounds:
    def after(self, town, row, *results, target="person"):
        for result in results:
            case = record(town, ring(town, row, target=target), result, "")
        return case.unreached_rounds, case.busy_rounds, case.reached_at is not None

    @pytest.mark.parametrize(
        ("results", "rounds"),
        [
            (["no_answer"], (1, 0, False)),
            (["off", "no_answer", "busy"], (3, 1, False)),
            (["busy", "busy", "connected"], (0, 0, True)),
            (["no_answer", "refused"], (0, 0, False)),
            (["wrong_number"], (0, 0, False)),
        ],
    )
    def test_they_count_how_often_he_was_not_reached(self, town, row, results, rounds):
        assert self.after(town, row, *results) == rounds

    def test_a_relative_who_does_not_answer_is_not_he(self, town, row):
        assert self.after(town, row, "no_answer", "busy", target="relative") == (0, 0, False)

    def test_a_busy_line_on_a_critical_alert_sends_people(self, town, row):
        self.after(town, row, "busy", "busy")

        case = Case.objects.get(pk=row.pk)
        assert (case.triage_channel, case.stage) == ("mobile_team", "to_send")


class TestForgotten:
    def test_the_person_is_free_again(self, town, row, desk_feed):
        ring(town, row, at=now() - dt.timedelta(seconds=settings.CALL_FORGOTTEN_S + 1))

        with heard(desk_feed) as events:
            assert run_due(at=now()) == 1

        case = Case.objects.get(pk=row.pk)
        assert (case.calling, case.stage) == (None, "to_call")
        assert one(events, "call.closed")["body"]["result"] == "abandoned"

    def test_a_recorded_call_is_not(self, town, row):
        record(town, ring(town, row))

        assert not Timer.objects.filter(kind="cases.call_forgotten").exists()

    def test_it_stands_on_the_timeline_once(self, town, row):
        ring(town, row, at=now() - dt.timedelta(seconds=settings.CALL_FORGOTTEN_S + 1))
        run_due(at=now())
        run_due(at=now())

        assert CaseEvent.objects.filter(code="call.closed").count() == 1
