"""Thirty days of plausible past cases; a day is drawn from its own date, so seeding again gives the same."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

from fieldops.audit.actions import append
from fieldops.cases.models import Case, CaseSerial, Person
from fieldops.demo import invent
from fieldops.demo.story import Book, Story, person_rows
from fieldops.demo.town import Town
from fieldops.demo.visit import Crews, visit
from fieldops.lib.clock import LOCAL, iso, local
from fieldops.lib.sealed import seal_row
from fieldops.outcomes.models import FollowUp
from fieldops.places.models import Place, PlaceKind
from fieldops.places.queries import station_for
from fieldops.timers.actions import set_timer

# Somebody who had a case before, and its number.
Known = tuple[Person, str]

DAYS = 30
KNOWN_AGAIN = 0.03
STUDENTS = 0.14
# How long the first call waits, by level in seconds: mostly within the level's target, now and then not.
FIRST_CALL_S = {"critical": (25, 380), "high": (60, 1000), "medium": (300, 7400), "low": (900, 40000)}
TRACKS: dict[str, dict[str, int]] = {
    "critical": {"visit": 60, "aware": 20, "again": 20},
    "high": {"visit": 28, "aware": 44, "again": 28},
    "medium": {"aware": 54, "again": 26, "outside": 17, "rejected": 3},
    "low": {"aware": 66, "again": 24, "outside": 5, "rejected": 5},
}
MISSED = ("no_answer", "busy", "off", "refused")


def seed_past(*, town: Town, at: dt.datetime) -> None:
    """Write the cases of the last 30 days, closed; today's that are not over by `at` are left out."""
    book = Book()
    crews = Crews(town.shifts, town.teams)
    known: list[Known] = []
    today = local(at).date()
    for back in range(DAYS, -1, -1):
        _day(book, town, crews, known, today - dt.timedelta(days=back), at)
    _follow_ups(book, town, at)
    book.save()
    append(
        verb="demo.seed",
        subject_kind="center",
        subject_id=town.center.pk,
        at=at,
        center_id=town.center.pk,
        extra={"cases": len(book.rows[Case])},
    )


def _day(book: Book, town: Town, crews: Crews, known: list[Known], day: dt.date, at: dt.datetime) -> None:
    rng = random.Random(f"fieldops-demo:{day}")
    midnight = dt.datetime.combine(day, dt.time(0), LOCAL).astimezone(dt.UTC)
    hours = rng.choices(range(24), weights=invent.HOURS, k=rng.randint(24, 40) - 6 * (day.weekday() == 6))
    serial = 0
    for issued in sorted(midnight + dt.timedelta(hours=hour, seconds=rng.randrange(3600)) for hour in hours):
        # Drawn whole before it is judged: what is left out must not change those that follow.
        story, person = _case(town, rng, crews, known, issued, len(book.rows[Case]) + 1)
        if story.at >= at:
            continue
        serial += 1
        for row in [*person, *story.finish(f"{day:%y%m%d}-{serial:03d}")]:
            book.rows[type(row)].append(row)
        known.append((story.case.person, story.case.number))
    book.rows[CaseSerial].append(CaseSerial(center=town.center, day=day, last=serial))


def _case(
    town: Town, rng: random.Random, crews: Crews, known: list[Known], issued: dt.datetime, number: int
) -> tuple[Story, list[Any]]:
    """Tell one case from alert to close; return it and the rows of a person who is new."""
    received = issued + dt.timedelta(seconds=rng.uniform(1, 20))
    again = rng.random() < KNOWN_AGAIN and known
    student = rng.random() < STUDENTS
    school = rng.choice(town.of_kind(PlaceKind.SCHOOL)) if student else None
    who = invent.someone(rng, number, student=student, year=issued.year)
    rows = [] if again else person_rows(town, rng, who, school, received)
    # Not one of the last forty: that case may still be open.
    person, before = rng.choice(known[:-40] or known) if again else (rows[0], "")

    level = invent.pick(rng, invent.LEVELS)
    case = Case(
        id=invent.born_id(rng, received),
        center=town.center,
        person=person,
        level=level,
        alert_level=level,
        family=invent.pick(rng, invent.FAMILIES),
        source=invent.pick(rng, invent.SOURCES),
        scam_type=invent.pick(rng, invent.TYPES),
        issued_at=issued,
        received_at=received,
        amount_at_risk_fen=invent.sum_fen(rng) if rng.random() < 0.7 else None,
    )
    case.alert_scam_type = case.scam_type
    seal_row(case, {"suspects": {"accounts": [invent.account(rng)]}, "note": ""})
    story = Story(town, rng, case, received)
    _open(story, school, before)
    track = invent.pick(rng, TRACKS[level])
    ACTS[track](story, crews)
    return story, rows


