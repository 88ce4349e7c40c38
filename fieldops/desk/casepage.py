"""One case's page: header, what is known, two tracks, timeline; masked unless the work opens it."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fieldops.cases.actions.reveal import suspects_of
from fieldops.cases.models import Case, CaseEvent, Stage, VictimState
from fieldops.cases.queries import history_of, timeline
from fieldops.desk import faces, phonetrack, telling, visittrack
from fieldops.desk.mappage import crew_points
from fieldops.desk.sentences import KEY_LINES, line_words, triage_words
from fieldops.desk.words import options, word
from fieldops.dispatch.models import LIVE, TAKEN, Assignment
from fieldops.dispatch.queries import assignments_of
from fieldops.lib.clock import iso, local
from fieldops.playbook.queries import scam_types, type_names
from fieldops.teams.access import may
from fieldops.teams.models import User
from fieldops.teams.queries import owns_desk, shifts_on

PARTS = ("head", "person", "where", "alert", "triage", "phone", "visit", "tell", "timeline", "notices")


def whole(user: User, case: Case, at: dt.datetime) -> dict[str, Any]:
    """Return everything the page shows."""
    names = type_names(get_language() or "")
    rows = assignments_of(case)
    rights = {
        "work": may(user, "cases.work"),
        "recall": may(user, "dispatch.recall") or (user.role == "duty" and owns_desk(user.pk, at)),
        "leave": may(user, "dispatch.recall"),
        "override": may(user, "triage.override"),
        "decide": may(user, "outcomes.decide"),
    }
    return {
        "case": case,
        "at": at,
        "open": case.stage != Stage.CLOSED,
        "rights": rights,
        "head": head(case, rows, names, at),
        "person": person(case, at),
        "where": where(case, at),
        "alert": alert(case, names, at),
        "triage": triage(case),
        "phone": phonetrack.track(user, case, names, at),
        "visit": visittrack.track(case, rows, names, at),
        "mini": mini(case, rows, at),
        "tell": telling.whom(case, at),
        "notices": telling.notices(case, at),
        "lines": lines(case),
        "forms": forms(names),
    }


def sheet(user: User, case: Case, at: dt.datetime) -> dict[str, Any]:
    """Return what the printed minute sheet shows: masked, with who printed it and when."""
    names = type_names(get_language() or "")
    return {
        "case": case,
        "head": head(case, assignments_of(case), names, at),
        "person": person(case, at),
        "lines": lines(case),
        "printed_by": user.name,
        "printed_at": local(at),
    }


def head(case: Case, rows: list[Assignment], names: dict[str, str], at: dt.datetime) -> dict[str, Any]:
    """Return the header, with the one thing that matters now."""
    code = case.confirmed_scam_type or case.scam_type
    return {
        "number": case.number,
        "level": case.level,
        "letter": word("letter", case.level),
        "level_word": word("level", case.level),
        "due": iso(case.due_at),
        "face": faces.clock_face(case.due_at, at),
        "urgency": faces.clock_class(case.due_at, at),
        "due_word": word("due", case.due_for),
        "stage": word("stage", case.stage),
        "state": word("state", case.victim_state),
        "sum": faces.sum_full(case.amount_at_risk_fen),
        "type": names.get(code, _("type not known")),
        "family": word("family", case.family or None),
        "disposition": word("disposition", case.disposition) if case.disposition else "",
        "closed_at": faces.moment(case.closed_at, at) if case.closed_at else "",
        "late": _too_late(case, rows, at),
        "version": case.version,
    }


def _too_late(case: Case, rows: list[Assignment], at: dt.datetime) -> dict[str, Any] | None:
    """Tell when the loss clock beats the crew: then the bank's lobby is the one to phone."""
    going = next((row for row in rows if row.status in TAKEN and row.arrived_at is None), None)
    if going is None or going.eta_s is None or case.due_for != "transfer":
        return None
    start = going.set_out_at or going.accepted_at or at
    there = start + dt.timedelta(seconds=going.eta_s)
    if there <= case.due_at:
        return None
    left = max(1, round((there - at).total_seconds() / 60))
    lobby = case.whereabouts.place if case.whereabouts else None
    contact = lobby.contacts.first() if lobby and lobby.kind == "bank_branch" else None
    return {"minutes": left, "team": going.team.call_sign, "contact": contact}


def person(case: Case, at: dt.datetime) -> dict[str, Any]:
    """Return the person, masked, with his other cases."""
    who = case.person
    age = local(at).year - who.birth_year if who.birth_year else None
    earlier = history_of(case)
    return {
        "name": who.name_mask or "—",
        "sex": word("sex", who.sex),
        "age": age,
        "phone": who.phone_mask or "—",
        "id_number": who.id_mask or "—",
        "school": who.school.name if who.school else "",
        "duplicate": who.possible_duplicate_of_id is not None,
        "alerts": len(earlier) + 1,
        "earlier": [
            {
                "id": row.pk,
                "number": row.number,
                "day": f"{local(row.received_at):%m-%d}",
                "what": word("disposition", row.disposition) or word("stage", row.stage),
            }
            for row in earlier[:3]
        ],
    }


