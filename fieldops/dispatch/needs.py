"""Which skills a case asks for, by its scam type and level. Pure.

Starting values (assumed; a centre names its own skills on its teams). A team without any skill named is left out
of nothing: only a skill that somebody on shift has sets the others apart.
"""

from collections.abc import Iterable

# By scam type or level: codes of skills, as they stand on the teams.
NEEDED: dict[str, tuple[str, ...]] = {
    "GJF": ("uniform",),  # who believes a false policeman opens to a true one
    "LC": ("investment",),
    "JY": ("counselling",),
    "critical": ("counselling",),
}


def needed_skills(scam_type: str, level: str) -> tuple[str, ...]:
    """Return the codes of the skills this case asks for, in order."""
    return tuple(dict.fromkeys((*NEEDED.get(scam_type, ()), *NEEDED.get(level, ()))))


def missing_skills(needed: Iterable[str], has: Iterable[str], on_shift: Iterable[str]) -> tuple[str, ...]:
    """Return what a crew lacks of it; a skill nobody on shift has sets no crew apart."""
    apart = set(on_shift) - set(has)
    return tuple(code for code in needed if code in apart)
