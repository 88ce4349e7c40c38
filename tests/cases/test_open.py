"""An alert opens a case, or joins the one already open: never a second car."""

import datetime as dt

import pytest
from django.conf import settings

from fieldops.cases.actions import close_case
from fieldops.cases.actions.life import next_number
from fieldops.cases.actions.people import Who
from fieldops.cases.models import Case, CaseEvent, Whereabouts
from fieldops.lib.clock import local_day, now
from fieldops.lib.sealed import open_row
from tests import make
from tests.contract import heard, kinds, one
from tests.threads import at_once, raised
from tests.verify import verify_feed

WHO = Who(name="王庆和", phone="13800009999")


class TestOpen:
    def test_it_waits_for_the_first_call(self, town, desk_feed):
        at = now()

        with heard(desk_feed) as events:
            case = make.case(town, at=at)

        target = settings.LEVEL_TARGETS_S["critical"]["first_call"]
        assert (case.stage, case.due_for) == ("to_call", "first_call")
        assert case.due_at == at + dt.timedelta(seconds=target)
        assert kinds(events) == ["case.opened"]
        event = one(events, "case.opened")
        assert event["line"]["code"] == "alert.received"
        assert event["body"]["whereabouts"]["source"] == "alert"
        assert event["body"]["triage"]["reasons"][0]["code"] == "not_called_yet"

    def test_numbers_count_by_day_and_centre(self, town):
        at = now()
        numbers = [next_number(town.center.pk, at) for _ in range(2)]
        theirs = next_number(town.other.pk, at)
        tomorrow = next_number(town.center.pk, at + dt.timedelta(days=1))

        day, next_day = local_day(at), local_day(at) + dt.timedelta(days=1)
        assert numbers == [f"{day:%y%m%d}-001", f"{day:%y%m%d}-002"]
        assert theirs == numbers[0]
        assert tomorrow == f"{next_day:%y%m%d}-001"

    def test_a_known_person_is_named_with_the_case_before(self, town):
        first = make.case(town, who=WHO)
        close_case(case_id=first.pk, disposition="handled", by=town.by("duty"), at=now())

        second = make.case(town, who=WHO)

        assert second != first
        line = CaseEvent.objects.get(case=second, code="person.history")
        assert line.params == {"number": first.number}

    def test_what_is_said_of_suspects_is_sealed(self, town, row):
        assert open_row(row)["suspects"] == {"accounts": ["6222000011114471"]}
        assert b"6222000011114471" not in bytes(row.sealed)


class TestAttach:
    def test_it_joins_the_open_case(self, town, desk_feed):
        first = make.case(town, who=WHO)

        with heard(desk_feed) as events:
            second = make.case(town, who=WHO, source="ministry")

        assert second == first
        assert Case.objects.count() == 1
        assert kinds(events) == ["case.changed"]
        assert one(events, "case.changed")["line"]["params"] == {"source": "ministry", "level": "critical"}

    def test_the_crew_on_the_way_hears_of_it(self, town):
        taken = make.accepted(town, make.at_bank(town, make.called(town, make.case(town, who=WHO))))

        with verify_feed(town.alpha1):
            make.case(town, who=WHO, amount_at_risk_fen=9_000_000)

        case = Case.objects.get(pk=taken.case_id)
        assert (case.stage, case.amount_at_risk_fen) == ("on_the_way", 9_000_000)

    @pytest.mark.parametrize(
        ("first", "second", "level"),
        [("low", "high", "high"), ("high", "low", "high"), ("high", "critical", "critical")],
    )
    def test_the_higher_level_stands(self, town, first, second, level):
        make.case(town, who=WHO, level=first)

        case = make.case(town, who=WHO, level=second)

        assert (case.level, case.alert_level) == (level, first)

    def test_a_smaller_sum_changes_nothing(self, town):
        make.case(town, who=WHO, amount_at_risk_fen=5)

        assert make.case(town, who=WHO, amount_at_risk_fen=3).amount_at_risk_fen == 5
        assert make.case(town, who=WHO, amount_at_risk_fen=None).amount_at_risk_fen == 5

    def test_what_it_says_of_suspects_is_added(self, town):
        make.case(town, who=WHO, note="first")

        case = make.case(
            town, who=WHO, suspects={"accounts": ["6222", "6222000011114471"], "apps": ["x"]}, note="more"
        )

        held = open_row(case)
        assert held["suspects"] == {"accounts": ["6222000011114471", "6222"], "apps": ["x"]}
        assert held["note"] == "first\nmore"

    def test_its_place_is_newer_than_the_first_alerts(self, town):
        make.case(town, who=WHO)

        case = make.case(town, who=WHO, place_text="the bank", issued_at=now() + dt.timedelta(minutes=1))

        assert Case.objects.get(pk=case.pk).whereabouts.text == "the bank"

    def test_its_place_does_not_undo_what_a_call_said(self, town):
        """The alert knows the home; the crew drives to the bank."""
        make.at_bank(town, make.case(town, who=WHO))

        case = make.case(town, who=WHO, place_text="home", issued_at=now() + dt.timedelta(minutes=1))

        assert Case.objects.get(pk=case.pk).whereabouts.place == town.bank

    def test_somebody_in_review_is_called_again(self, town):
        """He was dissuaded in the morning; at noon they have him on the phone again."""
        row = make.called(town, make.case(town, who=WHO), state="aware")
        assert row.stage == "to_review"
        at = now() + dt.timedelta(hours=3)

        case = make.case(town, who=WHO, at=at, issued_at=at)

        case = Case.objects.get(pk=case.pk)
        assert (case.pk, case.stage) == (row.pk, "to_call")
        assert (case.step_due_at, case.step_due_for) == (at + dt.timedelta(minutes=5), "first_call")

    def test_a_closed_case_is_not_joined(self, town):
        first = make.case(town, who=WHO)
        close_case(case_id=first.pk, disposition="handled", by=town.by("duty"), at=now())

        assert make.case(town, who=WHO).pk != first.pk

    def test_words_on_where_are_kept(self, town):
        make.case(town, who=WHO)
        make.case(town, who=WHO, place_text="the bank", issued_at=now() + dt.timedelta(minutes=1))

        assert Whereabouts.objects.count() == 2


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_an_alert_and_a_closing_never_lose_the_danger(self):
        """Whichever comes first: the alert is on an open case."""
        town = make.town()
        for number in range(4):
            who = Who(name="王庆和", phone=f"1380000990{number}")
            row = make.case(town, who=who)

            def close(row=row):
                return close_case(case_id=row.pk, disposition="handled", by=town.by("duty"), at=now())

            results = at_once(close, lambda who=who: make.case(town, who=who))

            assert raised(results) == []
            joined = Case.objects.get(pk=results[1].pk)
            attached = CaseEvent.objects.filter(case=joined, code="alert.attached").exists()
            assert joined.closed_at is None or attached
            if joined == row:
                attached_at = CaseEvent.objects.get(case=row, code="alert.attached").recorded_at
                assert attached_at <= CaseEvent.objects.get(case=row, code="closed").recorded_at

    def test_numbers_have_no_gaps_or_doubles(self):
        town = make.town()

        results = at_once(*[lambda: make.case(town).number for _ in range(4)])

        assert raised(results) == []
        assert [number[-3:] for number in sorted(results)] == ["001", "002", "003", "004"]
