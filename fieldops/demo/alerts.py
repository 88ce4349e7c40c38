"""The sample alerts: as they lie in data/, or made fresh so that one can be sent again and again."""

import datetime as dt
import json
import random
import secrets
from pathlib import Path
from typing import Any

from fieldops.cases.models import Person
from fieldops.demo.invent import FAMILIES, GIVEN, SURNAMES, TYPES, id_number, pick, sum_fen
from fieldops.lib.clock import iso
from fieldops.lib.ids import new_id
from fieldops.lib.sealed import blind

DATA = Path(__file__).resolve().parent / "data"
SCENES = ("bank-lobby", "dormitory")


def sample(scene: str) -> dict[str, Any]:
    """Return the alert of a scene as its file has it."""
    body: dict[str, Any] = json.loads((DATA / f"{scene}.json").read_text("utf-8"))
    return body


def fresh(scene: str, *, at: dt.datetime, phone: str = "") -> dict[str, Any]:
    """Return the alert of a scene as issued now, about somebody nobody has met."""
    body = sample(scene)
    body["external_id"] = f"DEMO-{new_id().hex}"
    body["issued_at"] = iso(at)
    body["person"]["phone"] = phone or a_phone()
    body["person"]["id_number"] = _another(body["person"]["id_number"])
    return body


def a_phone() -> str:
    """Return a telephone number nobody can have."""
    return f"1390000{secrets.randbelow(10_000):04d}"


def unused_phone() -> str:
    """Return one that no person in the database has."""
    phone = a_phone()
    while Person.objects.filter(phone_index=blind("phone", phone)).exists():
        phone = a_phone()
    return phone


def _another(number: str) -> str:
    """Return another ID number of the same year and sex."""
    day = dt.date(int(number[6:10]), 1, 1) + dt.timedelta(days=secrets.randbelow(365))
    return id_number(day, 2 * secrets.randbelow(499) + int(number[16]) % 2)


def invented(rng: random.Random, *, at: dt.datetime) -> dict[str, Any]:
    """Return an alert: what it says comes from `rng`, who it is about is somebody new each time."""
    body = fresh("bank-lobby", at=at)
    level = rng.choices(["critical", "high", "medium"], weights=[3, 5, 2])[0]
    body |= {"level": level, "scam_type": pick(rng, TYPES), "family": pick(rng, FAMILIES), "source": "city"}
    body["amount_at_risk_fen"] = sum_fen(rng)
    body["person"]["name"] = rng.choice(SURNAMES) + rng.choice(GIVEN)
    body["note"] = ""
    return body
