"""One past case told act by act: each act moves the clock on and leaves the rows that a real one leaves.

Rows are written in bulk, without feed rows: nobody's phone was there to be told.
"""

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Model

from fieldops.cases.actions.people import Who, name_tokens, sealed_content
from fieldops.cases.clock import loss_clock
from fieldops.cases.models import (
    CallAttempt,
    Case,
    CaseEvent,
    CaseSerial,
    Notice,
    Person,
    PersonToken,
    Stage,
    Whereabouts,
)
from fieldops.cases.triage import Facts, triage
from fieldops.demo.invent import Someone, born_id
from fieldops.demo.town import Town
from fieldops.dispatch.models import Assignment, AssignmentMember
from fieldops.intake.actions import canonical_digest
from fieldops.intake.models import Alert
from fieldops.lib.masks import mask_id, mask_name, mask_phone
from fieldops.lib.sealed import blind, seal_row
from fieldops.outcomes.models import FollowUp, Indicator, VisitReport
from fieldops.places.models import Place
from fieldops.teams.models import User

# Parents before children.
ORDER: tuple[type[Model], ...] = (
    Person,
    PersonToken,
    Case,
    Whereabouts,
    Alert,
    CallAttempt,
    Notice,
    Assignment,
    AssignmentMember,
    VisitReport,
    Indicator,
    FollowUp,
    CaseEvent,
    CaseSerial,
)
REVIEW = dt.timedelta(minutes=20)


class Book:
    """All rows of all stories, saved at once."""

    def __init__(self) -> None:
        self.rows: dict[type[Model], list[Any]] = defaultdict(list)

    def save(self) -> None:
        for model in ORDER:
            model._default_manager.bulk_create(self.rows[model], batch_size=400)


