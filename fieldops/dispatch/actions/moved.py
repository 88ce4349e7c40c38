"""What a crew's command came to."""

from dataclasses import dataclass, field
from typing import Any

from fieldops.dispatch.models import Assignment


@dataclass(frozen=True)
class Moved:
    """The assignment after a command, with outcome and code of phone-protocol.md §6."""

    assignment: Assignment
    outcome: str
    code: str = ""
    info: dict[str, Any] = field(default_factory=dict)
    opened: bool = False  # the case has just become this crew's
