"""The signed handover: listed, blocked while something is unowned, signed, accepted, stored."""

import datetime as dt
import hashlib

import pytest

from fieldops.audit.models import AuditRow
from fieldops.feed.models import Alarm, desk, user
from fieldops.handover.actions import (
    accept_handover,
    add_note,
    open_handover,
    pass_cases_on,
    return_handover,
    sign_handover,
    write_notes,
)
from fieldops.handover.contents import contents
from fieldops.handover.handlers import find_unsigned
from fieldops.handover.models import Handover
from fieldops.lib.clock import now
from fieldops.lib.errors import Invalid, NotFound, Problem, WrongState
from fieldops.teams.models import DeskShift, Device
from fieldops.teams.roster.actions import apply_template
from tests import make
from tests.contract import heard, kinds, one

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def turn(town):
    """The desk's turn that ends: duty's. duty2 comes."""
    DeskShift.objects.create(
        center=town.center, owner=town.duty2, starts_at=town.at + HOUR / 2, ends_at=town.at + 9 * HOUR
    )
    return DeskShift.objects.get(owner=town.duty)


def begun(town, turn, **values):
    return open_handover(by=town.by("duty"), at=now(), **(values or {"desk_shift_id": turn.pk}))


def sign(town, row, who="duty", **more):
    return sign_handover(handover_id=row.pk, by=town.by(who), at=now(), **more)


def accept(town, row, who="duty2", **more):
    return accept_handover(handover_id=row.pk, by=town.by(who), at=now(), **more)


def passed(town, row, to="duty2", **more):
    return pass_cases_on(handover_id=row.pk, to_id=town.users[to].pk, by=town.by("duty"), at=now(), **more)


class TestOpen:
    def test_one_a_turn(self, town, turn):
        with heard(desk(town.center.pk)) as events:
            first = begun(town, turn)
            assert begun(town, turn) == first

        assert one(events, "handover.changed")["body"]["turn"]["owner"] == "duty"

    def test_not_before_the_turn_begins(self, town, turn):
        later = DeskShift.objects.get(owner=town.duty2)
        with pytest.raises(WrongState, match="not_begun"):
            begun(town, later)

    def test_it_lists_what_passes_on(self, town, turn):
        case = make.case(town)
        taken = make.accepted(town)
        Device.objects.filter(user=town.bravo1).update(can_ring=False, ring_problem="locked", pending=3)

        listed = contents(begun(town, turn), now())

        assert {row["number"] for row in listed["cases"]} == {case.number, taken.case.number}
        assert [row["team"] for row in listed["assignments"]] == ["Alpha"]
        assert listed["cannot_ring"] == [{"name": "bravo1", "problem": "locked"}]
        assert [(row["name"], row["count"]) for row in listed["unsent"]] == [("bravo1", 3)]
        assert "王庆和" not in str(listed)


class TestPassOn:
    def test_all_that_nobody_has_go_to_one(self, town, turn):
        kept, other = make.case(town), make.case(town)
        row = begun(town, turn)
        passed(town, row, case_ids=[kept.pk], to="supervisor")
        with heard(desk(town.center.pk)) as events:
            passed(town, row)
            passed(town, row)

        body = one(events, "handover.changed")["body"]
        assert body["passed"] == [
            {"case_id": str(kept.pk), "to": str(town.supervisor.pk)},
            {"case_id": str(other.pk), "to": str(town.duty2.pk)},
        ]

    @pytest.mark.parametrize("name", ["alpha1", "analyst", "stranger"])
    def test_only_to_the_desks_people(self, town, turn, name):
        make.case(town)
        with pytest.raises(Invalid):
            passed(town, begun(town, turn), to=name)

    def test_not_a_case_of_another_centre(self, town, turn):
        with pytest.raises(NotFound):
            passed(town, begun(town, turn), case_ids=[make.new_id()])


