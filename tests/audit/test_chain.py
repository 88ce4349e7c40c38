"""Rows are sealed into a chain that shows every later change, and only those."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from fieldops.audit import actions
from fieldops.audit.actions import append, seal_settled
from fieldops.audit.models import AuditRow, AuditSeal
from fieldops.audit.queries import broken_seals
from fieldops.lib.clock import now
from tests.tables import rewritable_audit
from tests.threads import at_once, raised

LATER = dt.timedelta(minutes=10)


def rows(count: int, **fields):
    """Append some rows."""
    values = {"verb": "case.look", "subject_kind": "case", "at": now(), **fields}
    return [append(**values, subject_id=number) for number in range(count)]


def seal():
    """Seal what is there, long enough after."""
    return seal_settled(at=now() + LATER)


class TestSeal:
    def test_it_chains_batches(self, db):
        rows(2)
        first = seal()
        rows(3)
        second = seal()

        assert (first.rows, second.rows) == (2, 3)
        assert second.previous == first.digest
        assert list(broken_seals()) == []

    def test_it_is_harmless_with_nothing_new(self, db):
        rows(1)
        seal()

        assert seal() is None
        assert AuditSeal.objects.count() == 1

    def test_it_takes_rows_that_tell_of_the_past(self, db):
        """A notice told an hour ago is recorded now: its row is as fresh as its neighbours."""
        rows(1, at=now() - dt.timedelta(hours=1))
        rows(1)
        rows(1, at=now() - dt.timedelta(hours=1))

        sealed = seal()

        assert sealed.rows == 3
        assert list(broken_seals()) == []

    def test_it_waits_for_a_lower_number_that_may_still_commit(self, db):
        """A gap in the numbers is a transaction at work, or one that was rolled back: time tells."""
        rows(1)
        seal()
        rows(1)
        leap()
        rows(1)

        soon, late = seal_settled(at=now()), seal()

        assert (soon.rows, late.rows) == (1, 1)
        assert list(broken_seals()) == []


class TestVerify:
    def test_it_finds_a_changed_row(self, db):
        rows(3)
        sealed = seal()

        with rewritable_audit():
            AuditRow.objects.filter(subject_id="1").update(verb="nothing.happened")

        assert list(broken_seals()) == [sealed]
        with pytest.raises(CommandError, match="altered"):
            call_command("verifyaudit")

    def test_it_finds_a_deleted_row(self, db):
        rows(3)
        sealed = seal()

        with rewritable_audit():
            AuditRow.objects.filter(subject_id="2").delete()

        assert list(broken_seals()) == [sealed]

    def test_it_finds_a_row_slipped_in_between_batches(self, db):
        forged = rows(1)[0]
        seal()
        leap()
        rows(1)
        sealed = seal()

        forged.pk += 2
        forged.save(force_insert=True)

        assert list(broken_seals()) == [sealed]

    def test_it_finds_a_batch_that_leaves_numbers_out(self, db):
        """So that a row could be slipped in beside it."""
        rows(1)
        seal()
        leap()
        rows(1)
        sealed = seal()

        with rewritable_audit():
            AuditSeal.objects.filter(pk=sealed.pk).update(first_row=sealed.last_row)

        assert [seal.pk for seal in broken_seals()] == [sealed.pk]

    def test_it_finds_a_batch_taken_out(self, db):
        for _ in range(3):
            rows(1)
            seal()

        with rewritable_audit():
            AuditSeal.objects.order_by("last_row")[1:2].get().delete()

        assert len(list(broken_seals())) == 1

    def test_it_says_that_the_chain_holds(self, db, capsys):
        rows(1)
        seal()

        call_command("verifyaudit")

        assert "1 batches" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
class TestTwoSealers:
    def test_they_make_one_chain(self):
        for _ in range(5):
            rows(2)
            results = at_once(seal, seal, seal)
            assert raised(results) == []

        assert list(broken_seals()) == []
        assert sum(AuditSeal.objects.values_list("rows", flat=True)) == 10

    def test_the_second_leaves_a_batch_to_the_first(self, monkeypatch):
        """Even the first batch of all, where there is no row to lock yet."""
        rows(2)
        monkeypatch.setattr(actions, "_newest_seal", lambda: None)
        seal()

        assert seal() is None
        assert AuditSeal.objects.count() == 1


def leap() -> None:
    """Make the next row's number jump, as another transaction that holds numbers does."""
    number = AuditRow.objects.latest("pk").pk + 8
    AuditRow.objects.bulk_create([AuditRow(pk=number, at=now(), verb="x", subject_kind="x", subject_id="x")])
    with rewritable_audit():
        AuditRow.objects.filter(pk=number).delete()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('audit_auditrow', 'id'), %s)", [number])
