"""What a supervisor's phone shows: alarms in words, and the crew to send."""

from fieldops.feed.alarms import raise_alarm
from fieldops.lib.clock import now
from tests import make


def alarm(town, kind="not_answered", case=None, **params):
    return raise_alarm(
        center_id=town.center.pk, kind=kind, key=kind, at=now(), params={"team": "Alpha", **params},
        case_id=case.pk if case else None, case_number=case.number if case else "",
    )  # fmt: skip


def watch(api, who):
    answer = api(who).get("desk/watch")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_waiting_case_comes_with_the_crew_to_send(town, api):
    case = make.at_bank(town, make.called(town, make.case(town)))
    alarm(town, case=case)

    row = watch(api, town.supervisor)["alarms"][0]

    assert (row["number"], row["pick"]["call_sign"]) == (case.number[-3:], "Alpha")
    assert row["pick"]["place"] == "Binjiang branch"
    body = {"team": row["pick"]["team"]}
    assert api(town.supervisor).post(f"cases/{case.pk}/offer", body).status_code == 201
    assert watch(api, town.supervisor)["alarms"][0]["pick"] is None


def test_help_comes_first(town, api):
    alarm(town)
    alarm(town, kind="help", name="alpha1")

    rows = watch(api, town.supervisor)["alarms"]

    assert [row["kind"] for row in rows] == ["help", "not_answered"]
    assert rows[0]["hot"]


def test_a_crew_that_needs_a_reason_says_so(town, api):
    case = make.at_bank(town, make.called(town, make.case(town)))
    make.offered(town, shift=town.alpha)
    alarm(town, case=case)

    pick = watch(api, town.supervisor)["alarms"][0]["pick"]

    assert (pick["call_sign"], pick["needs_reason"]) == ("Bravo", True)
    assert pick["gate"]


def test_a_member_does_not_watch(town, api):
    alarm(town)

    assert watch(api, town.alpha1) == {"watches": False}


def test_the_neighbours_see_their_own(town, api):
    alarm(town)

    assert watch(api, town.stranger)["alarms"] == []