class TestSign:
    def test_an_unowned_case_blocks_it(self, town, turn):
        case = make.case(town)
        row = begun(town, turn)
        with pytest.raises(Problem, match="handover_blocked") as refused:
            sign(town, row)

        assert refused.value.body()["blocks"] == [{"code": "unowned", "what": [case.number]}]
        passed(town, row)
        with heard(desk(town.center.pk)) as events:
            assert sign(town, row).status == "signed"
            sign(town, row)
        one(events, "handover.changed")

    @pytest.mark.parametrize("name", ["duty2", "alpha1", "stranger"])
    def test_only_whose_turn_it_is_or_a_supervisor(self, town, turn, name):
        row = begun(town, turn)
        with pytest.raises(WrongState, match="not_yours"):
            sign(town, row, name)

        assert sign(town, row, "supervisor").signed_by == town.supervisor

    def test_what_is_signed_is_stored_with_its_hash(self, town, turn):
        row = begun(town, turn)
        write_notes(handover_id=row.pk, text="宿管电话换了", by=town.by("duty"), at=now())
        sign(town, row)

        sheet = row.sheets.get()
        assert (sheet.revision, sheet.body["signed_by"]["name"]) == (1, "duty")
        assert sheet.body["listed"]["notes"] == "宿管电话换了"
        assert sheet.sha256 == hashlib.sha256(sheet.canonical.encode()).hexdigest()

    def test_after_it_nothing_is_changed_only_added(self, town, turn):
        row = begun(town, turn)
        sign(town, row)
        for change in (lambda: write_notes(handover_id=row.pk, text="x", by=town.by("duty"), at=now()),
                       lambda: passed(town, row)):  # fmt: skip
            with pytest.raises(WrongState, match="handover_signed"):
                change()
        for _again in range(2):
            add_note(handover_id=row.pk, text="还有一件事", by=town.by("duty"), at=now())

        assert [sheet.revision for sheet in row.sheets.all()] == [1, 2]
        assert [note["text"] for note in row.sheets.last().body["later_notes"]] == ["还有一件事"]


class TestAccept:
    def signed(self, town, turn):
        row = begun(town, turn)
        passed(town, row)
        return sign(town, row)

    def test_who_comes_accepts_and_owns_what_came_in_since(self, town, turn):
        row = self.signed(town, turn)
        late = make.case(town)
        with heard(desk(town.center.pk)) as events:
            done = accept(town, row)
            accept(town, row)

        assert done.status == "accepted"
        assert one(events, "handover.changed")["body"]["passed"] == [
            {"case_id": str(late.pk), "to": str(town.duty2.pk)}
        ]
        assert row.cases.get().since_signing
        assert [sheet.revision for sheet in row.sheets.all()] == [1, 2]

    def test_never_who_signed(self, town, turn):
        row = self.signed(town, turn)
        with pytest.raises(WrongState, match="same_person"):
            accept(town, row, "duty")

    @pytest.mark.parametrize("name", ["supervisor", "alpha1", "stranger"])
    def test_only_who_has_the_next_turn(self, town, turn, name):
        row = self.signed(town, turn)
        with pytest.raises(WrongState, match="not_incoming"):
            accept(town, row, name)

    def test_not_before_it_is_signed(self, town, turn):
        with pytest.raises(WrongState, match="handover_open"):
            accept(town, begun(town, turn))

    def test_it_may_be_given_back(self, town, turn):
        row = self.signed(town, turn)
        for _again in range(2):
            back = return_handover(handover_id=row.pk, by=town.by("duty2"), at=now(), reason="note missing")

        assert (back.status, back.signed_by) == ("open", None)
        assert sign(town, row).returned_reason == ""
        assert AuditRow.objects.filter(verb="handover.return", reason="note missing").count() == 1


