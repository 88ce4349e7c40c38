"""Today in progress: open cases in each stage that needs no live crew, made by the real actions."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldops.cases.actions import close_call, open_call, say_whereabouts, tell_partner, update_notice
from fieldops.cases.models import Case
from fieldops.demo import invent
from fieldops.demo.town import Town
from fieldops.intake.actions import take_alert
from fieldops.lib.clock import local
from fieldops.lib.ids import new_id
from fieldops.outcomes.facts import raise_follow_up
from fieldops.outcomes.models import FollowUp
from fieldops.places.models import Place
from fieldops.teams.actor import Actor, actor

FIRST_NUMBER = 8000  # of the telephones; those below belong to the past


@dataclass
class Scene:
    """One open case: what the alert said and how long ago it came, in minutes."""

    town: Town
    by: Actor
    came: dt.datetime
    case: Case

    def at(self, minutes: float) -> dt.datetime:
        """Return the instant so many minutes after the alert."""
        return self.came + dt.timedelta(minutes=minutes)

    def call(self, minute: float, result: str, state: str = "", **more: Any) -> None:
        """Ring him; two minutes on the line if he answers."""
        call = open_call(case_id=self.case.pk, by=self.by, at=self.at(minute))
        length = 2 if result == "connected" else 0.4
        close_call(
            call_id=call.pk, result=result, state_after=state, by=self.by, at=self.at(minute + length), **more
        )

    def tell(self, minute: float, channel: str, code: str, *steps: str) -> None:
        """Tell the first contact of a place; the steps follow a minute apart."""
        contact = self.town.places[code].contacts.all()[0]
        told = tell_partner(
            case_id=self.case.pk, channel=channel, by=self.by, at=self.at(minute), contact=contact
        )
        for number, step in enumerate(steps, start=1):
            update_notice(notice_id=told.pk, step=step, by=self.by, at=self.at(minute + number))


def _nothing(scene: Scene) -> None:
    """Not called yet."""


def _call_back(scene: Scene) -> None:
    scene.call(3, "no_answer", call_back_at=scene.at(19))


def _half_believes(scene: Scene) -> None:
    scene.call(6, "connected", "doubtful", call_back_at=scene.at(65), note="等家人回电,约好再拨")


def _at_the_bank(scene: Scene) -> None:
    scene.call(1, "refused", "hangs_up")
    scene.call(3, "connected", "transferring", next_transfer_at=scene.at(40), note="说在银行,马上轮到他")
    place = scene.town.places["BK-04"]
    say_whereabouts(
        case_id=scene.case.pk, source="call", by=scene.by, at=scene.at(5), place=place, detail="大厅"
    )


def _denies(scene: Scene) -> None:
    scene.call(12, "connected", "denies", note="说没有这回事")


def _school_coming(scene: Scene) -> None:
    scene.call(10, "refused", "hangs_up")
    scene.tell(12, "school", "FL-JDKY", "answered", "coming")


def _station_answered(scene: Scene) -> None:
    scene.call(30, "connected", "denies")
    scene.tell(33, "station", "ST-09", "answered")


def _school_reached(scene: Scene) -> None:
    scene.call(8, "refused", "hangs_up")
    scene.tell(10, "school", "FL-CNZY", "answered", "reached")


def _knew(scene: Scene) -> None:
    scene.call(20, "connected", "aware", effect="self_aware")


def _talked_round(scene: Scene) -> None:
    scene.call(3, "busy")
    scene.call(9, "connected", "aware", effect="dissuaded")


# (minutes ago, level, family, type, yuan at risk, student of, what was done)
SCENES: list[tuple[int, str, str, str, int | None, str, Callable[[Scene], None]]] = [
    (2, "critical", "net", "LC", 200_000, "", _nothing),
    (6, "high", "phone", "GJF", 80_000, "", _nothing),
    (14, "high", "phone", "KF", 8_000, "", _call_back),
    (35, "medium", "net", "GW", 600, "FL-WJCJ", _nothing),
    (41, "medium", "phone", "ZX", 12_000, "", _half_believes),
    (170, "low", "net", "YX", None, "", _nothing),
    (9, "critical", "money", "SD", 48_000, "", _at_the_bank),
    (38, "medium", "phone", "DK", 26_000, "", _denies),
    (27, "medium", "net", "SD", 3_200, "FL-JDKY", _school_coming),
    (52, "medium", "money", "JY", 15_000, "", _station_answered),
    (75, "medium", "net", "SD", 1_000, "FL-CNZY", _school_reached),
    (96, "low", "phone", "MC", 9_000, "", _knew),
    (64, "high", "phone", "KF", 22_000, "", _talked_round),
]


def seed_today(*, town: Town, at: dt.datetime) -> None:
    """Open today's cases, oldest first, and raise the return visit that is due."""
    rng = random.Random(f"fieldops-demo:today:{local(at).date()}")
    by = actor(town.users["duty"])
    for number, (minutes, level, family, scam, yuan, school, act) in enumerate(
        sorted(SCENES, key=lambda row: -row[0])
    ):
        came = at - dt.timedelta(minutes=minutes)
        who = invent.someone(rng, FIRST_NUMBER + number, student=bool(school), year=local(at).year)
        body = alert_body(rng, town, who, level, family, scam, yuan, school, came)
        taken = take_alert(center=town.center, body=body, via="demo", at=came)
        if taken.alert.case:
            act(Scene(town, by, came, taken.alert.case))
    for due in FollowUp.objects.filter(case__center=town.center, done_at__isnull=True, due_at__lte=at):
        raise_follow_up(follow_up_id=due.pk, at=due.due_at)


def alert_body(
    rng: random.Random,
    town: Town,
    who: invent.Someone,
    level: str,
    family: str,
    scam: str,
    yuan: int | None,
    school: str,
    came: dt.datetime,
) -> dict[str, Any]:
    """Return an alert as the city would send it."""
    home = town.places[school] if school else home_of(rng, town)
    lng, lat = home.lng_lat or (town.center.lng, town.center.lat)
    person = {"name": who.name, "phone": who.phone, "id_type": "id_card", "id_number": who.id_number}
    return {
        "external_id": f"YJ-{local(came):%Y%m%d}-{new_id().hex[-8:]}",
        "issued_at": came - dt.timedelta(seconds=2),
        "level": level,
        "family": family,
        "source": "city",
        "scam_type": scam,
        "person": {**person, "address": home.address, "school_code": school},
        "place": {"lng": lng, "lat": lat, "crs": "wgs84", "text": f"{home.name} {rng.randint(1, 30)} 栋"},
        "suspect": {"accounts": [invent.account(rng)]},
        "amount_at_risk_fen": yuan * 100 if yuan else None,
    }


def home_of(rng: random.Random, town: Town) -> Place:
    """Return a community to live in."""
    return rng.choice(town.of_kind("community"))
