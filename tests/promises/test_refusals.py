"""What is refused says so, and changes nothing: each wrong way in, with its answer and an untouched world."""

import json
import time
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fieldops.cases.models import CallAttempt, Case, CaseEvent, Notice, Person, Whereabouts
from fieldops.dispatch.actions import expire_assignment
from fieldops.dispatch.models import Assignment, AssignmentMember, Message
from fieldops.feed.models import Alarm, FeedRow
from fieldops.intake.actions import make_feed_key
from fieldops.intake.models import Alert
from fieldops.intake.signature import sign
from fieldops.lib.clock import now
from fieldops.outcomes.models import FollowUp, Indicator, Note, VisitReport
from fieldops.sync.models import SyncCommand
from fieldops.timers.models import Timer
from tests import make
from tests.intake.sheets import csv_file, row

WORLD = (
    Person, Case, CaseEvent, CallAttempt, Notice, Whereabouts, Assignment, AssignmentMember, Message,
    VisitReport, Indicator, Note, FollowUp, FeedRow, Alarm, Timer,
)  # fmt: skip
SECRET = "city-secret"
PATH = "/api/v1/alerts"


def world():
    """Return every row of the work, to be compared."""
    return {model.__name__: sorted(map(repr, model.objects.values_list())) for model in WORLD}


def changed(before, after):
    """Return which tables differ."""
    return {name for name in before if before[name] != after[name]}


def problem(answer, status, code):
    """Check that an answer is a problem document with this status and code."""
    assert answer["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["title"] and body["type"] == f"urn:fieldops:{code}"
    return body


class City:
    """The city centre's feed."""

    def __init__(self, town):
        make_feed_key(center=town.center, source="city", key="city", secret=SECRET, at=now())
        self.client = Client()

    def send(self, body, *, secret=SECRET, key="city", clock_s=0, nonce=None, tamper=b""):
        raw = json.dumps(body, ensure_ascii=False).encode()
        timestamp, nonce = str(int(time.time()) + clock_s), nonce or uuid.uuid4().hex
        signature = sign(secret, timestamp=timestamp, nonce=nonce, method="POST", path=PATH, body=raw)
        headers = {
            "X-Feed-Key": key,
            "X-Feed-Timestamp": timestamp,
            "X-Feed-Nonce": nonce,
            "X-Feed-Signature": signature,
        }
        return self.client.post(PATH, raw + tamper, content_type="application/json", headers=headers)


class TestFeed:
    @pytest.fixture
    def city(self, town):
        return City(town)

    def test_the_right_way_in(self, town, city):
        answer = city.send(make.alert_body())

        assert (answer.status_code, answer.json()["case"]["stage"]) == (201, "to_call")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"secret": "guessed"},
            {"key": "nobody"},
            {"tamper": b" "},
            {"clock_s": -301},
            {"clock_s": 302},
            {"nonce": "short"},
        ],
    )
    def test_a_wrong_signature_or_an_old_one_is_one_answer(self, town, city, wrong):
        before = world()

        answer = city.send(make.alert_body(), **wrong)

        problem(answer, 401, "bad_signature")
        assert world() == before
        assert not Alert.objects.exists()

    def test_a_replayed_nonce(self, town, city):
        body, nonce = make.alert_body(), uuid.uuid4().hex
        assert city.send(body, nonce=nonce).status_code == 201
        before = world()

        problem(city.send(body, nonce=nonce), 401, "replayed")

        assert world() == before
        assert Alert.objects.count() == 1

    def test_the_same_alert_signed_anew_is_the_same(self, town, city):
        body = make.alert_body()
        first = city.send(body).json()
        before = world()

        again = city.send(body)

        assert (again.status_code, again.json()["case"]["id"]) == (200, first["case"]["id"])
        assert world() == before

    def test_the_same_id_with_other_content_is_kept_for_review(self, town, city):
        body = make.alert_body()
        city.send(body)
        before = world()

        answer = city.send({**body, "level": "low"})

        problem(answer, 409, "content_differs")
        after = world()
        # The desk hears of it, once, and of nothing else.
        assert changed(before, after) == {"Alarm", "FeedRow"}
        assert len(after["Alarm"]) == len(before["Alarm"]) + 1
        kept = Alert.objects.get(conflict_with__isnull=False)
        assert (kept.level, kept.case) == ("low", None)

    @pytest.mark.parametrize(
        "wrong", [{"mood": "bad"}, {"level": "deadly"}, {"person": {}}, {"amount_at_risk_fen": 1.5}]
    )
    def test_a_body_that_says_nonsense(self, town, city, wrong):
        before = world()

        problem(city.send(make.alert_body(**wrong)), 400, "invalid")

        assert world() == before


