"""The snapshot: a member's whole work as of one cursor, what is opened in it audited."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.dispatch.actions import recall_assignment, send_message
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import FeedRow
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.outcomes.facts import add_note
from fieldops.sync.snapshot import snapshot_for
from tests import make
from tests.threads import at_once, raised
from tests.verify import applied, events_after, world_of


def look(user):
    return snapshot_for(user=user, device=None, at=now())


def test_an_offer_is_there_without_the_person(town):
    row = make.offered(town)

    seen = look(town.alpha1)

    assert [one["id"] for one in seen["assignments"]] == [str(row.pk)]
    assert (seen["cases"], seen["secrets"], seen["lines"]) == ([], {}, [])


def test_an_accepted_case_is_there_whole(town):
    row = make.accepted(town)

    seen = look(town.alpha2)

    assert [one["id"] for one in seen["cases"]] == [str(row.case_id)]
    assert seen["secrets"][str(row.case_id)]["name"] == "王庆和"
    assert len(seen["calls"]) == 1
    assert [line["code"] for line in seen["lines"]][-1] == "accepted"


def test_what_it_opens_is_audited_before(town):
    row = make.conclude(town, make.arrived(town))
    before = AuditRow.objects.filter(verb="person.open_for_crew").count()

    seen = look(town.alpha1)

    rows = AuditRow.objects.filter(verb="person.open_for_crew").order_by("pk")[before:]
    assert [(r.actor_id, r.extra["via"]) for r in rows] == [(town.alpha1.pk, "snapshot")]
    assert list(seen["secrets"]) == [str(row.case_id)]


def test_an_offer_opens_and_audits_nothing(town):
    make.offered(town)

    look(town.alpha1)

    assert not AuditRow.objects.filter(verb="person.open_for_crew").exists()


def test_after_a_recall_only_the_stand_down_is_left(town):
    row = make.accepted(town)
    recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="enough")

    seen = look(town.alpha1)

    assert [one["must_stand_down"] for one in seen["assignments"]] == [True]
    assert (seen["cases"], seen["secrets"]) == ([], {})


def test_yesterdays_work_is_gone_but_not_what_is_still_open(town):
    old, long = make.conclude(town, make.arrived(town)), make.arrived(town)
    yesterday = now() - dt.timedelta(hours=25)
    Assignment.objects.filter(pk__in=[old.pk, long.pk]).update(offered_at=yesterday)

    seen = look(town.alpha1)

    assert [one["id"] for one in seen["assignments"]] == [str(long.pk)]
    assert [one["id"] for one in seen["cases"]] == [str(long.case_id)]


def test_the_words_of_the_other_crew_on_the_case_are_there(town):
    row = make.accepted(town)
    support = make.offered(town, row.case, shift=town.bravo, support=True)
    send_message(assignment_id=support.pk, by=town.by("duty"), at=now(), from_desk=True, text="back door")

    assert [one["text"] for one in look(town.alpha1)["messages"]] == ["back door"]


def test_neighbours_see_nothing(town):
    make.accepted(town)

    for who in (town.bravo1, town.intruder):
        seen = look(who)
        assert not any(seen[table] for table in ("assignments", "cases", "secrets", "lines", "calls"))


def test_the_api_gives_what_a_phone_needs_to_begin(town, phone):
    make.offered(town)

    seen = phone.get("snapshot", device_id=str(phone.device.pk)).json()

    assert seen["crew"]["team"]["call_sign"] == "Alpha"
    assert seen["center"]["number"] == "023-96110"
    assert seen["known_seq"] == 0
    assert {"SD", "LC"} <= {row["code"] for row in seen["refs"]["scam_types"]}


@pytest.mark.parametrize("device_id", ["x", "1"])
def test_a_bad_device_is_400(town, phone, device_id):
    assert phone.get("snapshot", device_id=device_id).status_code == 400


def test_anothers_device_is_404(town, phone, phones):
    other = phones(town.bravo1).device

    assert phone.get("snapshot", device_id=str(other.pk)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_while_others_write_cursor_and_content_agree():
    town = make.town()
    row = make.accepted(town)

    def write():
        for number in range(15):
            add_note(
                case_id=row.case_id, note_id=new_id(), by=town.by("alpha2"), at=now(), text=f"note {number}"
            )

    seen = at_once(write, *[lambda: [look(town.alpha1) for _ in range(4)]] * 2)

    assert raised(seen) == []
    last = world_of(look(town.alpha1))
    for snapshot in [*seen[1], *seen[2]]:
        world = applied(world_of(snapshot), events_after(town.alpha1, snapshot["cursor"]))
        assert world["notes"] == last["notes"]
        told = FeedRow.objects.filter(recipient=user_recipient(town.alpha1.pk), kind="note.added")
        assert len(snapshot["notes"]) == told.filter(seq__lte=snapshot["cursor"]).count()
