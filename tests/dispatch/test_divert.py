"""Divert and reassign: a crew with a person is not taken away without saying why he may be left."""

import pytest

from fieldops.dispatch.actions import accept_assignment, divert_crew, reassign_assignment
from fieldops.dispatch.actions.divert import WithPerson
from fieldops.dispatch.models import Assignment
from fieldops.lib.clock import now
from tests import make
from tests.verify import verify_feed


@pytest.fixture
def worse(town):
    return make.at_bank(town, make.called(town, make.case(town)))


def divert(town, row, worse, **more):
    return divert_crew(
        assignment_id=row.pk, to_case_id=worse.pk, by=town.by("supervisor"), at=now(),
        reason="he transfers now", **more,
    )  # fmt: skip


class TestDivert:
    def test_a_crew_with_a_person_stays(self, town, worse):
        row = make.arrived(town)

        with pytest.raises(WithPerson):
            divert(town, row, worse)

        assert Assignment.objects.get(pk=row.pk).status == "arrived"
        assert not Assignment.objects.filter(case=worse).exists()

    def test_unless_it_is_said_why_he_may_be_left(self, town, worse):
        row = make.arrived(town)

        with verify_feed(town.alpha1, may_forget=True):
            old, new = divert(town, row, worse, leave_reason="his wife is there")

        assert (old.status, old.end_reason) == ("recalled", "he transfers now; his wife is there")
        assert (new.status, new.shift_id) == ("offered", row.shift_id)
        assert not any(member.stood_down_at for member in old.members.all())

    def test_only_a_supervisor_may_say_so(self, town, api, worse):
        row = make.arrived(town)
        path, body = f"assignments/{row.pk}/divert", {"case": str(worse.pk), "reason": "he transfers now"}

        plain = api(town.duty).post(path, body)
        theirs = api(town.duty).post(path, {**body, "leave_reason": "his wife is there"})
        allowed = api(town.supervisor).post(path, {**body, "leave_reason": "his wife is there"})

        assert (plain.status_code, plain.json()["code"]) == (409, "already_with_person")
        assert (theirs.status_code, theirs.json()["code"]) == (403, "role_forbidden")
        assert allowed.status_code == 200

    def test_what_is_no_assignment_is_not_found(self, town, api, worse):
        body = {"case": str(worse.pk), "reason": "he transfers now"}

        assert api(town.supervisor).post(f"assignments/{worse.pk}/divert", body).status_code == 404


def test_the_first_crew_is_replaced_while_a_support_crew_is_on(town):
    first = make.accepted(town)
    support = make.offered(town, first.case, shift=town.bravo, support=True)
    accept_assignment(assignment_id=support.pk, by=town.by("bravo1"), at=now())
    charlie = make.charlie(town)

    old, new = reassign_assignment(
        assignment_id=first.pk, to=charlie, by=town.by("supervisor"), at=now(), reason="nearer"
    )

    assert (old.status, new.status, new.support) == ("reassigned", "offered", False)
    assert Assignment.objects.get(pk=support.pk).status == "accepted"
    moved = accept_assignment(assignment_id=new.pk, by=town.by("charlie1"), at=now())
    assert moved.outcome == "applied"
    assert Assignment.objects.get(pk=support.pk).status == "accepted"
