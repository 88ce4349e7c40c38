"""The hub gives every socket every event once, in order, however they come and go."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from fieldops.feed import hub as hub_module
from fieldops.feed.hub import READ_LIMIT, Hub


class Table:
    """The feed as the hub reads it, with the limit the real one has."""

    def __init__(self):
        self.heads = {}
        self.reads = 0
        self.hold = None

    def add(self, recipient, count=1):
        self.heads[recipient] = self.heads.get(recipient, 0) + count

    def read(self, cursors):
        self.reads += 1
        rows = [
            (name, seq, json.dumps({"seq": seq}))
            for name in sorted(cursors)
            for seq in range(cursors[name] + 1, self.heads.get(name, 0) + 1)
        ][:READ_LIMIT]
        if self.hold:
            self.hold.wait(5)
        return rows

    def committed(self, recipient, count=1):
        """Add rows and return them as the change that wrote them has them."""
        first = self.heads.get(recipient, 0) + 1
        self.add(recipient, count)
        return [SimpleNamespace(recipient=recipient, seq=seq) for seq in range(first, first + count)]

    def heads_of(self, names):
        return {name: self.heads.get(name, 0) for name in names}


def texts_of(rows):
    return [(row.recipient, row.seq, json.dumps({"seq": row.seq})) for row in rows]


class Socket:
    """A socket that keeps what it is written."""

    def __init__(self, recipient, cursor=0):
        self.recipient, self.cursor = recipient, cursor
        self.user_id = self.session_key = self.standing = recipient
        self.full, self.ended = False, False
        self.seqs, self.frames = [], []

    def room(self):
        return not self.full

    async def push(self, text, seq, size):
        self.cursor = seq
        self.seqs += [event["seq"] for event in json.loads(text)["ev"]]

    async def frame(self, text):
        self.frames.append(text)

    async def end(self):
        self.ended = True


@pytest.fixture
async def table():
    return Table()


@pytest.fixture
async def hub(table, monkeypatch):
    monkeypatch.setattr(hub_module, "SWEEP_S", 0.05)
    gone = {("user:gone", "user:gone", "user:gone")}
    made = Hub(table.read, table.heads_of, lambda sessions: gone & sessions, texts_of)
    made.start(asyncio.get_running_loop())
    yield made
    made.stop()


async def until(holds):
    """Wait until something holds."""
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come")


async def test_it_brings_a_new_socket_up_to_date(hub, table):
    table.add("user:a", 3)
    socket = Socket("user:a", cursor=1)

    hub.join(socket)

    await until(lambda: socket.seqs == [2, 3])


async def test_it_gives_each_socket_what_it_lacks(hub, table):
    table.add("user:a", 3)
    old, new = Socket("user:a", cursor=0), Socket("user:a", cursor=2)
    hub.join(old)
    hub.join(new)

    await until(lambda: old.seqs == [1, 2, 3] and new.seqs == [3])


async def test_it_wakes_many_with_one_read(hub, table):
    sockets = [Socket(f"user:{number}") for number in range(50)]
    for socket in sockets:
        hub.join(socket)
        table.add(socket.recipient)
    await asyncio.sleep(0)
    before = table.reads

    hub.nudge(socket.recipient for socket in sockets)

    await until(lambda: all(socket.seqs == [1] for socket in sockets))
    assert table.reads - before <= 2


async def test_it_writes_what_was_committed_here_without_reading_it_again(hub, table):
    socket, other = Socket("user:a"), Socket("user:b")
    hub.join(socket)
    hub.join(other)
    await until(lambda: table.reads and not hub._draining)
    before = table.reads

    hub.hand_over([*table.committed("user:a", 2), *table.committed("user:nobody")])
    await until(lambda: socket.seqs == [1, 2])
    await hub._hear({"type": "feed.wake", "heads": {"user:a": 2}})

    assert table.reads == before
    assert other.seqs == []


async def test_a_change_announced_before_an_earlier_one_skips_nothing(hub, table):
    """Two threads commit one after the other and announce the other way round."""
    socket = Socket("user:a")
    hub.join(socket)
    await until(lambda: table.reads and not hub._draining)
    first, second = table.committed("user:a"), table.committed("user:a")

    hub.hand_over(second)
    await hub._hear({"type": "feed.wake", "heads": {"user:a": 2}})
    hub.hand_over(first)

    await until(lambda: socket.seqs == [1, 2])
    await asyncio.sleep(0.02)
    assert socket.seqs == [1, 2]


async def test_a_lost_wake_costs_a_sweep(hub, table):
    socket = Socket("user:a")
    hub.join(socket)
    await asyncio.sleep(0.02)

    table.add("user:a")

    await until(lambda: socket.seqs == [1])


async def test_a_socket_far_behind_does_not_hold_up_the_others(hub, table):
    table.add("desk:x", 3 * READ_LIMIT)
    level, behind = Socket("desk:x", cursor=3 * READ_LIMIT), Socket("desk:x", cursor=0)
    hub.join(level)
    hub.join(behind)
    table.add("desk:x")

    hub.nudge(["desk:x"])

    await until(lambda: level.seqs == [3 * READ_LIMIT + 1])
    await until(lambda: behind.seqs == list(range(1, 3 * READ_LIMIT + 2)))


async def test_a_stalled_socket_does_not_hold_up_the_others(hub, table):
    stalled, lively = Socket("desk:x"), Socket("desk:x")
    stalled.full = True
    hub.join(stalled)
    hub.join(lively)
    table.add("desk:x", 2)

    hub.nudge(["desk:x"])
    await until(lambda: lively.seqs == [1, 2])
    stalled.full = False
    hub.nudge(["desk:x"])

    await until(lambda: stalled.seqs == [1, 2])


@pytest.mark.parametrize("late", ["joins", "gets room"])
async def test_a_socket_that_comes_during_a_read_skips_nothing(hub, table, late):
    """The read began at the others' cursor; what lies before it is not in it."""
    import threading

    table.add("user:a", 10)
    level, behind = Socket("user:a", cursor=10), Socket("user:a", cursor=4)
    hub.join(level)
    if late == "gets room":
        behind.full = True
        hub.join(behind)
    await until(lambda: not hub._draining)
    table.hold = threading.Event()
    table.add("user:a")
    hub.nudge(["user:a"])
    await asyncio.sleep(0.02)

    behind.full = False
    if late == "joins":
        hub.join(behind)
    table.hold.set()

    await until(lambda: level.seqs == [11])
    await until(lambda: behind.seqs == list(range(5, 12)))


async def test_it_ends_the_sockets_of_a_session_that_is_over(hub, table):
    gone, here = Socket("user:gone"), Socket("user:a")
    hub.join(gone)
    hub.join(here)

    await until(lambda: gone.ended)

    assert hub.sockets_of("user:gone") == set()
    assert not here.ended


async def test_it_sends_a_frame_outside_the_feed(hub):
    mine, other = Socket("desk:x"), Socket("desk:y")
    hub.join(mine)
    hub.join(other)

    await hub.broadcast("desk:x", "a position")

    assert (mine.frames, other.frames) == (["a position"], [])


async def test_it_reads_on_after_a_read_that_failed(hub, table, monkeypatch):
    socket = Socket("user:a")
    real = hub._read

    def broken(cursors):
        hub._read = real
        raise OSError("the database is restarting")

    hub._read = broken
    table.add("user:a")
    hub.join(socket)

    await until(lambda: socket.seqs == [1])
