"""A shift by machine: alerts at a chosen rate, phoned by desks, driven to by crews; then the books compared.

Everything goes through the public doors. *Lost* is what was acknowledged and is not there afterwards: an
alert without its case, a command without its effect, an event that never reached a phone.
"""

import asyncio
import datetime as dt
import random
import statistics
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import httpx

from fieldops.demo.actors import CityFeed, Desk, Phone
from fieldops.demo.alerts import invented
from fieldops.demo.session import Refused
from fieldops.lib.ids import new_id

DESKS = 3
TO_VISIT = 0.6  # of the calls, how many end with somebody convinced
WITH_PERSON_S = (0.2, 0.8)
OFFER_EVERY_S = 0.3
DRAIN_S = 60.0
REASON = "模拟:照派"


@dataclass(frozen=True)
class Plan:
    """What to drive, how hard, how long."""

    url: str
    rate: float  # alerts a minute
    minutes: float
    crews: tuple[str, ...]
    seed: int = 1


@dataclass
class Score:
    """What was done, and what went wrong."""

    sent: int = 0
    cases: set[str] = field(default_factory=set)
    offers: dict[str, float] = field(default_factory=dict)  # assignment → when *Send* was pressed
    delays_s: list[float] = field(default_factory=list)  # *Send* → on a phone
    concluded: set[str] = field(default_factory=set)
    closed: int = 0
    commands: int = 0
    errors: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float | None:
        """Return a percentile of the delays in milliseconds."""
        if not self.delays_s:
            return None
        ordered = sorted(self.delays_s)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def rows(self) -> list[tuple[str, str]]:
        """Return the table that is printed."""
        median = f"{1000 * statistics.median(self.delays_s):.0f} ms" if self.delays_s else "—"
        p95 = self.percentile(0.95)
        return [
            ("alerts sent", str(self.sent)),
            ("cases", str(len(self.cases))),
            ("offers", str(len(self.offers))),
            ("offer → phone, p50", median),
            ("offer → phone, p95", f"{p95:.0f} ms" if p95 is not None else "—"),
            ("commands answered", str(self.commands)),
            ("visits concluded", str(len(self.concluded))),
            ("cases closed", str(self.closed)),
            ("errors", str(len(self.errors))),
            ("lost", str(len(self.lost))),
        ]


