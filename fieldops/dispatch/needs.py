"""Which trainings a case asks of a crew, by its scam type, that type's family, and its level."""

from collections.abc import Iterable

from django.conf import settings


def needed_skills(scam_type: str, level: str) -> tuple[str, ...]:
    """Return the trainings this case asks for (`settings.SKILLS_NEEDED`), named as on the teams, in order."""
    keys = (scam_type, scam_type.split("-")[0], level)
    return tuple(dict.fromkeys(skill for key in keys for skill in settings.SKILLS_NEEDED.get(key, ())))


def missing_skills(needed: Iterable[str], has: Iterable[str], on_shift: Iterable[str]) -> tuple[str, ...]:
    """Return what a crew lacks of it; a skill nobody on shift has sets no crew apart."""
    apart = set(on_shift) - set(has)
    return tuple(skill for skill in needed if skill in apart)
