"""The dormitory: a student, a call refused, the school told, the class teacher there: all by the minute."""

import datetime as dt
import json
import uuid

import pytest
import time_machine
from django.test import Client

from fieldops.cases.models import Case
from fieldops.feed.models import Alarm
from fieldops.intake.actions import make_feed_key
from fieldops.intake.signature import sign
from fieldops.lib.clock import LOCAL, iso, now
from fieldops.places.models import Contact
from fieldops.timers.loop import run_due
from tests import make

SECRET = "city-secret"


class Evening:
    """One evening, minute by minute."""

    def __init__(self) -> None:
        self.clock = time_machine.travel(self.at("18:43"), tick=False)
        self.traveller = self.clock.start()

    @staticmethod
    def at(clock: str) -> dt.datetime:
        hours, minutes = map(int, clock.split(":"))
        return dt.datetime(2026, 11, 20, hours, minutes, tzinfo=LOCAL)

    def strikes(self, clock: str) -> None:
        """Let it be that minute: timers due until then run."""
        self.traveller.move_to(self.at(clock))
        run_due(at=now())


@pytest.fixture
def evening():
    begun = Evening()
    yield begun
    begun.clock.stop()


@pytest.fixture
def town(db, evening):
    return make.town()


def alert(town):
    """The city's signed alert: a student of a linked school, medium."""
    make_feed_key(center=town.center, source="city", key="city", secret=SECRET, at=now())
    body = make.alert_body(
        level="medium",
        family="net",
        scam_type="KF",
        issued_at=iso(now()),
        person={"name": "林小雨", "phone": "13800000099", "school_code": "JD01"},
        suspect={"sites": ["refund.example"]},
        amount_at_risk_fen=None,
    )
    raw, path = json.dumps(body, ensure_ascii=False).encode(), "/api/v1/alerts"
    stamp, nonce = str(int(now().timestamp())), uuid.uuid4().hex
    headers = {
        "X-Feed-Key": "city",
        "X-Feed-Timestamp": stamp,
        "X-Feed-Nonce": nonce,
        "X-Feed-Signature": sign(SECRET, timestamp=stamp, nonce=nonce, method="POST", path=path, body=raw),
    }
    answer = Client().post(path, raw, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.content
    return answer.json()["case"]


def contact(town, role):
    return str(Contact.objects.get(place=town.school, role=role).pk)


def minutes(lines):
    """Return (clock, code) of timeline lines, in Chinese time."""
    return [
        (dt.datetime.fromisoformat(line["at"]).astimezone(LOCAL).strftime("%H:%M"), line["code"])
        for line in lines
    ]


def call(desk, case, result, state):
    opened = desk.post(f"cases/{case['id']}/calls").json()["call"]
    return desk.patch(f"calls/{opened['id']}", {"result": result, "state_after": state}).json()["case"]


def test_the_school_is_told_in_minutes(town, api, evening):
    case = alert(town)
    assert case["person"]["is_student"] is True
    desk = api(town.duty)

    evening.strikes("18:53")
    case = call(desk, case, "refused", "hangs_up")

    assert case["triage"]["channel"] == "school"
    assert case["triage"]["reasons"][0]["code"] == "refuses_student"
    assert case["stage"] == "to_send"

    evening.strikes("18:55")
    told = desk.post(
        f"cases/{case['id']}/notices",
        {"channel": "school", "contact": contact(town, "security_office"), "shared": "请到宿舍看望"},
    )
    assert told.status_code == 201
    notice = told.json()
    assert (notice["contact_role"], notice["place_name"]) == ("security_office", "Jiangdong College")
    assert desk.get(f"cases/{case['id']}").json()["stage"] == "at_partner"
    assert desk.patch(f"notices/{notice['id']}", {"step": "answered"}).status_code == 200

    evening.strikes("19:00")
    reached = desk.patch(f"notices/{notice['id']}", {"step": "reached", "name": "班主任 周"}).json()
    assert reached["reached_at"] == iso(evening.at("19:00"))
    assert desk.get(f"cases/{case['id']}").json()["stage"] == "to_review"

    evening.strikes("19:20")
    closed = desk.post(f"cases/{case['id']}/close", {"disposition": "handled", "note": "没有转账"}).json()

    assert (closed["stage"], closed["disposition"]) == ("closed", "handled")
    sheet = minutes(desk.get(f"cases/{case['id']}").json()["lines"])
    assert sheet == [
        ("18:43", "alert.received"),
        ("18:53", "call.opened"),
        ("18:53", "call.closed"),
        ("18:53", "triaged"),
        ("18:55", "notice.told"),
        ("18:55", "notice.answered"),
        ("19:00", "notice.reached"),
        ("19:20", "closed"),
    ]
    assert not Alarm.objects.filter(kind="notice_silent").exists()
    assert Case.objects.get(pk=case["id"]).met_at == evening.at("19:00")


def test_what_the_school_is_told_holds_no_more_than_it_needs(town, api, evening):
    case = alert(town)
    desk = api(town.duty)
    case = call(desk, case, "refused", "hangs_up")

    notice = desk.post(
        f"cases/{case['id']}/notices", {"channel": "school", "contact": contact(town, "security_office")}
    ).json()

    assert "13800000099" not in json.dumps(notice, ensure_ascii=False)
    assert "林小雨" not in json.dumps(notice, ensure_ascii=False)


def test_a_silent_school_brings_the_case_back(town, api, evening):
    case = alert(town)
    desk = api(town.duty)
    evening.strikes("18:53")
    case = call(desk, case, "refused", "hangs_up")
    evening.strikes("18:55")
    body = {"channel": "school", "contact": contact(town, "security_office")}
    first = desk.post(f"cases/{case['id']}/notices", body).json()

    evening.strikes("18:57")
    assert desk.get(f"cases/{case['id']}").json()["stage"] == "at_partner"
    evening.strikes("18:59")

    assert desk.get(f"cases/{case['id']}").json()["stage"] == "to_send"
    assert Alarm.objects.get(kind="notice_silent").acknowledged_at is None
    body["contact"] = contact(town, "class_teacher")
    second = desk.post(f"cases/{case['id']}/notices", body).json()
    desk.patch(f"notices/{second['id']}", {"step": "answered"})
    evening.strikes("19:10")
    assert desk.get(f"cases/{case['id']}").json()["stage"] == "at_partner"
    desk.patch(f"notices/{first['id']}", {"step": "answered"})
    assert Alarm.objects.get(kind="notice_silent").acknowledged_at


def test_the_neighbour_may_neither_tell_nor_close(town, api, evening):
    case = alert(town)

    for path, body in (
        ("notices", {"channel": "school"}),
        ("close", {"disposition": "handled"}),
        ("calls", {}),
    ):
        assert api(town.stranger).post(f"cases/{case['id']}/{path}", body).status_code == 404
