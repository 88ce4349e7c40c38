"""What commands that work for one centre share."""

from argparse import ArgumentParser

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from fieldops.teams.models import Center


def add_center(parser: ArgumentParser) -> None:
    """Take the centre by its code."""
    parser.add_argument("--center", required=True, help="the centre's code")


def center_of(code: str) -> Center:
    """Return the centre. Raises CommandError where none has this code."""
    center = Center.objects.filter(code=code).first()
    if center is None:
        raise CommandError(_("There is no centre with the code %(code)s.") % {"code": code})
    return center
