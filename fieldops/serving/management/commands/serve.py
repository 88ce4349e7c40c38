"""Run Fieldops: requests, sockets and timers in one process."""

import ipaddress
import signal
import sys
from argparse import ArgumentParser
from typing import Any

from daphne.access import AccessLogGenerator
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from fieldops.feed import hub
from fieldops.feed.restored import renew_if_restored
from fieldops.feed.stream import start_hub
from fieldops.lib.clock import now
from fieldops.lib.hostclock import ClockLoop, keep_time
from fieldops.serving.lan import Lan, escape
from fieldops.serving.server import Server
from fieldops.serving.watchdog import KeptAlive
from fieldops.teams.actions import WrongInstallation, open_installation
from fieldops.teams.queries import ended_sessions
from fieldops.timers.loop import TimerLoop


class Command(BaseCommand):
    """`manage.py serve`."""

    help = "Run Fieldops: requests, sockets and timers in one process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--bind", default="", help="address to listen on")
        parser.add_argument("--lan", action="store_true", help="TLS by a local authority, for phones")
        parser.add_argument("--trust-port", type=int, default=0, help="where --lan hands out its certificate")
        parser.add_argument("--no-timers", action="store_true", help="leave the timers to `runtimers`")
        parser.add_argument("--prepare", action="store_true", help="migrate first; in demo mode seed, too")
        parser.add_argument("--access-log", action="store_true", help="write a line a request to stderr")

    def handle(self, *args: Any, **options: Any) -> None:
        port, bind = options["port"], options["bind"] or ("0.0.0.0" if options["lan"] else settings.BIND)
        refuse_open_demo(bind, lan=options["lan"])
        if options["prepare"]:
            prepare()
        refuse_unmigrated()
        keep_time()
        open_checked()

        lan = Lan(port=port, trust_port=options["trust_port"] or port + 1) if options["lan"] else None
        # WhiteNoise warns of a folder that is not there; it holds files only where `collectstatic` was run.
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        endpoint = lan.endpoint(bind) if lan else f"tcp:{port}:interface={escape(bind)}"
        log = AccessLogGenerator(sys.stderr) if options["access_log"] else None
        server = Server(import_string(settings.ASGI_APPLICATION), [endpoint], action_logger=log)
        if lan:
            server.listen_plainly(lan.trust_site(), lan.trust_port, bind)
        threads: list[KeptAlive] = []

        def started() -> None:
            start_hub(server.loop, ended=ended_sessions)
            if connection.vendor == "postgresql":
                threads.append(KeptAlive("clock", ClockLoop))
            if not options["no_timers"]:
                threads.append(KeptAlive("timers", TimerLoop))
            self.announce(server, lan)

        server.on_start.append(started)
        server.on_stop.append(hub.stop)
        server.run()

        # The end has begun; a second Ctrl-C would only tear it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for kept in threads:
            kept.stop()
        import_string(settings.ASGI_APPLICATION).application_mapping["http"].close()
        connections.close_all()
        if server.failure:
            words = _("Cannot listen: %(why)s. PORT=… chooses another port.")
            raise CommandError(words % {"why": server.failure})

    def announce(self, server: Server, lan: Lan | None) -> None:
        """Say where to go."""
        host, port = server.listening_addresses[0][:2]
        name = host if host not in ("127.0.0.1", "::1", "0.0.0.0") else "localhost"
        url = f"{'https' if lan else 'http'}://{name}:{port}"
        self.stdout.write(_("Fieldops answers at %(url)s") % {"url": url})
        if lan:
            self.stdout.write(lan.steps())
        if settings.DEMO and lan:
            warning = _(
                "Anyone on this network can sign in with the demo's public passwords. Enter no real data."
            )
            self.stdout.write(self.style.WARNING(warning))
        if settings.DEMO:
            self.stdout.write(import_string(settings.DEMO_GREETING)(url))
        self.stdout.write(_("Ctrl-C stops it."))
        self.stdout.flush()


def refuse_open_demo(bind: str, *, lan: bool) -> None:
    """The demo's passwords are public: it leaves this machine only when `--lan` asks for it by name."""
    if settings.DEMO and not lan and not ipaddress.ip_address(bind).is_loopback:
        raise CommandError(_("The demo listens on this machine only; its passwords are public."))


def prepare() -> None:
    """Bring the database up to date; in one process, because each start of Django costs seconds."""
    call_command("migrate", verbosity=0)
    if settings.DEMO:
        call_command("seeddemo")


def refuse_unmigrated() -> None:
    """A missing table would show as an error on every page; say it once instead."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise CommandError(_("The database is not up to date; run `manage.py migrate` first."))


def open_checked() -> None:
    """Refuse other keys than the database was made with, and a demo database outside demo mode."""
    try:
        open_installation(at=now())
        renew_if_restored(at=now())
    except WrongInstallation as error:
        raise CommandError(str(error)) from error
    finally:
        connection.close()
