"""A sheet's whole body: figures, comparison with two other days, checks; its canonical bytes. Pure."""

import hashlib
import json
from typing import Any

from fieldops.stats.arithmetic import change_permille, change_points, permille
from fieldops.stats.figures import VISIT_EFFECTS, on_time_permille
from fieldops.stats.outcome import EFFECTS

# A sum a thousand times that of the day before is more often a slip of the hand than a day.
JUMP = 1000


def complete(body: dict[str, Any], previous: dict[str, Any], last_year: dict[str, Any]) -> dict[str, Any]:
    """Return the body with its comparison, checks and the question whether it may be signed.

    `previous` and `last_year` are `base_of` the bodies of the day before and of the same day last year.
    """
    checks = checks_of(body)
    return {
        **body,
        "compare": {
            "previous": previous,
            "last_year": last_year,
            "changes": _changes(key_figures(body), previous["figures"], last_year["figures"]),
        },
        "checks": checks,
        "questions": _questions(body, previous["figures"]),
        "signable": all(check["ok"] for check in checks),
    }


def base_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return what another day is compared with."""
    return {"date": body["date"], "figures": key_figures(body)}


def key_figures(body: dict[str, Any]) -> dict[str, int | None]:
    """Return the figures compared between days and between revisions, flat; rates end in `_permille`."""
    flat: dict[str, int | None] = {f"funnel.{step}": count for step, count in body["funnel"].items()}
    flat |= {f"type.{row['type']}": row["total"] for row in body["types"]}
    flat |= {f"effect.{effect}": body["types_total"][effect] for effect in EFFECTS}
    flat |= {f"visit.{effect}": body["teams_total"][effect] for effect in ("visits", *VISIT_EFFECTS)}
    flat |= {f"sum.{kind}_fen": row["fen"] for kind, row in body["sums"].items()}
    flat |= {f"response.{name}": row["p50_s"] for name, row in body["response"].items()}
    flat |= {f"left_out.{reason}": count for reason, count in body["left_out"].items()}
    flat["on_time_permille"] = on_time_permille(body)
    flat["warned_permille"] = permille(body["warned"]["filed"], body["warned"]["people"])
    return flat


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[int | None]]:
    """Return what changed between two revisions' bodies: figure → [before, after]."""
    old, new = key_figures(before), key_figures(after)
    pairs = {name: [old.get(name), new.get(name)] for name in sorted({*old, *new})}
    return {name: pair for name, pair in pairs.items() if (pair[0] or 0) != (pair[1] or 0)}


def _changes(
    now: dict[str, int | None], previous: dict[str, int | None], last_year: dict[str, int | None]
) -> dict[str, dict[str, int | None]]:
    """Return figure → pop (环比) and yoy (同比): thousandths, for rates tenths of a percentage point."""
    changes: dict[str, dict[str, int | None]] = {}
    for name, value in now.items():
        change = change_points if name.endswith("_permille") else change_permille
        # A type nobody had that day is zero, not unknown.
        missing = None if name.endswith("_permille") else 0
        changes[name] = {
            "pop": change(value, previous.get(name, missing)),
            "yoy": change(value, last_year.get(name, missing)),
        }
    return changes


def checks_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Check that every total closes: left and right were counted by different ways."""
    issued = body["funnel"]["issued"]
    total, visits = body["types_total"], body["teams_total"]
    checks = [
        _check("types", [row["total"] for row in body["types"]], issued),
        _check("effects", [total[effect] for effect in EFFECTS], issued),
        *[_check(f"type.{r['type']}", [r[effect] for effect in EFFECTS], r["total"]) for r in body["types"]],
        _check("visits", [visits[effect] for effect in VISIT_EFFECTS], visits["visits"]),
        *[_check(f"team.{r['team']}", [r[e] for e in VISIT_EFFECTS], r["visits"]) for r in body["teams"]],
        _check("teams", [row["visits"] for row in body["teams"]], visits["visits"]),
        _check("hours", body["hours"], issued),
        _check("levels", list(body["levels"].values()), issued),
        _check("pace", [body["funnel"][pace] for pace in ("on_time", "overdue", "not_due")], issued),
        _check(
            "prevented", [row["prevented_fen"] for row in body["types"]], body["sums"]["prevented"]["fen"]
        ),
    ]
    for kind in ("prevented", "lost", "stopped"):
        row = body["sums"][kind]
        checks.append(_check(f"basis.{kind}", [b["fen"] for b in row["basis"].values()], row["fen"]))
    return checks


def _check(name: str, parts: list[int], whole: int) -> dict[str, Any]:
    return {"check": name, "parts": parts, "whole": whole, "ok": sum(parts) == whole}


def _questions(body: dict[str, Any], previous: dict[str, int | None]) -> list[dict[str, Any]]:
    """Ask about a sum that jumped a thousand times since the day before."""
    asked = []
    for kind in ("prevented", "lost", "stopped"):
        now, before = body["sums"][kind]["fen"], previous.get(f"sum.{kind}_fen") or 0
        if before and now and max(now, before) >= JUMP * min(now, before):
            asked.append({"question": "jump", "sum": kind, "now_fen": now, "before_fen": before})
    return asked


def canonical_of(body: dict[str, Any]) -> str:
    """Return the canonical JSON: sorted keys, no blanks, characters as they are; hashed as UTF-8."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def sha256_of(canonical: str) -> str:
    """Return the hash printed on the sheet."""
    return hashlib.sha256(canonical.encode()).hexdigest()
