"""Whether a case sends itself: the countdown with its button, who holds it, or what speaks against it."""

import datetime as dt
from typing import Any

from django.conf import settings

from fieldops.cases.models import Case, Stage
from fieldops.desk import faces
from fieldops.desk.words import word
from fieldops.dispatch.actions.auto import facts_of
from fieldops.dispatch.auto import against
from fieldops.dispatch.models import PlannedOffer
from fieldops.dispatch.recommend import Candidate
from fieldops.lib.clock import iso

# Nothing worth a line: the level is not sent by itself, or a person is at it already.
UNSAID = frozenset({"", "manual", "not_wanted", "asked_before", "held"})


def panel(case: Case, ranked: list[Candidate], at: dt.datetime) -> dict[str, Any] | None:
    """Return what stands above the recommendation; None where there is nothing to say."""
    if case.stage != Stage.TO_SEND or settings.AUTO_OFFER[case.level]["mode"] == "manual":
        return None
    plan = PlannedOffer.objects.filter(case=case).first()
    if plan and plan.state == PlannedOffer.State.WAITING:
        team = ranked[0].crew.team.call_sign if ranked else plan.call_sign
        return {"state": "waiting", "team": team, "due": iso(plan.due_at),
                "face": faces.clock_face(plan.due_at, at)}  # fmt: skip
    if plan and plan.state == PlannedOffer.State.HELD:
        return {"state": "held", "by": plan.held_by_name}
    why = plan.why if plan else against(facts_of(case, ranked, at))
    return None if why in UNSAID else {"state": "not", "why": word("auto", why)}
