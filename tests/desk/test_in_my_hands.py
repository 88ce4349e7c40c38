"""In my hands: what a signed handover of the desk left to me, until another leaves it to somebody else."""

import datetime as dt

import pytest

from fieldops.desk import board
from fieldops.handover.actions import accept_handover, open_handover, pass_cases_on, sign_handover
from fieldops.lib.clock import now
from fieldops.teams.models import DeskShift
from tests import make

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def coming(town):
    """duty's turn ends; duty2 comes."""
    return DeskShift.objects.create(
        center=town.center, owner=town.duty2, starts_at=town.at - HOUR / 2, ends_at=town.at + 9 * HOUR
    )


def hand_over(town, turn, *, by, to, accept=True):
    row = open_handover(desk_shift_id=turn.pk, by=town.by(by), at=now())
    pass_cases_on(handover_id=row.pk, to_id=town.users[to].pk, by=town.by(by), at=now())
    sign_handover(handover_id=row.pk, by=town.by(by), at=now())
    return accept_handover(handover_id=row.pk, by=town.by(to), at=now()) if accept else row


def mine(user):
    return board.in_my_hands(board.read_board(user, now()))


class TestPassedOn:
    def test_the_next_officer_has_them_and_who_left_has_not(self, town, coming):
        cases = [make.case(town), make.called(town, make.case(town))]
        assert mine(town.duty2)["count"] == 0

        hand_over(town, DeskShift.objects.get(owner=town.duty), by="duty", to="duty2")

        found = mine(town.duty2)
        assert {row["number"] for row in found["rows"]} == {case.number[-3:] for case in cases}
        assert all("duty" in row["text"] for row in found["rows"])
        assert mine(town.duty)["count"] == 0
        assert mine(town.stranger)["count"] == 0
        strips = board.lanes(board.read_board(town.duty2, now()))
        assert all(strip["mine"] for lane in strips for part in lane["parts"] for strip in part["strips"])

    def test_from_the_first_signature_on_he_sees_what_waits_for_his(self, town, coming):
        make.case(town)

        hand_over(town, DeskShift.objects.get(owner=town.duty), by="duty", to="duty2", accept=False)

        assert mine(town.duty2)["count"] == 1

    def test_not_before_it_is_signed(self, town, coming):
        make.case(town)
        row = open_handover(
            desk_shift_id=DeskShift.objects.get(owner=town.duty).pk, by=town.by("duty"), at=now()
        )
        pass_cases_on(handover_id=row.pk, to_id=town.duty2.pk, by=town.by("duty"), at=now())

        assert mine(town.duty2)["count"] == 0

    def test_the_next_handover_takes_them_on(self, town, coming):
        make.case(town)
        hand_over(town, DeskShift.objects.get(owner=town.duty), by="duty", to="duty2")
        DeskShift.objects.create(
            center=town.center, owner=town.supervisor, starts_at=town.at, ends_at=town.at + 9 * HOUR
        )

        hand_over(town, coming, by="duty2", to="supervisor")

        assert mine(town.duty2)["count"] == 0
        assert mine(town.supervisor)["count"] == 1

    def test_what_is_closed_is_in_nobodys_hands(self, town, coming):
        row = make.case(town)
        hand_over(town, DeskShift.objects.get(owner=town.duty), by="duty", to="duty2")

        make.closed(town, row)

        assert mine(town.duty2)["count"] == 0