def _open(story: Story, school: Place | None, before: str) -> None:
    """The alert with its place: the school for a student, a home for most others."""
    case, rng = story.case, story.rng
    body = {
        "external_id": f"YJ-{local(case.received_at):%Y%m%d}-{rng.getrandbits(32):08x}",
        "issued_at": iso(case.issued_at),
        "level": case.level,
        "family": case.family,
        "source": case.source,
        "scam_type": case.scam_type,
    }
    home = rng.choice(story.town.of_kind(PlaceKind.COMMUNITY))
    text = f"{school.name} {rng.randint(1, 12)} 栋" if school else f"{home.name} {rng.randint(1, 40)} 号"
    story.alert(text if school or rng.random() < 0.8 else "", school or home, body)
    if before:
        story.line("person.history", number=before)
    story.wait(*FIRST_CALL_S[case.level])


def _aware(story: Story, crews: Crews) -> None:
    """The first call is enough."""
    story.call("connected", "aware", effect=story.rng.choice(["self_aware", "dissuaded", "dissuaded"]))
    story.close("handled")


def _again(story: Story, crews: Crews) -> None:
    """Not reached or not believed at first; a later call gets through."""
    for _ in range(story.rng.randint(1, 2)):
        story.call(story.rng.choice(MISSED))
        story.wait(280, 1500)
    story.call("connected", "doubtful")
    story.wait(280, 900)
    _aware(story, crews)


def _outside(story: Story, crews: Crews) -> None:
    """He denies it: his school is told, or the station."""
    story.call("connected", story.rng.choice(["denies", "hangs_up"]))
    story.wait(30, 240)
    school = story.case.person.school
    where = story.case.whereabouts
    if school:
        story.tell("school", school)
    else:
        story.tell("station", _station(story.town, where))
    story.becomes("aware")
    story.close("handled")


def _visit(story: Story, crews: Crews) -> None:
    """He believes the scammer: a crew goes where he is now."""
    if story.rng.random() < 0.5:
        story.call(story.rng.choice(MISSED))
        story.wait(60, 400)
    story.call("connected", story.rng.choice(["convinced", "convinced", "transferring", "denies"]))
    if story.rng.random() < 0.4 or story.case.whereabouts is None:
        bank = story.rng.choice(story.town.of_kind(PlaceKind.BANK_BRANCH))
        story.whereabouts(bank.name, bank, "call")
    visit(story, crews)
    story.close("handled")


def _rejected(story: Story, crews: Crews) -> None:
    """Not ours, or already here."""
    story.call("connected", "unknown")
    story.close(story.rng.choice(["not_ours", "duplicate", "false_alarm", "not_the_person"]))


ACTS: dict[str, Callable[[Story, Crews], None]] = {
    "aware": _aware,
    "again": _again,
    "outside": _outside,
    "visit": _visit,
    "rejected": _rejected,
}


def _station(town: Town, where: Any) -> Place:
    """Return the station whose precinct holds the point; the first one when the place is unknown."""
    stations = town.of_kind(PlaceKind.STATION)
    found = station_for(where.lng, where.lat, town.center) if where and where.lng_lat else None
    return town.places[found.code] if found else stations[0]


def _follow_ups(book: Book, town: Town, at: dt.datetime) -> None:
    """Return visits were made within an hour of falling due; one is due now; the rest get their timers."""
    officer = town.users["duty"]
    coming: list[FollowUp] = []
    for planned in book.rows[FollowUp]:
        done = planned.due_at + dt.timedelta(hours=1)
        if done < at:
            planned.done_at, planned.done_by, planned.valid = done, officer, True
            planned.remark = "本人接听,没有再被联系"
        else:
            coming.append(planned)
    for planned in sorted(coming, key=lambda planned: planned.due_at)[:1]:
        planned.due_at = min(planned.due_at, at - dt.timedelta(minutes=20))
    for planned in coming:
        if planned.due_at > at:
            set_timer(
                key=f"follow_up:{planned.pk}",
                kind="outcomes.follow_up",
                due_at=planned.due_at,
                payload={"follow_up_id": str(planned.pk), "center_id": str(town.center.pk)},
            )
