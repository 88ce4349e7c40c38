"""Whose work a case is: told while it is, and not a change longer."""

from fieldops.cases.models import CaseFollower
from fieldops.cases.telling import follow, recipients_of, unfollow
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now


def test_who_comes_and_who_goes_counts_within_the_same_change(town, row):
    mine = user_recipient(town.alpha1.pk)
    assert mine not in recipients_of(row)

    follow(row, [town.alpha1.pk], at=now())
    assert mine in recipients_of(row)

    unfollow(row, [town.alpha1.pk])
    assert mine not in recipients_of(row)


def test_following_twice_is_following_once(town, row):
    for _again in range(2):
        follow(row, [town.alpha1.pk], at=now())

    assert CaseFollower.objects.filter(case=row).count() == 1
