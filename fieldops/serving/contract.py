"""The contract as files: move tables with vectors, enumerations, timeline codes, and the API's schema.

Python is the source; TypeScript runs the same tables and reads the same vectors. Drift fails `make lint`.
"""

import dataclasses
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from fieldops.cases.lines import LINES
from fieldops.cases.models import CallResult, Channel, Level, Stage, VictimState
from fieldops.cases.moves import MOVES as CASE_MOVES
from fieldops.dispatch.forms import CANNED
from fieldops.dispatch.models import DeclineReason, Status
from fieldops.dispatch.moves import MOVES, RANK, Facts, judge
from fieldops.feed.kinds import KINDS
from fieldops.outcomes.models import Basis, Effect, Ineffective, Met
from fieldops.sync.commands import COMMANDS
from fieldops.teams.models import Duty

FOLDER = settings.BASE_DIR / "contract"
MOVE = ("from", "command", "to", "by", "event")
COMMANDS_JUDGED = ("accept", "decline", "set_out", "arrive", "conclude")
CHOICES: dict[str, type[TextChoices]] = {
    "level": Level,
    "stage": Stage,
    "victim_state": VictimState,
    "call_result": CallResult,
    "channel": Channel,
    "status": Status,
    "decline_reason": DeclineReason,
    "duty": Duty,
    "met": Met,
    "effect": Effect,
    "ineffective": Ineffective,
    "basis": Basis,
}


def moves_json() -> str:
    """Return contract/moves.json."""
    data = {
        "assignment": [dict(zip(MOVE, move, strict=True)) for move in MOVES],
        "rank": RANK,
        "case": [{"from": list(froms), "command": command, "to": to} for froms, command, to in CASE_MOVES],
        "commands": {name: command.subject for name, command in sorted(COMMANDS.items())},
        "events": KINDS,
        "choices": {name: [str(value) for value in choice.values] for name, choice in CHOICES.items()},
        "canned": CANNED,
        "lines": {code: str(words) for code, words in LINES.items()},
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def vectors_json() -> str:
    """Return contract/vectors.json, a row a line: status, command, facts, verdict."""
    rows = [json.dumps(row, separators=(",", ":")) for row in vectors()]
    return "[\n" + ",\n".join(rows) + "\n]\n"


def vectors() -> list[list[Any]]:
    """Return every (status, command, facts) with its verdict: what both sides agree on."""
    answers = ("", "accept", "decline")
    flags = list(itertools.product((False, True), repeat=4))
    return [
        _vector(status, command, Facts(answer, *flag))
        for status, command, answer, flag in itertools.product(Status.values, COMMANDS_JUDGED, answers, flags)
    ]


def _vector(status: str, command: str, facts: Facts) -> list[Any]:
    verdict = judge(status, command, facts)
    said = [facts.answered, *(int(value) for value in dataclasses.astuple(facts)[1:])]
    return [status, command, said, [verdict.outcome, verdict.code, verdict.to]]


def openapi_yaml() -> str:
    """Return contract/openapi.yaml."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    text: bytes = OpenApiYamlRenderer().render(schema, renderer_context={})
    return text.decode()


FILES: dict[str, Callable[[], str]] = {
    "moves.json": moves_json,
    "vectors.json": vectors_json,
    "openapi.yaml": openapi_yaml,
}


def write_contract(folder: Path = FOLDER) -> list[str]:
    """Write the files that differ and return their names."""
    changed = drift(folder)
    with translation.override("en"):
        for name in changed:
            (folder / name).write_text(FILES[name]())
    return changed


def drift(folder: Path = FOLDER) -> list[str]:
    """Return the names of files that no longer say what the code says."""
    with translation.override("en"):
        return [
            name
            for name, make in FILES.items()
            if not (folder / name).exists() or (folder / name).read_text() != make()
        ]
