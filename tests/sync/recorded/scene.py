"""What the phones of a recording do: every command there is, by four members of three crews."""

import base64
import hashlib
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tests.engine.swarm import Swarm, is_settled, picture
from tests.servers import wait_until

CREWS = 3
# The chunk is 256 KiB: this one goes up in two, and packs small.
LARGE = base64.b64encode(base64.b64decode(picture(1)) + bytes(300 * 1024)).decode()
NO_PICTURE = b"this is not a picture"
AT = {"lng": 107.3901, "lat": 29.7012, "acc": 12}
REPORT = {
    "met": "person", "state_after": "aware", "effect": "dissuaded", "scam_type": "SD", "lost_fen": 0,
    "lost_basis": "none", "prevented_fen": 6_000_000, "prevented_basis": "balance_seen", "stopped_fen": 0,
    "stopped_basis": "none",
}  # fmt: skip


class Scene:
    """Plays it; `deeds` holds what the desk did, and when."""

    def __init__(
        self, phones: Swarm, desk: httpx.Client, world: dict[str, Any], knows: Callable[[str], bool]
    ) -> None:
        self.phones, self.desk, self.world, self.knows = phones, desk, world, knows
        self.deeds: list[dict[str, Any]] = []
        self.visits: list[dict[str, Any]] = []

    def play(self) -> None:
        """Have every command given once at least, and the counts compared."""
        first, mate = self.world["crews"][0]
        declines, called_off = self.world["crews"][1][0], self.world["crews"][2][0]
        for phone in (first, mate, declines, called_off):
            self.phones.make(phone, self.world)
            self.phones.until(phone, lambda state: state["known"], "did not start")
        self.go_on_duty(first)
        for crew in range(CREWS):
            self.offer(crew)
        self.take(first, mate)
        self.visit(first)
        self.in_a_lift(first)
        if self.knows("drop_photo"):
            self.drop_a_photo(first)
        self.end(first, mate)
        self.act(declines, 1, "decline", {"reason": "too_far", "words": "在城北"})
        self.act(called_off, 2, "accept")
        self.recall(2)
        self.until_drawn(called_off, 2, lambda row: row["stand_down"])
        self.act(called_off, 2, "confirm_stand_down")
        for phone in (first, mate):
            self.phones.ask(phone, "check")

    def go_on_duty(self, phone: str) -> None:
        subject = {"kind": "shift", "id": self.world["shifts"][0]}
        self.phones.ask(phone, "act", type="duty", subject=subject, args={"state": "standby", "heard": True})
        self.phones.until_settled(phone)

    def take(self, first: str, mate: str) -> None:
        self.stand(first)
        self.act(first, 0, "accept")
        self.act(mate, 0, "accept")
        for step in ("set_out", "arrive"):
            self.act(first, 0, step)

    def visit(self, phone: str) -> None:
        self.act(phone, 0, "say", {"id": "new", "canned": "at_the_door"})
        self.act(phone, 0, "say", {"id": "new", "text": "他在三号窗口排队"})
        self.act(phone, 0, "ask_call")
        self.act(phone, 0, "ask_stop", {"account_tail": "4471", "amount_fen": 6_000_000, "words": "工行"})
        self.act(phone, 0, "state", {"victim_state": "doubtful"})
        self.act(phone, 0, "note", {"id": "new", "text": "门口有两个人在等他"})
        account = {"id": "new", "kind": "account", "value": "6222 0000 1111 4471", "bank": "工行"}
        self.act(phone, 0, "indicator", account)
        self.act(phone, 0, "photo", {"id": "new", "caption": "转账单"}, LARGE)
        self.act(phone, 0, "check_in", {"safe": True})
        self.act(phone, 0, "help", {"on": True})
        self.act(phone, 0, "help", {"on": False})

    def in_a_lift(self, phone: str) -> None:
        """Two that wait without a network and go up together."""
        subject = {"kind": "case", "id": self.visits[0]["case_id"]}
        self.phones.ask(phone, "offline", on=True)
        for text in ("电梯里写的", "还在电梯里"):
            self.phones.ask(phone, "act", type="note", subject=subject, args={"id": "new", "text": text})
        self.phones.ask(phone, "offline", on=False)
        self.phones.until_settled(phone)

    def drop_a_photo(self, phone: str) -> None:
        """One the server will not take, given up."""
        self.act(phone, 0, "photo", {"id": "new", "caption": ""}, base64.b64encode(NO_PICTURE).decode())
        self.act(phone, 0, "drop_photo", {"sha256": hashlib.sha256(NO_PICTURE).hexdigest()})

    def end(self, first: str, mate: str) -> None:
        mine, his = ({"id": str(uuid.uuid4()), **REPORT} for _ in range(2))
        self.act(first, 0, "conclude", {"report": mine})
        self.act(first, 0, "correct", {"report": {**mine, "words": "他当场删了那个软件"}})
        self.act(mate, 0, "report", {"report": his})

    # --- how

    def act(self, phone: str, crew: int, kind: str, args: Any = None, photo: str = "") -> None:
        """Give a command, and wait until it is settled."""
        row = self.visits[crew]
        about_case = kind in ("note", "state", "indicator", "photo", "drop_photo")
        about = ("case", row["case_id"]) if about_case else ("assignment", row["id"])
        if kind in ("accept", "decline"):
            self.until_drawn(phone, crew, lambda seen: seen["status"] != "")
        more = {"photo": {"base64": photo, "case_id": row["case_id"]}} if photo else {}
        subject = dict(zip(("kind", "id"), about, strict=True))
        said = self.phones.ask(phone, "act", type=kind, subject=subject, args=args or {}, **more)
        self.phones.until(phone, is_settled, f"{kind} is not settled")
        found = next(one for one in self.phones.ask(phone, "commands") if one["cmd_id"] == said)
        assert found["outcome"] in ("applied", "flagged"), f"{kind}: {found}"

    def stand(self, phone: str) -> None:
        """Let the phone know where it is, where its driver can be told."""
        fix = {**AT, "fix_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())}
        try:
            self.phones.ask(phone, "stand", fix=fix)
        except RuntimeError:
            pass  # an older driver

    def until_drawn(self, phone: str, crew: int, holds: Callable[[dict[str, Any]], bool]) -> None:
        def drawn() -> bool:
            rows = self.phones.ask(phone, "visits")
            return any(row["id"] == self.visits[crew]["id"] and holds(row) for row in rows)

        wait_until(drawn, f"{phone} does not draw it")

    def offer(self, crew: int) -> None:
        began, case = time.time(), self.world["cases"][crew]
        body = {"team": self.world["teams"][crew], "reason": "nobody else is free"}
        answer = self.desk.post(f"/api/v1/cases/{case}/offer", json=body)
        assert answer.status_code == 201, answer.text
        self.visits.append(answer.json())
        made = {"crew": crew, "case": case, "assignment": answer.json()["id"]}
        self.deeds.append({"began": began, "desk": "offer", **made})

    def recall(self, crew: int) -> None:
        began, row = time.time(), self.visits[crew]["id"]
        answer = self.desk.post(f"/api/v1/assignments/{row}/recall", json={"reason": "he came by himself"})
        assert answer.status_code == 200, answer.text
        self.deeds.append({"began": began, "desk": "recall", "assignment": row})
