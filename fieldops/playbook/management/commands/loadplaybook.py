"""Bring the shipped scam types and cards up to date; run after an upgrade."""

from typing import Any

from django.core.management.base import BaseCommand

from fieldops.lib.clock import now
from fieldops.playbook.actions import load_playbook


class Command(BaseCommand):
    help = "Load or renew the shipped scam types and cards; cards rewritten here stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_playbook(at=now())} changed")
