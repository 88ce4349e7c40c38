"""What a timer of this room does when due."""

import datetime as dt
import uuid
from typing import Any

from fieldops.cases.actions import forget_call, let_go, silence_notice


def notice_silent(payload: dict[str, Any], at: dt.datetime) -> None:
    """A partner was told and has not answered."""
    silence_notice(notice_id=uuid.UUID(payload["notice_id"]), at=at)


def call_forgotten(payload: dict[str, Any], at: dt.datetime) -> None:
    """A call was opened and never recorded."""
    forget_call(call_id=uuid.UUID(payload["call_id"]), at=at)


def let_go_of_closed(payload: dict[str, Any], at: dt.datetime) -> None:
    """The hour in which a crew may correct its report is over, and the case is closed."""
    let_go(case_id=uuid.UUID(payload["case_id"]))