@dataclass
class Story:
    """A case from its alert to its end; `at` is the story's clock."""

    town: Town
    rng: random.Random
    case: Case
    at: dt.datetime
    rows: list[Model] = field(default_factory=list)

    def wait(self, low_s: float, high_s: float) -> dt.datetime:
        """Let time pass, mostly nearer the low end, and return the clock."""
        self.at += dt.timedelta(seconds=self.rng.triangular(low_s, high_s, low_s + (high_s - low_s) / 4))
        return self.at

    def keep(self, row: Any) -> Any:
        """Give the row an id of this instant and remember it."""
        row.pk = born_id(self.rng, self.at)
        self.rows.append(row)
        return row

    def line(self, code: str, by: User | None = None, **params: Any) -> None:
        """Put a line on the timeline."""
        name = by.name if by else ""
        self.keep(
            CaseEvent(
                case=self.case,
                at=self.at,
                recorded_at=self.at,
                code=code,
                params=params,
                actor_id=by.pk if by else None,
                actor_name=name,
            )
        )

    @property
    def officer(self) -> User:
        """Who sits at the desk: the duty officer by day, the supervisor by night."""
        hour = (self.at.hour + 8) % 24
        return self.town.users["duty" if 8 <= hour < 20 else "supervisor"]

    def alert(self, text: str, place: Place | None, body: dict[str, Any]) -> None:
        """The alert comes in, with the place it names."""
        alert = Alert(
            center=self.town.center,
            source=body["source"],
            external_id=body["external_id"],
            digest=canonical_digest(body),
            level=body["level"],
            issued_at=self.case.issued_at,
            received_at=self.at,
            via="demo",
            case=self.case,
        )
        seal_row(self.keep(alert), body)
        self.line("alert.received", source=body["source"], level=body["level"])
        if text:
            self.whereabouts(text, place, "alert")

    def whereabouts(self, text: str, place: Place | None, source: str) -> None:
        """Somebody says where he is; the word stands from then on."""
        lng, lat = (place and place.lng_lat) or (None, None)
        spread = 0.004 if source == "alert" else 0.0
        row = Whereabouts(
            case=self.case,
            place=place if source != "alert" else None,
            text=text,
            lng=lng + self.rng.uniform(-spread, spread) if lng is not None else None,
            lat=lat + self.rng.uniform(-spread, spread) if lat is not None else None,
            source=source,
            said_at=self.at,
            good_until=self.at + dt.timedelta(seconds=settings.WHEREABOUTS_GOOD_S),
        )
        self.case.whereabouts = self.keep(row)
        if source != "alert":
            self.line("whereabouts.changed", self.officer, text=text, source=source)

    def call(self, result: str, state: str = "", *, target: str = "person", effect: str = "") -> None:
        """One call, from ringing to what was recorded of it."""
        case, by = self.case, self.officer
        call = CallAttempt(
            case=case, by=by, target=target, opened_at=self.at, state_before=case.victim_state, version=2
        )
        self.keep(call)
        case.attempts += 1
        case.first_call_at = case.first_call_at or self.at
        self.line("call.opened", by, name=by.name, count=case.attempts, target=target)
        self.wait(*((90, 700) if result == "connected" else (15, 60)))
        call.result, call.closed_at = result, self.at
        call.state_after = state or case.victim_state
        if result in ("connected", "refused"):
            case.reached_at = case.reached_at or self.at
            case.unreached_rounds = 0
        case.unreached_rounds += result in ("busy", "off", "no_answer")
        case.busy_rounds += result == "busy"
        case.victim_state, case.effect = call.state_after, effect or case.effect
        self.line("call.closed", by, result=result, state=call.state_after, target=target)
        self._triage()

    def _triage(self) -> None:
        case = self.case
        verdict = triage(
            Facts(
                level=case.level,
                victim_state=case.victim_state,
                student=case.person.school_id is not None,
                attempts=case.attempts,
                unreached_rounds=case.unreached_rounds,
                busy_rounds=case.busy_rounds,
            )
        )
        case.triage_channel, case.triage_reasons = verdict.channel, verdict.reasons
        if verdict.channel != "phone":
            self.line("triaged", channel=verdict.channel, reasons=verdict.reasons)

    def tell(self, channel: str, place: Place) -> None:
        """A school or a station is told, answers, and reaches him."""
        by, contact = self.officer, place.contacts.all()[0]
        notice = Notice(
            case=self.case,
            channel=channel,
            place=place,
            contact_name=contact.name,
            contact_role=contact.role,
            contact_phone=contact.phone,
            told_by=by,
            told_at=self.at,
            version=3,
        )
        self.keep(notice)
        who = f"{place.name} {contact.name}"
        self.line("notice.told", by, who=who, channel=channel)
        notice.answered_at = self.wait(20, 200)
        self.line("notice.answered", by, who=who, channel=channel)
        notice.reached_at = self.wait(300, 2400)
        self.case.met_at = self.case.met_at or self.at
        self.line("notice.reached", by, who=who, channel=channel)

    def becomes(self, state: str) -> None:
        """The desk learns how deep he is in now."""
        self.line("state.changed", self.officer, before=self.case.victim_state, after=state)
        self.case.victim_state = state

    def close(self, disposition: str) -> None:
        """The desk looks it over and closes it."""
        self.wait(60, 2 * REVIEW.total_seconds())
        by = self.officer
        self.case.stage, self.case.closed_at = Stage.CLOSED, self.at
        self.case.disposition = disposition
        self.line("closed", by, disposition=disposition, note="")

    def finish(self, number: str) -> list[Model]:
        """Number the case and return all its rows."""
        case = self.case
        case.number = number
        case.due_at, case.due_for = loss_clock(case)
        case.version = len(self.rows)
        return [case, *self.rows]


def person_rows(
    town: Town, rng: random.Random, someone: Someone, school: Place | None, at: dt.datetime
) -> list[Any]:
    """Return the sealed person and the tokens a name is searched by."""
    who = Who(name=someone.name, phone=someone.phone, id_type="id_card", id_number=someone.id_number)
    person = Person(
        id=born_id(rng, at),
        center=town.center,
        name_mask=mask_name(who.name),
        phone_mask=mask_phone(who.phone),
        id_mask=mask_id(who.id_number),
        phone_index=blind("phone", who.phone),
        id_index=blind("id", who.id_number),
        name_index=blind("name", who.name),
        sex=someone.sex,
        birth_year=someone.birth_year,
        school=school,
        made_at=at,
    )
    seal_row(person, sealed_content(who))
    tokens = [
        PersonToken(person=person, token=blind("token", token)) for token in sorted(name_tokens(who.name))
    ]
    return [person, *tokens]
