"""Real servers for tests: Fieldops itself, PostgreSQL, Redis, nginx; free ports, own folders, stopped by pid.

    with run_server() as server:
        httpx.get(f"{server.url}/healthz")

`run_server` uses a fresh SQLite file, or a fresh database beside the one DATABASE_URL names.
As a program: `python -m tests.servers postgres COMMAND…` runs a command with DATABASE_URL set.
"""

import atexit
import functools
import glob
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN_S = 120
STOP_WITHIN_S = 30
# What must not leak from the caller's shell into a server under test.
OURS = ("FIELDOPS_", "PORT", "REDIS_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")


@dataclass
class Server:
    """A running `manage.py serve`."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    env: dict[str, str]
    data_dir: Path
    log_file: Path
    _console: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    @property
    def log(self) -> str:
        """Everything it has printed."""
        return self.log_file.read_text(errors="replace")

    def manage(self, *args: str) -> str:
        """Run a management command on this server's database and return what it prints."""
        return manage(self.env, *args)

    def python(self, code: str) -> str:
        """Run code on this server's database and return what it prints; quick from the second time on."""
        if self._console is None:
            start = "from tests.console import listen; listen()"
            self._console = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "-v0", "-c", start],
                cwd=ROOT, env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        pipes = self._console
        assert pipes.stdin and pipes.stdout
        print(json.dumps(code), file=pipes.stdin, flush=True)
        said, wrong = json.loads(pipes.stdout.readline())
        if wrong:
            raise RuntimeError(f"{code}\n{said}{wrong}")
        return str(said)

    def close_console(self) -> None:
        """End the process `python` began."""
        if self._console and self._console.stdin and self._console.stdout:
            self._console.stdin.close()
            self._console.wait(STOP_WITHIN_S)
            self._console.stdout.close()
            self._console = None

    def rss_mb(self) -> float:
        """Return its resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return its exit code."""
        return stop(self.process, how)


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def manage(env: Mapping[str, str], *args: str) -> str:
    """Run `manage.py ARGS` with `env` and return its output; raises with the output when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *args], cwd=ROOT, env=env, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(args)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def run_server(
    env: Mapping[str, str] | None = None,
    *,
    args: tuple[str, ...] = (),
    prepare: Callable[[dict[str, str]], object] | None = None,
) -> Iterator[Server]:
    """Start Fieldops on a free port with a migrated, empty database of its own.

    `env` adds settings, `args` options of `serve`; `prepare(env)` fills the database before the start.
    """
    with ExitStack() as stack:
        data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fieldops-")))
        full = {**_clean_environment(), "FIELDOPS_DATA_DIR": str(data_dir), **(env or {})}
        if "DATABASE_URL" in full:
            template = _migrated_template(full["DATABASE_URL"])
            full["DATABASE_URL"] = stack.enter_context(
                fresh_postgres_database(full["DATABASE_URL"], template)
            )
        else:
            shutil.copytree(migrated_folder(), data_dir, dirs_exist_ok=True)
        if prepare:
            prepare(full)
        yield stack.enter_context(start_server(full, args=args))


@contextmanager
def start_server(env: dict[str, str], *, args: tuple[str, ...] = (), port: int = 0) -> Iterator[Server]:
    """Start one more process on the database of `env`, which must be migrated."""
    port = port or free_port()
    log_file = Path(env["FIELDOPS_DATA_DIR"]) / f"serve-{port}.log"
    command = [sys.executable, "manage.py", "serve", "--port", str(port), *args]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=log, stderr=log, preexec_fn=_hear_ctrl_c
        )
    scheme = "https" if "--lan" in args else "http"
    server = Server(
        f"{scheme}://localhost:{port}", port, process, dict(env), Path(env["FIELDOPS_DATA_DIR"]), log_file
    )
    try:
        wait_until(lambda: _answers(server), f"the server did not start:\n{server.log}")
        yield server
    finally:
        server.close_console()
        stop(process)


@contextmanager
def stranger(server: Server) -> Iterator[httpx.Client]:
    """Yield a browser that has a CSRF token and is not signed in."""
    ours = {"Origin": server.url, "Referer": f"{server.url}/"}
    with httpx.Client(base_url=server.url, headers=ours, verify=False, timeout=30) as client:
        client.get("/_allauth/browser/v1/auth/session")
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        yield client


@contextmanager
def sign_in(server: Server, username: str, password: str) -> Iterator[httpx.Client]:
    """Sign in as a browser does and yield the client, with its cookies and CSRF header set."""
    with stranger(server) as client:
        person = {"username": username, "password": password}
        answer = client.post("/_allauth/browser/v1/auth/login", json=person)
        if answer.status_code != 200:
            raise RuntimeError(f"{username} could not sign in: {answer.status_code} {answer.text[:300]}")
        # The token changes at sign-in.
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        yield client


def cookie_header(client: httpx.Client) -> str:
    """Return the client's cookies as one header, for a websocket."""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> int:
    """Stop one process that we started; kill it when it does not listen."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def wait_until(true: Callable[[], object], words: str, within_s: float = START_WITHIN_S) -> None:
    """Wait until `true()` is true; raises TimeoutError with `words`."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(words)
        time.sleep(0.05)


