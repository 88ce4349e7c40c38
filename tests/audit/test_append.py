"""Audit rows name who did what by id."""

from fieldops.audit.actions import append
from fieldops.audit.models import AuditRow
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id


def test_it_names_the_user(db):
    actor_id = new_id()

    append(verb="case.look", subject_kind="case", subject_id=new_id(), at=now(), actor_id=actor_id)

    row = AuditRow.objects.get()
    assert (row.actor_id, row.actor_kind) == (actor_id, "user")


def test_it_calls_nobody_the_system(db):
    append(verb="case.close", subject_kind="case", subject_id=new_id(), at=now())

    assert AuditRow.objects.get().actor_kind == "system"


def test_it_keeps_the_kind_of_a_machine(db):
    append(verb="alert.take", subject_kind="alert", subject_id=new_id(), at=now(), actor_kind="feed")

    assert AuditRow.objects.get().actor_kind == "feed"


def test_it_cuts_a_reason_that_would_not_fit(db):
    append(verb="person.reveal", subject_kind="person", subject_id="1", at=now(), reason="x" * 300)

    assert len(AuditRow.objects.get().reason) == 200
