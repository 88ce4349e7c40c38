"""The audit is append-only, through the database too."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from fieldops.audit.actions import append, seal_settled
from fieldops.audit.models import AuditRow, AuditSeal
from fieldops.lib.clock import now


@pytest.fixture
def row(db):
    row = append(verb="case.look", subject_kind="case", subject_id="1", at=now())
    seal_settled(at=now() + dt.timedelta(minutes=10))
    return row


class TestRefuseRewriting:
    def test_it_refuses_to_change_a_row(self, row):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditRow.objects.filter(pk=row.pk).update(verb="nothing.happened")

        row.refresh_from_db()
        assert row.verb == "case.look"

    def test_it_refuses_to_delete_a_row(self, row):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditRow.objects.all().delete()

        assert AuditRow.objects.count() == 1

    def test_it_refuses_to_change_a_seal(self, row):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditSeal.objects.update(digest="0")

    def test_it_refuses_to_delete_a_seal(self, row):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditSeal.objects.all().delete()
