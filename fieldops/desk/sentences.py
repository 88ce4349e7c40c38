"""Sentences from codes with parameters: timeline lines, alarms, reasons."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from fieldops.cases.lines import LINES
from fieldops.desk import faces, words
from fieldops.desk.words import word
from fieldops.lib.clock import local
from fieldops.lib.words import joined

# Parameter of a timeline line: the kind of code it carries.
CODED = {
    "level": "level",
    "result": "result",
    "state": "state",
    "before": "state",
    "after": "state",
    "channel": "channel",
    "disposition": "disposition",
    "effect": "effect",
    "kind": "indicator",
    "command": "command",
    "source": "source",
    "target": "target",
    "rung": "rung",
    "promise": "promise",
    "why": "auto",
}
# Lines that carry the case: bold, so that the eye finds them.
KEY_LINES = frozenset(
    [
        "triaged",
        "triage.overridden",
        "whereabouts.changed",
        "offered",
        "set_out",
        "arrived",
        "arrived.far",
        "concluded",
        "recalled",
        "reassigned",
        "stop_asked",
        "help",
        "report.disputed",
        "closed",
    ]
)


def line_words(code: str, params: dict[str, Any]) -> str:
    """Return a timeline line in words; codes among its parameters are put into words too."""
    said: dict[str, Any] = defaultdict(str, {name: _param(name, value) for name, value in params.items()})
    if code == "message" and params.get("canned"):
        said["text"] = " ".join(filter(None, (word("canned", params["canned"]), params.get("text"))))
    if code == "declined":
        said["reason"] = decline_words(params)
    text = str(LINES[code]) % said if code in LINES else code
    if code in ("offered", "closed") and (extra := params.get("reason") or params.get("note")):
        text = f"{text} ({extra})" if faces.is_english() else f"{text}（{extra}）"
    return text.strip()


def decline_words(params: dict[str, Any]) -> str:
    """Return why a member cannot go."""
    return " ".join(filter(None, (word("decline", params.get("reason", "")), params.get("words", ""))))


def triage_words(reasons: list[dict[str, Any]]) -> list[str]:
    """Return triage's reasons, the deciding one first."""
    return [_say(words.TRIAGE, entry) for entry in reasons]


def gate_words(reasons: list[dict[str, Any]]) -> list[str]:
    """Return what the gate found."""
    return [_say(words.GATE, entry) for entry in reasons]


def ranking_words(reasons: list[dict[str, Any]]) -> list[str]:
    """Return why a crew ranks where it does, and what each reason counts as."""
    return [_say(words.RANKING, entry) + _weight(entry) for entry in reasons]


def alarm_words(kind: str, params: dict[str, Any]) -> str:
    """Return what an alarm says."""
    said: dict[str, Any] = defaultdict(
        str, {name: _param("", value) for name, value in params.items() if value}
    )
    said["ring"] = people(params.get("ring")) or params.get("team", "")
    said["station"] = people(params.get("station")) or "—"
    said["sum"] = faces.sum_full(params.get("amount_fen") or None) if params.get("amount_fen") else ""
    said["reason"] = decline_words(params)
    if kind.startswith("timer_"):
        said["kind"] = word("timer", params.get("kind"))
    said["promise"] = word("promise", params.get("promise"))
    said["parts"] = _("; ").join(word("alert_part", name) for name in params.get("parts", []))
    return (str(words.ALARMS[kind]) % said).strip(" ,，") if kind in words.ALARMS else kind


def people(rows: Any) -> str:
    """Return `name number` of those to ring: staff on duty numbers, never the person at risk."""
    return _("; ").join(f"{row.get('name', '')} {row.get('phone', '')}".strip() for row in rows or [])


def _say(table: dict[str, Any], entry: dict[str, Any]) -> str:
    code, params = entry["code"], dict(entry.get("params") or {})
    if "level" in params:
        params["level"] = word("level", params["level"])
    if "metres" in params:
        params["km"] = f"{params['metres'] / 1000:.1f}"
    if "age_s" in params:
        params["age"] = _seconds(params["age_s"])
    if isinstance(params.get("who"), list):
        params["who"] = _("; ").join(f"{row['name']} {word('ring', row['problem'])}" for row in params["who"])
    if isinstance(params.get("resting"), list):
        params["resting"] = _("; ").join(
            f"{row['name']} → {_clock(row['until'])}" for row in params["resting"]
        )
    for name in ("nearer", "sooner"):
        if f"{name}_s" in params:
            params[name] = _seconds(params[f"{name}_s"])
    if isinstance(params.get("because"), list):
        params["because"] = _("; ").join(ranking_words(params["because"]))
    if isinstance(params.get("skills"), list):
        params["skills"] = _("; ").join(params["skills"])
    return str(table[code]) % defaultdict(str, params) if code in table else code


def _weight(entry: dict[str, Any]) -> str:
    """Return what a reason counts as in the ranking: half a minute and more, for or against."""
    minutes = round((entry["params"].get("weight_s") or 0) / 60)
    if not minutes:
        return ""
    sign = "+" if minutes > 0 else "−"
    return _(" (counts %(sign)s%(n)s min)") % {"sign": sign, "n": abs(minutes)}


def _clock(moment: str) -> str:
    return f"{local(dt.datetime.fromisoformat(moment)):%H:%M}"


def _seconds(age: int) -> str:
    return _("%(n)s s") % {"n": age} if age < 60 else _("%(n)s min") % {"n": age // 60}


def _param(name: str, value: Any) -> Any:
    # Names are kept as a list and joined for the reader; older rows hold them joined.
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return joined(value) or "—"
    kind = CODED.get(name)
    return word(kind, value) if kind and isinstance(value, str) else value
