"""Whoever steals the database without its keys finds no phone, ID number, account or name in it."""

import logging
from pathlib import Path

import pytest
from django.db import connection

from fieldops.cases.actions import reveal_person, silence_notice, tell_partner, update_notice
from fieldops.cases.models import Case
from fieldops.lib.clock import now
from tests import make
from tests.intake.feed import City

PHONE, ID, ACCOUNT = "13877776666", "50010119770707123X", "6222021234567894471"
NAME, ADDRESS = "欧阳震华", "江东街道八十八号"
RELATIVE, MOTHERS = "诸葛秀兰", "13977775555"
WORDS = [PHONE, ID, ACCOUNT, NAME, ADDRESS, RELATIVE, MOTHERS]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worked(caplog):
    """A case carried from the city's alert to the report, everything opened on the way."""
    caplog.set_level(logging.DEBUG)
    town = make.town()
    body = make.alert_body(
        person={"name": NAME, "phone": PHONE, "id_type": "id_card", "id_number": ID, "address": ADDRESS},
        suspect={"accounts": [ACCOUNT]},
    )
    case_id = City(town.center).send(body).json()["case"]["id"]
    City(town.center, key="city-2").send({**body, "level": "low"})
    row = make.at_bank(town, make.called(town, Case.objects.get(pk=case_id)))
    reveal_person(case_id=row.pk, reason="to ring him back", by=town.by("duty"), at=now())
    told = {"channel": "relative", "contact_name": RELATIVE, "contact_phone": MOTHERS}
    notice = tell_partner(case_id=row.pk, by=town.by("duty"), at=now(), **told)
    silence_notice(notice_id=notice.pk, at=now())
    update_notice(notice_id=notice.pk, step="reached", by=town.by("duty"), at=now(), name=RELATIVE)
    there = make.arrived(town, row)
    args = {"id": str(make.new_id()), "kind": "account", "value": ACCOUNT}
    make.send_command(town.alpha1, make.envelope("indicator", ("case", row.pk), args))
    command = make.envelope("conclude", ("assignment", there.pk), {"report": make.report()})
    assert make.send_command(town.alpha1, command)["outcome"] == "applied"
    return caplog


def test_nothing_in_the_tables_names_him(worked):
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = b"\n".join(_bytes(value) for row in cursor.fetchall() for value in row)
            for word in WORDS:
                assert word.encode() not in rows, f"{word} in {table}"
                assert _escaped(word) not in rows, f"{word} in {table}"


def test_nothing_in_the_file_names_him(worked):
    if connection.vendor != "sqlite":
        pytest.skip("a file of SQLite's")
    name = str(connection.settings_dict["NAME"])
    files = [path for path in (Path(name), Path(f"{name}-wal")) if path.exists()]
    content = b"".join(path.read_bytes() for path in files)

    assert b"138****6666" in content  # the right file, and already written
    for word in WORDS:
        assert word.encode() not in content, word
        assert _escaped(word) not in content, word


def test_nothing_in_the_log_names_him(worked):
    text = "\n".join(str(record.__dict__) for record in worked.records if record.name.startswith("fieldops"))

    for word in WORDS:
        assert word not in text


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return str(value).encode()


def _escaped(word: str) -> bytes:
    """Return a word as JSON writes it in ASCII."""
    return word.encode("ascii", "backslashreplace")
