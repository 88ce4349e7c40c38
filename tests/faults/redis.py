"""Two processes, Redis restarted under load: commands are not disturbed, sockets catch up from the table."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from websockets.sync.client import ClientConnection, connect

from tests.faults.oracle import findings
from tests.faults.phones import CSRF, FURNISH, Phone, read_phones
from tests.faults.storm import amid, wait_for
from tests.servers import free_port, manage, run_redis, run_server, start_server

CAUGHT_UP_S = 120


@dataclass
class Listener:
    """One phone's socket: which numbers came down, in their order."""

    phone: Phone
    seqs: list[int] = field(default_factory=list)
    cursor: int = 0

    def listen(self, socket: ClientConnection) -> None:
        try:
            for frame in socket:
                found = [event["seq"] for event in json.loads(frame).get("ev", [])]
                self.seqs += found
                if found:
                    socket.send(json.dumps({"ack": found[-1]}))
        except Exception as error:
            self.phone.wrong.append(f"the socket ended: {error}")


def part(url: str | None) -> list[str]:
    """Restart Redis in the storm. Only for the deployment with a database server."""
    if url is None:
        return []
    printed: list[str] = []
    port = free_port()
    with ExitStack() as stack:
        layer = stack.enter_context(ExitStack())
        redis_url = layer.enter_context(run_redis(port))
        env = {"DATABASE_URL": url, "REDIS_URL": redis_url}
        first = stack.enter_context(
            run_server(
                env,
                prepare=lambda env: printed.append(
                    manage(env, "shell", "-v0", "-c", FURNISH.format(crews=10))
                ),
            )
        )
        second = stack.enter_context(start_server(first.env))
        phones = read_phones(printed[0], first.url, 13)
        listener = Listener(phones[0])
        socket = stack.enter_context(opened(listener, second.ws_url, second.url))
        reader = threading.Thread(target=listener.listen, args=(socket,), daemon=True)
        reader.start()
        for phone in phones[1::2]:
            phone.url = second.url
        amid(phones, 0, lambda: None)
        amid(phones, 1, lambda: (layer.close(), layer.enter_context(run_redis(port))))
        amid(phones, 2, lambda: None)
        head = head_of(listener)
        wait_for(lambda: listener.seqs and listener.seqs[-1] >= head, CAUGHT_UP_S)
        wrong = findings(first.env, phones)
    # A timer may add to what was due when the head was asked for.
    heard = list(listener.seqs)
    wanted = list(range(listener.cursor + 1, max(head, *heard[-1:]) + 1))
    print(f"   {len(heard)} events on one socket across the restart, {len(wanted)} were due")
    return wrong + ([] if heard == wanted else [f"not as due: {heard} for {wanted}"])


@contextmanager
def opened(listener: Listener, ws_url: str, origin: str) -> Iterator[ClientConnection]:
    """Open the phone's socket after a snapshot, as the app does."""
    phone = listener.phone
    with phone.client() as client:
        seen = client.get("/api/v1/sync/snapshot", params={"device_id": phone.ids["device_id"]}).json()
    listener.cursor = seen["cursor"]
    cookie = f"sessionid={phone.ids['session']}; csrftoken={CSRF}"
    ids = {"device_id": phone.ids["device_id"], "epoch": phone.ids["epoch"]}
    with connect(f"{ws_url}/ws/sync", origin=origin, additional_headers={"Cookie": cookie}) as socket:  # type: ignore[arg-type]
        socket.send(json.dumps({"hello": {**ids, "gen": seen["gen"], "cursor": seen["cursor"]}}))
        yield socket


def head_of(listener: Listener) -> int:
    """Return the last number of the listener's feed."""
    with listener.phone.client() as client:
        seen = client.get("/api/v1/sync/snapshot").json()
    return int(seen["cursor"])
