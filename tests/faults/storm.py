"""kill -9 of the server in a storm of twenty phones' commands: 0 lost, 0 doubled."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from tests.faults.databases import env_of, rounds
from tests.faults.oracle import findings
from tests.faults.phones import FURNISH, Phone, read_phones
from tests.servers import Server, manage, run_server, start_server

CREWS = 10
Found = TypeVar("Found")


def part(url: str | None) -> list[str]:
    """Twenty rounds on one database."""
    return storm(url, rounds())


def storm(url: str | None, count: int, *, lines: int = 2, seed: int | None = None) -> list[str]:
    """Run `count` rounds: all phones send at once, the server is killed in the middle and started again."""
    seed = random.randrange(10**6) if seed is None else seed
    printed: list[str] = []

    def prepare(env: dict[str, str]) -> None:
        printed.append(manage(env, "shell", "-v0", "-c", FURNISH.format(crews=CREWS)))

    with run_server(env_of(url), prepare=prepare) as server, ExitStack() as stack:
        phones = read_phones(printed[0], server.url, seed)
        dice = random.Random(seed)
        for number in range(count):
            server = one_round(server, phones, number, lines, dice, stack)
        for phone in phones:
            phone.say_again()
        wrong = findings(server.env, phones)
    saved = sum(len(phone.disk) for phone in phones)
    lost = sum(saved.answer is None for phone in phones for saved in phone.disk)
    print(
        f"   {count} kills among {len(phones)} phones, {saved} commands, seed {seed}: "
        f"{lost} unanswered, {len(wrong)} findings: "
        + ("0 lost, 0 doubled" if not wrong else "; ".join(wrong[:5]))
    )
    return wrong


def one_round(
    server: Server, phones: list[Phone], number: int, lines: int, dice: random.Random, stack: ExitStack
) -> Server:
    """All phones save and send; kill the server once some of it is answered; start it; wait for the rest."""

    def kill() -> Server:
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait()
        return stack.enter_context(start_server(server.env, port=server.port))

    return amid(phones, number, kill, lines=lines, share=dice.uniform(0.1, 0.6))


def amid(
    phones: list[Phone], number: int, fault: Callable[[], Found], *, lines: int = 2, share: float = 0.2
) -> Found:
    """All phones save and send; once a share of it is answered comes the fault; wait for the rest."""
    for phone in phones:
        phone.work(number, lines)
    stop = threading.Event()
    threads = [threading.Thread(target=phone.drain, args=(stop,), daemon=True) for phone in phones]
    before = settled(phones)
    due = sum(len(phone.disk) for phone in phones) - before
    for thread in threads:
        thread.start()
    wait_for(lambda: settled(phones) - before >= due * share)
    found = fault()
    for thread in threads:
        thread.join()
    return found


def settled(phones: list[Phone]) -> int:
    """Return how many commands have their answer."""
    return sum(phone.settled for phone in phones)


def wait_for(true: Callable[[], object], within_s: float = 120) -> None:
    """Wait closely: the kill must fall into the storm."""
    deadline = time.monotonic() + within_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.005)