class TestCrew:
    @pytest.fixture
    def row(self, town):
        team = town.alpha.team
        make.add_shift(
            team=team, members=[make.user(town.center, "next1", "member")], starts_at=town.alpha.ends_at,
            ends_at=town.alpha.ends_at + HOUR, at=town.at,
        )  # fmt: skip
        return open_handover(by=town.by("alpha1"), at=now(), shift_id=town.alpha.pk)

    @pytest.mark.parametrize("work", [make.offered, make.accepted, make.arrived])
    def test_work_in_hand_blocks_it(self, town, row, work):
        held = work(town)
        with pytest.raises(Problem, match="handover_blocked") as refused:
            sign(town, row, "alpha1")

        assert refused.value.body()["blocks"][0] == {"code": "still_taken", "what": [held.case.number]}

    def test_a_phone_that_holds_something_blocks_it_unless_a_reason_is_given(self, town, row):
        Device.objects.filter(user=town.alpha2).update(pending=2)
        with pytest.raises(Problem, match="handover_blocked") as refused:
            sign(town, row, "alpha1")

        assert refused.value.body()["blocks"][0]["code"] == "unsettled_phone"
        assert (
            sign(town, row, "supervisor", member_id=town.alpha1.pk, reason="phone lost").reason
            == "phone lost"
        )

    def test_one_goes_one_comes(self, town, row):
        coming = make.User.objects.get(username="next1")
        town.users["next1"] = coming
        with heard(user(coming.pk)) as events:
            sign(town, row, "alpha2")

        assert kinds(events) == ["handover.changed"]
        for name in ("alpha1", "bravo1"):
            with pytest.raises(WrongState):
                accept(town, row, name)
        assert accept(town, row, "next1").accepted_by == coming

    def test_the_desk_signs_by_voice_for_a_named_member(self, town, row):
        with pytest.raises(WrongState, match="not_yours"):
            sign(town, row, "duty", member_id=town.bravo1.pk)

        done = sign(town, row, "duty", member_id=town.alpha1.pk)

        assert (done.signed_by, done.signed_for) == (town.duty, town.alpha1)


class TestOverTheApi:
    def test_a_whole_handover(self, town, turn, api):
        case = make.case(town)
        made = api(town.duty).post("handovers", {"desk_shift": str(turn.pk)})
        path = f"handovers/{made.json()['id']}"

        assert made.json()["blocks"] == [{"code": "unowned", "what": [case.number]}]
        assert api(town.duty).post(f"{path}/sign", {}).json()["code"] == "handover_blocked"
        api(town.duty).post(f"{path}/pass-on", {"to": str(town.duty2.pk)})
        assert api(town.duty).post(f"{path}/sign", {}).json()["status"] == "signed"
        done = api(town.duty2).post(f"{path}/accept", {}).json()
        sheet = api(town.duty2).get(f"{path}/sheets/2").json()
        assert (done["status"], done["sha256"]) == ("accepted", sheet["sha256"])

    @pytest.mark.parametrize("name", ["stranger", "intruder", "alpha1"])
    def test_outsiders_see_nothing(self, town, turn, api, name):
        row = begun(town, turn)
        for path in ("", "/sign", "/accept", "/pass-on", "/notes"):
            answer = api(town.users[name]).post(f"handovers/{row.pk}{path}") if path else api(
                town.users[name]).get(f"handovers/{row.pk}")  # fmt: skip
            assert answer.status_code == 404

    def test_a_reason_past_phones_is_the_supervisors(self, town, api):
        row = open_handover(by=town.by("alpha1"), at=now(), shift_id=town.alpha.pk)

        assert api(town.alpha1).post(f"handovers/{row.pk}/sign", {"reason": "lost"}).status_code == 403


class TestUnsigned:
    @pytest.fixture
    def ended(self, town):
        """A rostered turn at the desk that ended an hour ago."""
        (line,) = apply_template(
            center_id=town.center.pk, template="day_long", name="x", groups=[], anchor=town.at.date(),
            by=town.by("supervisor"), at=town.at,
        )  # fmt: skip
        return DeskShift.objects.create(
            center=town.center, owner=town.duty2, line=line, day=town.at.date(), starts_at=town.at - 9 * HOUR,
            ends_at=town.at - HOUR,
        )  # fmt: skip

    def test_a_turn_never_signed_over_is_raised_once_where_handovers_are_signed(self, town, ended):
        find_unsigned(at=now())
        assert not Alarm.objects.filter(kind="handover_due").exists()

        sign(town, begun(town, DeskShift.objects.get(owner=town.duty)))
        find_unsigned(at=now())
        Alarm.objects.filter(kind="handover_due").update(acknowledged_at=now())
        find_unsigned(at=now())

        assert Alarm.objects.get(kind="handover_due").key == f"handover_due:{ended.pk}"

    def test_one_that_was_signed_is_not(self, town, ended):
        sign(town, begun(town, ended), "supervisor")
        find_unsigned(at=now())

        assert not Alarm.objects.filter(kind="handover_due").exists()
        assert Handover.objects.count() == 1
