"""What the joint plan says of a case where several wait: the crew it is given, and why not the nearest."""

import datetime as dt
from typing import Any

from fieldops.cases.models import Case
from fieldops.desk.sentences import ranking_words
from fieldops.dispatch.jointplan import plan_wire, plan_with
from fieldops.dispatch.recommend import Candidate


def advice(case: Case, at: dt.datetime) -> tuple[list[Candidate], dict[str, Any] | None]:
    """Return the crews, best first, and the plan in words; None where only this case waits."""
    ranked, plan = plan_with(case, at=at)
    said = plan_wire(case, plan)
    if said is None:
        return ranked, None
    return ranked, {
        "waiting": said["waiting"],
        "team": said["team"]["id"] if said["team"] else "",
        "call_sign": said["team"]["call_sign"] if said["team"] else "",
        "why": ranking_words(said["why_not_nearest"]),
    }
