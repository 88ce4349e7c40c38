"""Phones and desks on real sockets, without a screen: they read, acknowledge, and answer when told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from fieldops.lib.ids import new_id
from tests import make
from tests.servers import Server, cookie_header, sign_in, wait_until


class Line:
    """A socket that is read from now on; `events` holds what it brought, in order."""

    def __init__(self, socket: ClientConnection, hello: dict[str, Any]) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        socket.send(json.dumps({"hello": hello}))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for text in self.socket:
                events = json.loads(text).get("ev", [])
                if events:
                    self.socket.send(json.dumps({"ack": events[-1]["seq"]}))
                    self.events += events
        except ConnectionClosed:
            pass

    def bodies(self, event: str, /, **holds: Any) -> list[dict[str, Any]]:
        """Return the bodies heard of this kind that have these values."""
        found = [row["body"] for row in list(self.events) if row["kind"] == event]
        return [body for body in found if all(body.get(key) == holds[key] for key in holds)]

    def heard(self, event: str, /, within_s: float = 60, **holds: Any) -> dict[str, Any]:
        """Wait for an event of this kind whose body has these values; return its body."""
        wait_until(lambda: self.bodies(event, **holds), f"never heard {event} {holds}", within_s)
        return self.bodies(event, **holds)[-1]


@contextmanager
def opened(server: Server, http: httpx.Client, path: str, hello: dict[str, Any]) -> Iterator[Line]:
    """Open a socket by this client's session."""
    cookies = {"Cookie": cookie_header(http)}
    with connect(f"{server.ws_url}{path}", origin=server.url, additional_headers=cookies) as socket:  # type: ignore[arg-type]
        yield Line(socket, hello)


class LinkedPhone:
    """A member's phone: signed in, registered, on its socket unless it is off."""

    def __init__(self, http: httpx.Client, who: str) -> None:
        self.http, self.who = http, who
        self.own = {"device_id": str(new_id()), "epoch": str(new_id())}
        self.seq = 0
        self.line: Line | None = None
        self.post("sync/devices", {**self.own, "name": who, "app": "test", "schema": 1})
        self.beat()

    def beat(self) -> None:
        """Say that it is there and can ring."""
        self.post("sync/heartbeat", {**self.own, "pending": 0, "can_ring": True, "ring_problem": None})

    def heard(self, event: str, /, within_s: float = 60, **holds: Any) -> dict[str, Any]:
        """Wait for an event of this kind; return its body."""
        assert self.line
        return self.line.heard(event, within_s, **holds)

    def show(self, *ids: str) -> None:
        """Put these on the screen."""
        assert self.line
        self.line.socket.send(json.dumps({"seen": list(ids)}))

    def command(self, kind: str, assignment_id: str, args: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send one command and return its result."""
        self.seq += 1
        command = make.envelope(kind, ("assignment", assignment_id), args, seq=self.seq)
        body = {**self.own, "cursor": 0, "seen": [], "commands": [make.sent(command)]}
        result: dict[str, Any] = self.post("sync/commands", body)["results"][0]
        return result

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.http.post(f"/api/v1/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


@contextmanager
def linked(server: Server, who: str, *, listens: bool = True) -> Iterator[LinkedPhone]:
    """Sign a member in and yield his phone, on its socket."""
    with sign_in(server, who, make.PASSWORD) as http, ExitStack() as stack:
        phone = LinkedPhone(http, who)
        if listens:
            snapshot = http.get("/api/v1/sync/snapshot").json()
            hello = {**phone.own, "gen": snapshot["gen"], "cursor": snapshot["cursor"]}
            phone.line = stack.enter_context(opened(server, http, "/ws/sync", hello))
        yield phone


class LinkedDesk:
    """A desk: its API, and what its socket brought."""

    def __init__(self, http: httpx.Client, line: Line) -> None:
        self.http, self.line = http, line

    def snapshot(self) -> Any:
        return self.http.get("/api/v1/desk/snapshot").json()

    def alarm(self, kind: str, within_s: float = 60, **holds: Any) -> dict[str, Any]:
        """Wait until an alarm of this kind rings; return it."""
        return self.line.heard("alarm.raised", within_s, kind=kind, **holds)

    def assignment(self, assignment_id: str) -> dict[str, Any]:
        """Return a live assignment as the desk sees it now."""
        rows = self.snapshot()["assignments"]
        row: dict[str, Any] = next(row for row in rows if row["id"] == assignment_id)
        return row

    def timeline(self, case_id: str) -> list[str]:
        """Return the codes of the lines of a case, as they came."""
        lines = [event["line"] for event in self.line.events if event.get("line")]
        return list({line["id"]: line["code"] for line in lines if line["case_id"] == case_id}.values())

    def offer(self, case_id: str, team: str, **more: Any) -> httpx.Response:
        body = {"team": team, "reason": "nobody else", **more}
        return self.http.post(f"/api/v1/cases/{case_id}/offer", json=body)


@contextmanager
def linked_desk(server: Server, who: str) -> Iterator[LinkedDesk]:
    """Sign somebody in at a desk, on its socket."""
    with sign_in(server, who, make.PASSWORD) as http:
        snapshot = http.get("/api/v1/desk/snapshot").json()
        hello = {"gen": snapshot["gen"], "cursor": snapshot["cursor"]}
        with opened(server, http, "/ws/desk", hello) as line:
            yield LinkedDesk(http, line)


def receipts(row: dict[str, Any]) -> dict[str, tuple[bool, bool, str | None]]:
    """Return by name what is known of each member: delivered, seen, answer."""
    return {
        one["name"]: (bool(one["delivered_at"]), bool(one["seen_at"]), one["answer"])
        for one in row["members"]
    }
