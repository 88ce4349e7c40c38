"""What may follow what in a handover."""

# from, command, to, by
MOVES: list[tuple[str, str, str, str]] = [
    ("open", "pass_on", "open", "who goes"),
    ("open", "write", "open", "who goes"),
    ("open", "sign", "signed", "who goes, when nothing is left unowned"),
    ("signed", "return", "open", "who comes, with a reason"),
    ("signed", "accept", "accepted", "who comes, never who signed"),
    ("signed", "add_note", "signed", "either"),
    ("accepted", "add_note", "accepted", "either"),
]


def next_status(status: str, command: str) -> str | None:
    """Return where `command` leads from `status`; None where it may not be given."""
    return next((to for start, name, to, _by in MOVES if (start, name) == (status, command)), None)
