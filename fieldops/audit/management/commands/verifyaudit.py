"""`manage.py verifyaudit`: check the audit chain from its first row."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fieldops.audit.models import AuditSeal
from fieldops.audit.queries import broken_seals


class Command(BaseCommand):
    help = "Check the audit chain; exit 1 and name the first broken batch if it does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        for seal in broken_seals():
            raise CommandError(f"audit rows {seal.first_row}-{seal.last_row} were altered")
        self.stdout.write(f"audit chain holds: {AuditSeal.objects.count()} batches")