class Simulation:
    """One run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.score = Score()
        self.rng = random.Random(plan.seed)
        self.feed = CityFeed(plan.url)
        self.desks = [Desk(plan.url) for _ in range(DESKS)]
        self.phones = [Phone(plan.url, f"{crew}{n}") for crew in plan.crews for n in (1, 2)]
        self.inbox: asyncio.Queue[str] = asyncio.Queue()
        self.to_visit: asyncio.Queue[str] = asyncio.Queue()
        self.under_way = 0

    async def run(self) -> Score:
        """Drive the plan, let what is under way end, and compare the books."""
        try:
            await self._sign_in()
            works = [self._desk(desk) for desk in self.desks] + [self._crew(phone) for phone in self.phones]
            tasks = [asyncio.create_task(work) for work in [*works, self._dispatch()]]
            await self._send_alerts()
            await self._drain()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._compare()
        finally:
            await self.feed.close()
            await asyncio.gather(*(desk.close() for desk in self.desks))
            await asyncio.gather(*(phone.close() for phone in self.phones))
        return self.score

    async def _sign_in(self) -> None:
        await asyncio.gather(*(desk.sign_in() for desk in self.desks))
        await asyncio.gather(*(phone.sign_in() for phone in self.phones))
        for phone in self.phones:
            await phone.go_on_duty()
        self.teams = {phone.crew["team"]["id"] for phone in self.phones if phone.crew}

    async def _send_alerts(self) -> None:
        """Send at the plan's rate; an alert that is slow to be taken does not slow the next."""
        ends = time.monotonic() + 60 * self.plan.minutes
        sending: set[asyncio.Task[None]] = set()
        while time.monotonic() < ends:
            sending.add(asyncio.create_task(self._send_one(invented(self.rng, at=dt.datetime.now(dt.UTC)))))
            await asyncio.sleep(self.rng.expovariate(self.plan.rate / 60))
        await asyncio.gather(*sending)

    async def _send_one(self, body: dict[str, Any]) -> None:
        self.score.sent += 1
        taken = await self._try(self.feed.send(body))
        if taken and taken["case"]:
            self.score.cases.add(taken["case"]["id"])
            self.under_way += 1
            self.inbox.put_nowait(taken["case"]["id"])
        elif taken:
            self.score.lost.append(f"alert {body['external_id']}: no case")

    async def _desk(self, desk: Desk) -> None:
        """Phone one person after the other: some see it at once, some must be driven to."""
        while True:
            case_id = await self.inbox.get()
            convinced = self.rng.random() < TO_VISIT
            state = "convinced" if convinced else "aware"
            if await self._try(desk.call(case_id, state=state)) is None:
                self.under_way -= 1
            elif convinced:
                self.to_visit.put_nowait(case_id)
            else:
                await self._close(desk, case_id)

    async def _close(self, desk: Desk, case_id: str) -> None:
        closed = await self._try(desk.close_case(case_id))
        self.score.closed += closed is not None
        self.under_way -= 1

    async def _dispatch(self) -> None:
        """Send the best crew that is free, in the order the cases came."""
        desk = self.desks[0]
        while True:
            case_id = await self.to_visit.get()
            await self._try(desk.whereabouts(case_id, text="银行大厅", lng=107.3985, lat=29.7135))
            while not await self._offer(desk, case_id):
                await asyncio.sleep(OFFER_EVERY_S)

    async def _offer(self, desk: Desk, case_id: str) -> bool:
        """Offer to the best free crew; True once that is settled."""
        crews = await self._try(desk.recommendation(case_id)) or []
        ours = [crew for crew in crews if crew["team"]["id"] in self.teams and crew["verdict"] != "block"]
        if not ours:
            return False
        assignment_id = str(new_id())
        self.score.offers[assignment_id] = time.perf_counter()
        try:
            await desk.offer(case_id, ours[0]["team"]["id"], id=assignment_id, reason=REASON)
        except Refused as refusal:
            # Another case took this crew in between: that is the gate at work, not an error.
            del self.score.offers[assignment_id]
            if refusal.status != 409:
                self.score.errors.append(str(refusal))
            return False
        return True

    async def _crew(self, phone: Phone) -> None:
        """Answer every offer; the first of the crew drives and reports, the second goes too."""
        leads = phone.username.endswith("1")
        while True:
            offer = await phone.wait_for("assignment.offered", within_s=3600)
            subject = offer["subject"]
            pressed = self.score.offers.get(subject["id"])
            if pressed is not None:
                self.score.delays_s.append(phone.received_at[offer["seq"]] - pressed)
            await self._command(phone, "accept", subject)
            if leads:
                await self._visit(phone, offer)

    async def _visit(self, phone: Phone, offer: dict[str, Any]) -> None:
        subject, rng = offer["subject"], self.rng
        await self._command(phone, "set_out", subject)
        await asyncio.sleep(rng.uniform(*WITH_PERSON_S))
        await self._command(phone, "arrive", subject, pos=(107.3985, 29.7135))
        await asyncio.sleep(rng.uniform(*WITH_PERSON_S))
        done = await self._command(phone, "conclude", subject, report(offer["body"]))
        if done and done["outcome"] == "applied":
            self.score.concluded.add(subject["id"])
            await self._close(self.desks[-1], offer["body"]["case_id"])
        else:
            self.score.errors.append(f"conclude {subject['id']}: {done}")
            self.under_way -= 1

    async def _command(
        self,
        phone: Phone,
        kind: str,
        subject: dict[str, str],
        args: dict[str, Any] | None = None,
        pos: tuple[float, float] | None = None,
    ) -> dict[str, Any] | None:
        result = await self._try(phone.command(kind, subject, args, pos=pos))
        self.score.commands += result is not None
        if result and result["outcome"] in ("dead_letter", "deferred"):
            self.score.lost.append(f"{kind} {subject['id']}: {result}")
        return result

    async def _drain(self) -> None:
        """Wait until nothing is under way, or long enough."""
        deadline = time.monotonic() + DRAIN_S
        while self.under_way and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        if self.under_way:
            self.score.errors.append(f"{self.under_way} cases were still under way after {DRAIN_S:.0f} s")
        # The last events are on their way down.
        await asyncio.sleep(0.5)

    async def _compare(self) -> None:
        """Ask the server for everything it acknowledged."""
        desk = self.desks[0]
        for case_id in self.score.cases:
            if await self._try(desk.case(case_id)) is None:
                self.score.lost.append(f"case {case_id} is not there")
        for phone in self.phones:
            if missed := await phone.missed() + phone.gaps:
                self.score.lost.append(f"{phone.username}: {missed} events never came")
        heard = {
            key[1]: row for phone in self.phones for key, row in phone.base.items() if key[0] == "assignment"
        }
        for assignment_id in self.score.offers:
            if assignment_id not in heard:
                self.score.lost.append(f"offer {assignment_id} reached no phone")
        for assignment_id in self.score.concluded:
            if heard.get(assignment_id, {}).get("status") != "concluded":
                self.score.lost.append(f"conclusion of {assignment_id} has no effect")

    async def _try(self, work: Awaitable[Any]) -> Any:
        """Return the answer, or None after counting what went wrong."""
        try:
            return await work
        except (Refused, httpx.TransportError, TimeoutError) as error:
            self.score.errors.append(f"{type(error).__name__}: {error}")
            return None


def report(told: dict[str, Any]) -> dict[str, Any]:
    """Return a complete report of a visit that went well."""
    risk = told["amount_at_risk_fen"] or 0
    return {
        "report": {
            "id": str(new_id()),
            "met": "person",
            "state_after": "aware",
            "effect": "dissuaded",
            "scam_type": told["scam_type"] or "QT",
            "lost_fen": 0,
            "lost_basis": "none",
            "prevented_fen": risk,
            "prevented_basis": "balance_seen" if risk else "none",
            "stopped_fen": 0,
            "stopped_basis": "none",
        }
    }
