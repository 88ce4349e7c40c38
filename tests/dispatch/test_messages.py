"""Words between desk and crew: sent once, delivered and seen per person."""

import pytest

from fieldops.dispatch.actions import mark_delivered, mark_seen, send_message
from fieldops.dispatch.models import Message, MessageReceipt
from fieldops.feed.models import FeedHead, desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.lib.errors import Invalid, WrongState
from fieldops.lib.ids import new_id
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed


def say(town, row, who="duty", **more):
    words = {"text": "he moved to counter 3", **more}
    return send_message(assignment_id=row.pk, by=town.by(who), at=now(), from_desk=who == "duty", **words)


def head(who):
    return FeedHead.objects.get(recipient=user_recipient(who.pk)).last


class TestSend:
    def test_both_members_get_it(self, town):
        row = make.accepted(town)

        with verify_feed(town.alpha1), verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            say(town, row)

        body = one(events, "message.sent")["body"]
        assert (body["from"], body["text"], len(body["receipts"])) == ("desk", "he moved to counter 3", 2)

    def test_before_the_answer_too(self, town):
        row = make.offered(town)

        with heard(user_recipient(town.alpha1.pk)) as events:
            say(town, row)

        assert one(events, "message.sent")

    def test_a_members_words_reach_desk_and_mate(self, town):
        row = make.accepted(town)

        with heard(user_recipient(town.alpha2.pk)) as events:
            say(town, row, "alpha1", text="", canned="five_minutes")

        body = one(events, "message.sent")["body"]
        assert (body["from"], body["canned"]) == ("crew", "five_minutes")
        assert [receipt["name"] for receipt in body["receipts"]] == ["alpha2"]

    def test_the_same_id_again_is_the_same_message(self, town):
        row, pk = make.accepted(town), new_id()
        say(town, row, message_id=pk)

        with heard(desk(town.center.pk)) as events:
            say(town, row, message_id=pk)

        assert events == []
        assert Message.objects.count() == 1

    def test_an_id_of_another_assignment_is_refused(self, town):
        row, pk = make.accepted(town), new_id()
        say(town, row, message_id=pk)
        other = make.offered(town, shift=town.bravo)

        with pytest.raises(WrongState):
            say(town, other, message_id=pk)

    def test_nothing_said_is_refused(self, town):
        with pytest.raises(Invalid):
            say(town, make.accepted(town), text="")


class TestReceipts:
    def test_delivered_when_the_phone_has_it_on_disk(self, town):
        row = make.accepted(town)
        before = head(town.alpha1)
        say(town, row)

        mark_delivered(user_id=town.alpha1.pk, cursor=before, at=now())
        assert not MessageReceipt.objects.filter(delivered_at__isnull=False).exists()
        with heard(desk(town.center.pk)) as events:
            mark_delivered(user_id=town.alpha1.pk, cursor=head(town.alpha1), at=now())

        assert MessageReceipt.objects.get(user=town.alpha1).delivered_at
        assert MessageReceipt.objects.get(user=town.alpha2).delivered_at is None
        assert one(events, "message.receipt")["body"]["version"] == 2

    def test_seen_implies_delivered_and_again_is_harmless(self, town):
        row = make.accepted(town)
        message = say(town, row)
        with verify_feed(town.alpha2):
            mark_seen(user_id=town.alpha1.pk, ids=[message.pk], at=now())

        with heard(desk(town.center.pk)) as events:
            mark_seen(user_id=town.alpha1.pk, ids=[message.pk], at=now())

        receipt = MessageReceipt.objects.get(user=town.alpha1)
        assert receipt.seen_at and receipt.delivered_at
        assert events == []

    def test_an_offer_is_delivered_then_seen_per_person(self, town):
        row = make.offered(town)

        with heard(desk(town.center.pk)) as events:
            mark_delivered(user_id=town.alpha1.pk, cursor=head(town.alpha1), at=now())
            mark_seen(user_id=town.alpha1.pk, ids=[row.pk], at=now())

        assert kinds(events) == ["assignment.receipt"] * 2
        first, second = row.members.order_by("name")
        assert first.delivered_at and first.seen_at and second.delivered_at is None

    def test_nobody_sees_for_another(self, town):
        row = make.offered(town)

        mark_seen(user_id=town.bravo1.pk, ids=[row.pk, new_id()], at=now())

        assert not row.members.filter(seen_at__isnull=False).exists()


class TestApi:
    def test_the_desk_says(self, town, api):
        row = make.accepted(town)

        answer = api(town.duty).post(f"assignments/{row.pk}/messages", {"text": "counter 3"})

        assert (answer.status_code, answer.json()["text"]) == (201, "counter 3")

    def test_neighbours_and_crews_do_not(self, town, api):
        row = make.accepted(town)
        path = f"assignments/{row.pk}/messages"

        assert api(town.stranger).post(path, {"text": "x"}).status_code == 404
        assert api(town.bravo1).post(path, {"text": "x"}).status_code == 404
        assert api(town.alpha1).post(path, {"text": "x"}).status_code == 403
        assert not Message.objects.exists()

    def test_nothing_said_is_400(self, town, api):
        row = make.accepted(town)

        answer = api(town.duty).post(f"assignments/{row.pk}/messages", {"text": ""})

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
