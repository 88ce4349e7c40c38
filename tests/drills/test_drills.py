"""A drill: rings like the real thing, is marked everywhere, keeps nobody from real work, leaves a report."""

import datetime as dt
import hashlib

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.models import Case, CaseEvent, Person
from fieldops.dispatch.actions import accept_assignment, end_drill, offer_assignment, set_out, start_drill
from fieldops.dispatch.drills import canonical
from fieldops.dispatch.models import Assignment, Drill, RingAttempt
from fieldops.dispatch.recommend import recommend
from fieldops.dispatch.ring_calls import ring_of
from fieldops.feed.models import desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.outcomes.models import FollowUp
from fieldops.teams.models import Device
from fieldops.timers.loop import run_due
from tests import make
from tests.contract import heard, kinds
from tests.verify import verify_feed


def start(town, scene="bank_lobby", **more):
    return start_drill(center_id=town.center.pk, scene=scene, by=town.by("supervisor"), at=now(), **more)


def end(town, drill, words=""):
    return end_drill(drill_id=drill.pk, by=town.by("supervisor"), at=now(), words=words)


def offer_of(drill) -> Assignment:
    return Assignment.objects.select_related("team").get(case=drill.case)


@pytest.mark.parametrize(
    ("scene", "place", "level"),
    [
        ("bank_lobby", "Binjiang branch", "critical"),
        ("dormitory", "Jiangdong College", "high"),
        ("phone_dead", "Binjiang branch", "critical"),
    ],
)
class TestScenes:
    def test_each_rings_the_best_crew_at_a_place_of_ours(self, town, scene, place, level):
        drill = start(town, scene)

        offer = offer_of(drill)
        assert (offer.status, offer.drill, offer.level) == ("offered", True, level)
        assert offer.told["whereabouts"]["text"] == place
        assert offer.team.call_sign == offer.ranking[0]["team"]["call_sign"]


class TestStart:
    def test_it_is_marked_in_all_that_is_told(self, town):
        with heard(user_recipient(town.alpha1.pk)) as phone, heard(desk(town.center.pk)) as board:
            drill = start(town, shift=town.alpha)

        assert [event["body"]["drill"] for event in phone if event["kind"] == "assignment.offered"] == [True]
        assert {event["body"]["drill"] for event in board if "drill" in event["body"]} == {True}
        assert drill.case.number.endswith("-D01")
        assert CaseEvent.objects.get(case=drill.case, code="drill.started").params["name"] == "supervisor"
        assert AuditRow.objects.filter(verb="drill.start", subject_id=drill.pk).count() == 1
        assert drill.chosen

    def test_the_phone_knows(self, town):
        with verify_feed(town.alpha1, may_forget=True):
            start(town, shift=town.alpha)

    def test_the_same_wish_twice_is_one_drill(self, town):
        wish = new_id()

        assert start(town, drill_id=wish) == start(town, drill_id=wish)
        assert Case.objects.filter(drill=True).count() == 1

    def test_a_gateway_says_that_it_is_a_drill(self, town):
        Device.objects.filter(user=town.alpha1).update(can_ring=False)
        start(town, shift=town.alpha)

        attempt = RingAttempt.objects.filter(assignment__drill=True).select_related("assignment").first()
        assert "演练" in ring_of(attempt).text

    def test_its_person_is_nobody(self, town):
        person = start(town).case.person

        assert (person.phone_index, person.id_index) == ("", "")
        start(town, "dormitory")
        assert Person.objects.count() == 2

    def test_it_takes_no_number_from_the_real_cases(self, town):
        before = make.case(town).number
        start(town)
        after = make.case(town).number

        assert int(after.rsplit("-")[-1]) == int(before.rsplit("-")[-1]) + 1

    def test_the_ladder_goes_on_by_itself(self, town):
        make.charlie(town)
        drill = start(town, shift=town.alpha)

        later = now() + dt.timedelta(seconds=50)
        Device.objects.update(last_seen_at=later)
        run_due(at=later)

        assert Assignment.objects.filter(case=drill.case, drill=True).count() == 2

    def test_with_nobody_free_it_stands_unsent(self, town):
        make.offered(town)
        make.offered(town, make.case(town, place_text="door"), shift=town.bravo)

        drill = start(town)

        assert Case.objects.get(pk=drill.case_id).stage == "to_send"


class TestRealWork:
    def test_a_crew_at_a_drill_is_as_free_as_any(self, town):
        drill = start(town, shift=town.alpha)
        accept_assignment(assignment_id=offer_of(drill).pk, by=town.by("alpha1"), at=now())
        real = make.at_bank(town, make.called(town, make.case(town)))

        ranked = {row.crew.team.call_sign: row for row in recommend(real, at=now())}

        assert ranked["Alpha"].verdict.verdict == "allow"
        assert ranked["Alpha"].load == 0

    def test_a_real_case_ends_the_drill_for_its_crew(self, town):
        drill = start(town, shift=town.alpha)
        accept_assignment(assignment_id=offer_of(drill).pk, by=town.by("alpha1"), at=now())
        real = make.at_bank(town, make.called(town, make.case(town)))

        with heard(user_recipient(town.alpha1.pk)) as events:
            offer_assignment(case_id=real.pk, shift=town.alpha, by=town.by("duty"), at=now())

        assert kinds(events)[-1] == "assignment.offered"
        assert "assignment.recalled" in kinds(events)
        assert offer_of(drill).status == "recalled"

    def test_a_real_case_keeps_a_crew_from_a_drill(self, town):
        make.accepted(town)

        drill = start(town)

        assert offer_of(drill).team.call_sign == "Bravo"


