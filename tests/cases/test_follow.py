"""Whose work a case is: told while it is, and not a change longer."""

import datetime as dt

from django.conf import settings

from fieldops.cases.actions import close_case, write_note
from fieldops.cases.models import CaseFollower
from fieldops.cases.telling import follow, recipients_of, unfollow
from fieldops.feed.models import FeedHead
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.timers.loop import run_due
from tests import make
from tests.contract import heard, one


def test_who_comes_and_who_goes_counts_within_the_same_change(town, row):
    mine = user_recipient(town.alpha1.pk)
    assert mine not in recipients_of(row)

    follow(row, [town.alpha1.pk], at=now())
    assert mine in recipients_of(row)

    unfollow(row, [town.alpha1.pk])
    assert mine not in recipients_of(row)


def test_who_goes_reads_no_more_in_his_feed_what_was_opened_for_him(town, api):
    """His phone may ask for it all again, from the first number on, and nobody would write it down."""
    row = make.accepted(town)
    assert secrets_of(api, town.alpha1) == secrets_of(api, town.alpha2) != []

    unfollow(row.case, [town.alpha1.pk])

    assert secrets_of(api, town.alpha1) == []
    assert secrets_of(api, town.alpha2) != []


def test_what_was_opened_of_another_case_stays(town, api):
    make.conclude(town, make.arrived(town))
    first = secrets_of(api, town.alpha1)
    second = make.accepted(town)

    unfollow(second.case, [town.alpha1.pk])

    assert secrets_of(api, town.alpha1) == first != []


class TestClosed:
    """A concluded crew may correct its report for an hour; then a closed case is the desk's alone."""

    def close(self, town, after):
        row = make.conclude(town, make.arrived(town))
        at = row.concluded_at + dt.timedelta(seconds=after)
        close_case(case_id=row.case_id, disposition="handled", by=town.by("duty"), at=at)
        return row, at

    def test_the_crew_hears_that_it_is_closed(self, town):
        with heard(user_recipient(town.alpha1.pk)) as events:
            self.close(town, settings.REPORT_GRACE_S + 1)

        one(events, "case.closed")

    def test_it_is_out_of_the_crews_reach(self, town, api):
        row, _at = self.close(town, settings.REPORT_GRACE_S + 1)

        assert api(town.alpha1).get(f"cases/{row.case_id}").status_code == 404
        with heard(user_recipient(town.alpha1.pk)) as events:
            write_note(case_id=row.case_id, text="his mother's number", by=town.by("duty"), at=now())
        assert events == []

    def test_while_the_report_may_be_corrected_it_stays(self, town, api):
        row, at = self.close(town, 60)
        assert api(town.alpha1).get(f"cases/{row.case_id}").status_code == 200

        run_due(at=at + dt.timedelta(seconds=settings.REPORT_GRACE_S - 120))
        assert CaseFollower.objects.filter(case=row.case).exists()

        run_due(at=at + dt.timedelta(seconds=settings.REPORT_GRACE_S))
        assert not CaseFollower.objects.filter(case=row.case).exists()
        assert api(town.alpha1).get(f"cases/{row.case_id}").status_code == 404


def secrets_of(api, member):
    """Return the telephones a phone reads that asks for its whole feed."""
    gen = FeedHead.objects.get(recipient=user_recipient(member.pk)).gen
    page = api(member).get("sync/feed", gen=str(gen), after=0, limit=500).json()
    return [event["secret"]["phone"] for event in page["events"] if event.get("secret")]


def test_following_twice_is_following_once(town, row):
    for _again in range(2):
        follow(row, [town.alpha1.pk], at=now())

    assert CaseFollower.objects.filter(case=row).count() == 1
