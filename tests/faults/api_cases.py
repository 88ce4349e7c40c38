"""The cases of `python -m tests.faults api`: made by Schemathesis from contract/openapi.yaml, then spoilt.

Ids become those of rows that are there, so that a case gets past the door; some texts, numbers and times
become what broke servers before. Each case is rolled back: the last finds the world the first one found.
"""

import json
import random
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
import yaml
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as effort
from schemathesis.generation import GenerationMode

from fieldops.feed.alarms import raise_alarm
from fieldops.lib.clock import now
from fieldops.lib.keys import make_keyring
from tests import make
from tests.roster.world import roster
from tests.servers import ROOT

PEOPLE = ("supervisor", "duty", "alpha1")
HOSTILE: list[Any] = [
    "", " ", "\x00", "\ud800", "\u202e", "\ufeff", "a" * 5000, "9" * 5000, "nan", "inf", "-1", "1e999",
    "0001-01-01", "9999-12-31", "0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "2026-02-30", "=1+1",
    "0001-01-01T00:00:00+14:00", "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "%ff", "%00",
    "{{7*7}}", "null", "王庆和", "١٢٣", "🙂" * 40, "[" * 5000, 0, -1, 2**31, 2**63, 2**64, 10**400, 1e308,
    float("nan"), float("inf"), True, None, [], {}, [[]], [None], {"": None},
]  # fmt: skip
# Pages read addresses by hand: each with what it looks for in a query.
PAGES: dict[str, tuple[str, ...]] = {
    "/": (), "/find": ("text",), "/map": (), "/wall": (), "/follow-ups": (), "/phones": (), "/held": (),
    "/drills": (), "/drills/{drill_id}": (), "/roster": ("from", "line", "day"), "/roster/mine": ("turn",),
    "/day": ("date", "revision", "figure", "problem"), "/cases/{case_id}": (), "/cases/{case_id}/sheet": (),
    "/timers": (), "/desk/fragments/board": ("strips", "parts"), "/sign-in": ("next",),
    "/desk/fragments/cases/{case_id}": ("parts",), "/desk/fragments/map": (), "/desk/fragments/phones": (),
    "/calendar/{token}.ics": (),
}  # fmt: skip
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PAGE_SHARE = 0.1


@dataclass
class Wish:
    """One request as it will be sent."""

    method: str
    path: str
    places: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    media: str = ""


def go(*, cases: int, seed: int) -> None:
    """Ask, and print what was found as one line of JSON."""
    make_keyring(settings.DATA_KEYS_DIR)
    asking = Asking(random.Random(seed))
    operations = list(contract())
    each = max(1, round(cases * (1 - PAGE_SHARE) / len(operations)))
    for operation in operations:
        ask_each(operation, each, seed, asking.ask)
    while asking.asked < cases:
        path, names = asking.dice.choice(list(PAGES.items()))
        asking.ask(
            Wish("GET", path, dict.fromkeys(re.findall(r"{(\w+)}", path), "x"), dict.fromkeys(names, "x"))
        )
    by_class = {f"{kind}xx": count for kind, count in sorted(asking.answers.items())}
    found = [f"{line} (FAULTS_SEED={seed}; {count} times)" for line, count in asking.found.values()]
    if asking.answers[2] < asking.asked // 20:
        found.append(f"only {asking.answers[2]} of {asking.asked} cases got anywhere: {by_class}")
    told = {"asked": asking.asked, "operations": len(operations), "by_class": by_class, "found": found}
    print(json.dumps(told))


def contract() -> Iterator[Any]:
    """Yield the operations of our document, its bodies closed: an unknown field is refused at once."""
    document = yaml.safe_load((ROOT / "contract" / "openapi.yaml").read_text())
    for shape in document["components"]["schemas"].values():
        if "properties" in shape:
            shape["additionalProperties"] = False
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        yield result.ok()