# --- PostgreSQL ---------------------------------------------------------------------------------------------


def postgres_bin() -> Path | None:
    """Return the folder of PostgreSQL's server programs, if installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), reverse=True)
    program = found[0] if found else shutil.which("postgres")
    return Path(program).parent if program else None


@contextmanager
def run_postgres(options: tuple[str, ...] = ()) -> Iterator[str]:
    """Start an own PostgreSQL in a temporary folder and yield its DATABASE_URL."""
    programs = postgres_bin()
    if programs is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="fieldops-pg-") as folder, ExitStack() as stack:
        user = unprivileged(folder)
        init = [programs / "initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*init, "--no-sync", "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, **user
        )
        quick = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]
        command = [
            programs / "postgres",
            "-D",
            f"{folder}/data",
            "-p",
            str(port),
            "-k",
            folder,
            *quick,
            *options,
        ]
        log = stack.enter_context(open(f"{folder}/log", "wb"))
        process = subprocess.Popen(command, stdout=log, stderr=log, **user)
        stack.callback(stop, process, signal.SIGINT)
        url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        wait_until(lambda: _connects(url), "PostgreSQL did not start")
        yield url


@contextmanager
def fresh_postgres_database(url: str, template: str = "template1") -> Iterator[str]:
    """Make a database on the server of `url`, empty or like `template`, yield its URL, drop it."""
    name = f"fieldops_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@functools.cache
def _migrated_template(url: str) -> str:
    """Migrate one PostgreSQL database a test process, to be copied for each server."""
    stack = ExitStack()
    template = stack.enter_context(fresh_postgres_database(url))
    atexit.register(_quietly, stack.close)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fieldops-migrated-"))
    environment = {**_clean_environment(), "FIELDOPS_DATA_DIR": folder, "DATABASE_URL": template}
    manage(environment, "migrate", "-v0")
    return urlsplit(template).path[1:]


def _quietly(close: Callable[[], None]) -> None:
    """The server of a template may be gone before this process is."""
    with suppress(psycopg.Error):
        close()


# --- Redis, nginx -------------------------------------------------------------------------------------------


@contextmanager
def run_redis(port: int = 0) -> Iterator[str]:
    """Start an own Redis that keeps nothing and yield its URL."""
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="fieldops-redis-") as folder:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: listens(port), "Redis did not start")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            stop(process)


@contextmanager
def run_nginx(site: str, port: int) -> Iterator[None]:
    """Start an own nginx serving `site` (the text of one or more server and upstream blocks) on `port`."""
    with tempfile.TemporaryDirectory(prefix="fieldops-nginx-") as folder:
        main = f"pid {folder}/pid; error_log {folder}/error.log; events {{}}\nhttp {{ access_log off;\n"
        temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{name}_temp_path {folder}/{name};\n" for name in temporary)
        (Path(folder) / "nginx.conf").write_text(f"{main}{paths}{site}\n}}\n")
        Path(folder).chmod(0o755)
        command = ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf", "-g", "daemon off;"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: listens(port), "nginx did not start", 10)
            yield
        finally:
            stop(process)


# --- Small things -------------------------------------------------------------------------------------------


def listens(port: int) -> bool:
    """Tell whether something accepts connections on `port`."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@functools.cache
def migrated_folder() -> Path:
    """Migrate one SQLite database a test process, to be copied for each server: migrating takes seconds."""
    folder = Path(tempfile.mkdtemp(prefix="fieldops-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    manage({**_clean_environment(), "FIELDOPS_DATA_DIR": str(folder)}, "migrate", "-v0")
    return folder


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def _answers(server: Server) -> bool:
    if server.process.poll() is not None:
        raise RuntimeError(f"the server ended at once:\n{server.log}")
    try:
        return httpx.get(f"{server.url}/healthz", verify=False, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _hear_ctrl_c() -> None:
    """A shell that starts us in the background has SIGINT ignored, and children would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def unprivileged(folder: str) -> dict[str, object]:
    """PostgreSQL refuses to run as root: give the folder and the process to its own user."""
    if os.geteuid() != 0:
        return {}
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": folder}


def main(what: str, *command: str) -> int:
    """Run `command` beside a PostgreSQL or a Redis of its own."""
    runner, variable = {"postgres": (run_postgres, "DATABASE_URL"), "redis": (run_redis, "REDIS_URL")}[what]
    with runner() as url:
        return subprocess.run(command, env={**os.environ, variable: url}).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
