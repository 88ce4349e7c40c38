"""PostgreSQL shut down at once (SIGQUIT) under load and started again: 0 lost, and an answer within 10 s."""

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.faults.databases import rounds
from tests.faults.oracle import findings
from tests.faults.phones import FURNISH, Phone, read_phones
from tests.faults.storm import amid, settled, wait_for
from tests.servers import free_port, manage, postgres_bin, run_server, stop, unprivileged, wait_until

BACK_WITHIN_S = 10
# Under a crowd of test processes the same recovery takes longer than on a server of its own.
SLACK = 3


class Cluster:
    """A PostgreSQL that can be shut down at once and started again on the same data."""

    def __init__(self, folder: str) -> None:
        found = postgres_bin()
        assert found
        self.programs, self.folder, self.port = found, folder, free_port()
        self.user = unprivileged(folder)
        init = [found / "initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        quiet = {"stdout": subprocess.DEVNULL, **self.user}
        subprocess.run([*init, "--locale=C.UTF-8"], check=True, **quiet)
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.start()

    def start(self) -> None:
        command = [self.programs / "postgres", "-D", f"{self.folder}/data", "-p", str(self.port)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **self.user}
        self.process = subprocess.Popen([*command, "-k", self.folder, "-c", "max_connections=100"], **quiet)
        ready = [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        wait_until(lambda: subprocess.run(ready).returncode == 0, "PostgreSQL did not start")

    def break_off(self) -> None:
        """Shut down at once: every connection is dropped, recovery at the next start."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL of our own."""
    with tempfile.TemporaryDirectory(prefix="fieldops-pg-") as folder, ExitStack() as stack:
        found = Cluster(folder)
        stack.callback(lambda: stop(found.process, signal.SIGINT))
        yield found


def part(url: str | None) -> list[str]:
    """Break it off in each round's storm. Only where PostgreSQL is."""
    if url is None:
        return []
    printed: list[str] = []
    with (
        cluster() as database,
        run_server(
            {"DATABASE_URL": database.url},
            prepare=lambda env: printed.append(manage(env, "shell", "-v0", "-c", FURNISH.format(crews=10))),
        ) as server,
    ):
        phones = read_phones(printed[0], server.url, 7)
        times = [one_round(database, phones, number) for number in range(max(1, rounds() // 4))]
        for phone in phones:
            phone.say_again()
        wrong = findings(server.env, phones)
        alive = server.process.poll() is None
    print(f"   {len(times)} immediate restarts, first answer after {', '.join(f'{t:.1f}' for t in times)} s")
    wrong += [] if alive else ["the server died with its database"]
    return wrong + [f"answers only after {t:.1f} s" for t in times if t > BACK_WITHIN_S * SLACK]


def one_round(database: Cluster, phones: list[Phone], number: int) -> float:
    """Storm, break off, start again; return the seconds from *accepting connections* to the first answer."""

    def break_off() -> float:
        database.break_off()
        time.sleep(1)
        database.start()
        back, answered = time.monotonic(), settled(phones)
        wait_for(lambda: settled(phones) > answered)
        return time.monotonic() - back

    return amid(phones, number, break_off)