def ask_each(operation: Any, count: int, start: int, ask: Callable[[Wish], None]) -> None:
    """Make `count` cases of an operation, three of four well-formed, and ask each."""
    shares = {GenerationMode.POSITIVE: count - count // 4, GenerationMode.NEGATIVE: count // 4}
    for mode, share in shares.items():
        if not share:
            continue

        @seed(start)
        @effort(
            max_examples=share, database=None, phases=[Phase.generate], deadline=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case: Any) -> None:
            ask(wish_of(case))

        try:
            one()
        except Exception as error:
            # Nothing wrong can be made of an operation that takes nothing.
            if "negative" not in str(error).lower():
                raise


def wish_of(case: Any) -> Wish:
    """Return a Schemathesis case as a request."""
    body = None if "NotSet" in type(case.body).__name__ else case.body
    return Wish(
        case.method.upper(), case.path, dict(case.path_parameters or {}), dict(case.query or {}),
        {name: str(value) for name, value in (case.headers or {}).items()}, body, case.media_type or "",
    )  # fmt: skip


class Asking:
    """A town to ask about, three people who ask, and what came of it."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.asked = 0
        self.answers: Counter[int] = Counter()
        self.found: dict[tuple[str, ...], tuple[str, int]] = {}
        town = furnish()
        self.clients = {
            name: Client(raise_request_exception=False, SERVER_NAME="localhost") for name in PEOPLE
        }
        for name, client in self.clients.items():
            client.force_login(town.users[name], backend=make.BACKEND)
        self.ids = known_ids()
        self.all_ids = [pk for pks in self.ids.values() for pk in pks]

    def ask(self, wish: Wish) -> None:
        """Spoil a request, send it as somebody, keep a 5xx, and undo what it did."""
        who = self.dice.choice(PEOPLE)
        path, request = self.written(wish)
        with transaction.atomic():
            answer = self.clients[who].generic(wish.method, path, **request)
            transaction.set_rollback(True)
        self.asked += 1
        self.answers[answer.status_code // 100] += 1
        if answer.status_code >= 500:
            self.keep(wish, f"{who}: {wish.method} {path[:400]} {request['data'][:600]!r}", answer)

    def keep(self, wish: Wish, how: str, answer: Any) -> None:
        """Remember how to repeat a fault, once for each place it came from."""
        kind, error, trace = getattr(answer, "exc_info", None) or (None, None, None)
        ours = [frame for frame in traceback.extract_tb(trace) if "/fieldops/" in frame.filename]
        place = f"{ours[-1].filename.rpartition('/fieldops/')[2]}:{ours[-1].lineno}" if ours else "?"
        key = (wish.method, wish.path, place, getattr(kind, "__name__", "?"))
        line = f"{answer.status_code} {key[3]} at {place}: {str(error)[:160]} | {how}"
        first, count = self.found.get(key, (line, 0))
        self.found[key] = (first, count + 1)

    def written(self, wish: Wish) -> tuple[str, dict[str, Any]]:
        """Return path and parts of the request, spoilt."""
        path = wish.path
        for name, value in wish.places.items():
            path = path.replace(
                f"{{{name}}}",
                quote(self.text(self.spoilt(value, name, 0.9)), safe="", errors="surrogatepass"),
            )
        if wish.query:
            asked = {name: self.text(self.spoilt(value, name, 0.7)) for name, value in wish.query.items()}
            path += "?" + urlencode(asked, errors="surrogatepass")
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in wish.headers.items()}
        data, media = self.body(wish)
        return path, {"data": data, "content_type": media, **headers}

    def body(self, wish: Wish) -> tuple[bytes, str]:
        if wish.media == "application/json" and wish.body is not None:
            return json.dumps(self.spoilt(wish.body, "", 0.7), default=str).encode(), wish.media
        if isinstance(wish.body, bytes):
            return wish.body, wish.media
        if wish.body is None:
            return b"", wish.media or "application/json"
        return json.dumps(wish.body, default=str).encode(), wish.media

    def spoilt(self, value: Any, name: str, real: float) -> Any:
        """Return the value with ids of rows that are there (with the chance `real`), and hostile ones."""
        if isinstance(value, dict) and self.dice.random() > 0.03:
            return {key: self.spoilt(item, key, real) for key, item in value.items()}
        if isinstance(value, list) and self.dice.random() > 0.03:
            return [self.spoilt(item, name.rstrip("s"), real) for item in value]
        if self.dice.random() < 0.12:
            return self.dice.choice(HOSTILE)
        known = self.ids.get(name.removesuffix("_id"))
        if known or (isinstance(value, str) and ID.fullmatch(value)):
            return self.dice.choice(known or self.all_ids) if self.dice.random() < real else value
        return value

    @staticmethod
    def text(value: Any) -> str:
        return value if isinstance(value, str) else str(value)[:6000]


def furnish() -> make.Town:
    """Make a town at work: cases in every state, a roster, alarms."""
    town = make.town()
    make.case(town)
    make.at_bank(town, make.called(town, make.case(town)))
    make.conclude(town, make.arrived(town))
    make.accepted(town)
    make.offered(town, shift=town.bravo)
    make.closed(town, make.case(town))
    roster(town)
    raise_alarm(center_id=town.center.pk, kind="expired", key="made", at=now())
    return town


def known_ids() -> dict[str, list[str]]:
    """Return ids that are there, by what the contract calls them: case, team, follow_up, member …"""
    found: dict[str, list[str]] = {}
    for model in apps.get_models():
        if model.__module__.startswith("fieldops."):
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model.__name__).lower()
            found[name] = [str(pk) for pk in model._default_manager.values_list("pk", flat=True)[:20]]
    people = found["user"]
    found |= dict.fromkeys(("member", "people", "to", "giver", "taker", "add", "remove"), people)
    return {name: ids for name, ids in found.items() if ids}