class TestReach:
    """Another centre's case, another crew's: the same answer as for none."""

    def test_every_door_is_shut_alike(self, town, api):
        row_ = make.accepted(town)
        case, none = row_.case_id, uuid.uuid4()
        before = world()

        for who in (town.stranger, town.intruder, town.bravo1):
            for pk in (case, none):
                doors = [
                    api(who).get(f"cases/{pk}"),
                    api(who).get(f"cases/{pk}/recommendation"),
                    api(who).post(f"cases/{pk}/calls"),
                    api(who).post(f"cases/{pk}/offer", {"team": str(town.bravo.team_id)}),
                    api(who).post(f"cases/{pk}/reveal", {"reason": "curious"}),
                    api(who).post(f"cases/{pk}/close", {"disposition": "handled"}),
                ]
                assert len({problem(answer, 404, "not_found")["title"] for answer in doors}) == 1

        assert world() == before

    def test_assignments_too(self, town, api):
        row_ = make.accepted(town)
        before = world()

        for who in (town.stranger, town.intruder, town.bravo1):
            for pk in (row_.pk, uuid.uuid4()):
                problem(api(who).post(f"assignments/{pk}/recall", {"reason": "no"}), 404, "not_found")
                problem(api(who).post(f"assignments/{pk}/messages", {"text": "no"}), 404, "not_found")

        assert world() == before

    def test_lists_hold_only_ones_own(self, town, api):
        make.accepted(town)

        for who, count in ((town.duty, 1), (town.alpha1, 1), (town.bravo1, 0), (town.stranger, 0)):
            assert len(api(who).get("cases").json()["results"]) == count

    def test_a_command_on_anothers_assignment_waits_like_one_on_none(self, town):
        row_ = make.offered(town)
        before = world()

        for pk in (row_.pk, uuid.uuid4()):
            result = make.send_command(town.bravo1, make.envelope("accept", ("assignment", pk)))
            assert (result["outcome"], result["code"]) == ("deferred", "NOT_THERE")

        after = world()
        waiting = {key for key in before if before[key] != after[key]}
        assert waiting == {"Timer"}
        assert SyncCommand.objects.filter(state="deferred").count() == 2


class TestOrder:
    """Steps skipped, taken twice, or too late."""

    def command(self, town, row_, kind, args=None, who="alpha1"):
        return make.send_command(town.users[who], make.envelope(kind, ("assignment", row_.pk), args))

    def test_a_visit_cannot_be_concluded_before_it_was_begun(self, town):
        row_ = make.accepted(town)
        before = world()

        result = self.command(town, row_, "conclude", {"report": make.report()})

        assert (result["outcome"], result["code"]) == ("conflict", "NOT_ARRIVED")
        after = world()
        assert after["Assignment"] == before["Assignment"]
        assert VisitReport.objects.count() == 1  # what was seen is kept

    def test_a_case_with_a_crew_on_it_cannot_be_closed(self, town, api):
        row_ = make.accepted(town)
        before = world()

        answer = api(town.duty).post(f"cases/{row_.case_id}/close", {"disposition": "handled"})

        problem(answer, 409, "crew_on_it")
        assert world() == before

    def test_a_crew_cannot_take_a_second_case(self, town, api):
        make.accepted(town)
        second = make.at_bank(town, make.called(town, make.case(town)))
        before = world()

        body = {"team": str(town.alpha.team_id), "reason": "they are quick"}
        answer = api(town.duty).post(f"cases/{second.pk}/offer", body)

        assert problem(answer, 409, "crew_taken")["reasons"][0]["code"] == "engaged"
        assert world() == before

    def test_a_case_cannot_have_a_second_crew_unasked(self, town, api):
        row_ = make.accepted(town)
        before = world()

        body = {"team": str(town.bravo.team_id), "reason": "they are quick"}
        answer = api(town.duty).post(f"cases/{row_.case_id}/offer", body)

        assert problem(answer, 409, "already_taken")["by"] == "Alpha"
        assert world() == before

    def test_an_expired_offer_is_lost_once_another_crew_has_the_case(self, town):
        row_ = make.offered(town)
        expire_assignment(assignment_id=row_.pk, at=now())
        other = make.offered(town, row_.case, shift=town.bravo)
        self.command(town, other, "accept", who="bravo1")
        before = world()

        result = self.command(town, row_, "accept")

        assert (result["outcome"], result["code"], result["by"]) == ("conflict", "TAKEN", "Bravo")
        assert world() == before

    def test_what_is_over_cannot_be_recalled(self, town, api):
        row_ = make.conclude(town, make.arrived(town))
        before = world()

        answer = api(town.supervisor).post(f"assignments/{row_.pk}/recall", {"reason": "late"})

        problem(answer, 409, "wrong_state")
        assert world() == before


class TestImports:
    def upload(self, town, content):
        client = Client()
        client.force_login(town.duty, backend=make.BACKEND)
        return client.post(f"{PATH}/import", {"file": SimpleUploadedFile("alerts.csv", content)})

    @pytest.mark.parametrize(
        "content",
        [
            csv_file(row(1), row(2, 等级="紧急")),
            csv_file(row(1), row(2))[:-20] + b"\xff\xfe\x00",
            b"PK\x03\x04 not a workbook",
            b"a,b,c\n1,2,3\n",
            b"",
        ],
    )
    def test_one_bad_row_and_nothing_comes_in(self, town, content):
        before = world()

        answer = self.upload(town, content)

        assert answer.status_code == 400
        assert answer["Content-Type"].startswith("application/problem+json")
        assert world() == before
        assert not Alert.objects.exists()