class TestEnd:
    def play(self, town):
        drill = start(town, shift=town.alpha)
        offer = offer_of(drill)
        accept_assignment(assignment_id=offer.pk, by=town.by("alpha1"), at=now())
        set_out(assignment_id=offer.pk, by=town.by("alpha1"), at=now())
        return drill

    def test_the_report_tells_the_times_and_is_stored(self, town):
        drill = end(town, self.play(town), "alpha2 was asleep")

        row = Drill.objects.get(pk=drill.pk)
        crew = row.report["crews"][0]
        first, second = crew["members"]
        assert (crew["call_sign"], crew["status"], row.words) == ("Alpha", "recalled", "alpha2 was asleep")
        assert crew["accepted_s"] is not None
        assert crew["set_out_s"] >= crew["accepted_s"]
        assert (first["answer"], second["answer"], second["answered_s"]) == ("accept", "", None)
        assert row.sha256 == hashlib.sha256(canonical(row.report)).hexdigest()

    def test_crews_stand_down_and_the_case_is_closed(self, town):
        drill = self.play(town)

        with heard(user_recipient(town.alpha1.pk)) as events:
            end(town, drill)

        assert "assignment.recalled" in kinds(events)
        assert Case.objects.get(pk=drill.case_id).stage == "closed"

    def test_again_is_harmless(self, town):
        drill = end(town, self.play(town))

        with heard(desk(town.center.pk)) as events:
            again = end(town, drill, "other words")

        assert (again.sha256, again.words, events) == (drill.sha256, "", [])

    def test_a_visit_in_a_drill_plans_no_return_visit(self, town):
        drill = start(town, shift=town.alpha)
        offer = offer_of(drill)
        accept_assignment(assignment_id=offer.pk, by=town.by("alpha1"), at=now())
        from_there = set_out(assignment_id=offer.pk, by=town.by("alpha1"), at=now()).assignment
        make.arrive(assignment_id=from_there.pk, by=town.by("alpha1"), at=now())
        make.conclude(town, from_there)

        end(town, drill)

        assert not FollowUp.objects.exists()
        assert Drill.objects.get(pk=drill.pk).report["crews"][0]["concluded_s"] is not None


class TestApi:
    def test_the_supervisor_starts_reads_and_ends_one(self, town, api):
        made = api(town.supervisor).post("drills", {"scene": "bank_lobby", "team": str(town.alpha.team_id)})
        drill = made.json()
        listed = api(town.duty).get("drills").json()["results"]
        done = api(town.supervisor).post(f"drills/{drill['id']}/end", {"words": "faster"}).json()
        read = api(town.duty).get(f"drills/{drill['id']}").json()

        assert (made.status_code, [row["id"] for row in listed]) == (201, [drill["id"]])
        assert done["report"]["crews"][0]["call_sign"] == "Alpha"
        assert read == done

    def test_nobody_else_may(self, town, api):
        for who, status in (
            (town.duty, 403), (town.alpha1, 403), (town.analyst, 403), (town.auditor, 403),
        ):  # fmt: skip
            assert api(who).post("drills", {"scene": "bank_lobby"}).status_code == status, who
        drill = start(town)
        assert api(town.duty).post(f"drills/{drill.pk}/end", {}).status_code == 403
        for who in (town.stranger, town.alpha1, town.analyst):
            assert api(who).get(f"drills/{drill.pk}").status_code == 404, who
            assert api(who).post(f"drills/{drill.pk}/end", {}).status_code == 404, who
        assert Drill.objects.get().ended_at is None

    def test_an_id_of_another_centres_drill_is_refused(self, town, api):
        boss, wish = make.user(town.other, "boss", "supervisor"), str(new_id())
        make.place(town.other, "bank_branch", "Their branch", 107.5, 29.8)
        body = {"scene": "bank_lobby", "id": wish}
        assert api(town.supervisor).post("drills", body).status_code == 201

        again = api(boss).post("drills", body)

        assert (again.status_code, again.json()["code"]) == (409, "id_reused")
        assert Drill.objects.count() == 1

    def test_what_is_no_scene_and_another_centres_place_are_refused(self, town, api):
        there = make.place(town.other, "bank_branch", "Their branch", 107.5, 29.8)

        assert api(town.supervisor).post("drills", {"scene": "heist"}).status_code == 400
        body = {"scene": "bank_lobby", "place": str(there.pk)}
        assert api(town.supervisor).post("drills", body).status_code == 404
        assert not Drill.objects.exists()