def where(case: Case, at: dt.datetime) -> dict[str, Any]:
    """Return where he is now, how good that is, and what was said before."""
    rows = list(case.all_whereabouts.order_by("-said_at")[:4])
    now = case.whereabouts
    return {
        "known": now is not None,
        "text": now.text if now else "",
        "detail": now.detail if now else "",
        "source": word("where_source", now.source) if now else "",
        "by": now.by_name if now else "",
        "at": faces.moment(now.said_at, at) if now else "",
        "said": iso(now.said_at) if now else "",
        "ago": faces.ago(now.said_at, at) if now else "",
        "until": faces.moment(now.good_until, at) if now else "",
        "stale": now is not None and now.good_until < at,
        "on_map": now is not None and now.lng_lat is not None,
        "before": [
            f"{row.text} · {word('where_source', row.source)} {faces.moment(row.said_at, at)}"
            for row in rows
            if now is None or row.pk != now.pk
        ],
    }


def mini(case: Case, rows: list[Assignment], at: dt.datetime) -> dict[str, Any] | None:
    """Return the small map's points: where he is, and the crews on the case; before an offer every crew."""
    now = case.whereabouts
    live = [row.shift for row in rows if row.status in LIVE]
    if case.closed_at or now is None or now.lng_lat is None:
        return None
    crews = live or shifts_on(case.center_id, at)
    return {
        "case": {
            "lng": now.lng, "lat": now.lat, "text": now.text, "level": case.level,
            "letter": word("letter", case.level),
        },
        "crews": crew_points(crews, at),
    }  # fmt: skip


def alert(case: Case, names: dict[str, str], at: dt.datetime) -> dict[str, Any]:
    """Return what the alert said, suspects masked."""
    return {
        "source": word("source", case.source),
        "family": word("family", case.family or None),
        "level": word("level", case.alert_level),
        "type": names.get(case.alert_scam_type, ""),
        "issued": f"{local(case.issued_at):%m-%d %H:%M:%S}",
        "received": f"{local(case.received_at):%H:%M:%S}",
        "suspects": suspects_of(case),
        "drill": case.drill,
    }


def triage(case: Case) -> dict[str, Any]:
    """Return the channel in force and why."""
    override = case.triage_override
    return {
        "channel": override["channel"] if override else case.triage_channel,
        "words": word("channel", override["channel"] if override else case.triage_channel),
        "reasons": triage_words(case.triage_reasons),
        "override": override,
        "rule": word("channel", case.triage_channel),
    }


def lines(case: Case) -> list[dict[str, Any]]:
    """Return the timeline, one line a minute; a new day is said once."""
    found, day = [], None
    for row in timeline(case):
        here = local(row.at)
        found.append(
            {
                "id": str(row.pk),
                "at": f"{here:%H:%M}",
                "seconds": f"{here:%m-%d %H:%M:%S}",
                "day": f"{here:%m-%d}" if day and here.date() != day else "",
                "text": line_words(row.code, row.params),
                "key": row.code in KEY_LINES,
                "voice": row.by_voice,
                "by": _by(row),
            }
        )
        day = here.date()
    return found


# Lines whose words do not yet say who did it.
SAYS_WHO = frozenset(
    ["call.opened", "message", "stop_asked", "call_asked", "accepted", "answered", "declined", "report.filed"]
)


def _by(row: CaseEvent) -> str:
    return "" if row.code in SAYS_WHO else row.actor_name


def forms(names: dict[str, str]) -> dict[str, Any]:
    """Return the choices of the page's forms."""
    return {
        "targets": options("target"),
        "results": [pair for pair in options("result") if pair[0] != "abandoned"],
        "states": options("state", *(state.value for state in VictimState if state != "unknown")),
        "effects": options("effect", "dissuaded", "self_aware", "not_dissuaded"),
        "levels": options("level"),
        "types": [(row.code, names.get(row.code, row.code)) for row in scam_types()],
        "channels": options("channel", "phone", "school", "station", "mobile_team"),
        "tell_channels": options("channel", "relative", "community_worker", "bank", "beat_officer"),
        "where_sources": options("where_source", "call", "relative", "bank", "crew"),
        "dispositions": options("disposition"),
        "declines": options("decline"),
        "canned": options("canned", "left", "at_counter", "ring_desk", "family_here"),
        "met": options("met"),
        "visit_effects": options("effect"),
        "ineffective": options("ineffective"),
        "bases": options("basis"),
        "silent_s": settings.NOTICE_SILENT_S,
    }
