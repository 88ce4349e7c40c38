"""Start a drill and end it: a case marked as one, offered like any other; then its report, stored."""

import datetime as dt
import hashlib
import uuid

from django.utils.translation import gettext as _

from fieldops.audit.actions import append
from fieldops.cases.actions import close_case, open_case, say_whereabouts, set_victim_state
from fieldops.cases.actions.life import Danger
from fieldops.cases.actions.people import Who
from fieldops.cases.models import Case
from fieldops.cases.telling import lock_case, save_case, tell_case, write_line
from fieldops.dispatch.actions.calloff import call_back
from fieldops.dispatch.actions.offer import offer_assignment
from fieldops.dispatch.drills import canonical, drill_report
from fieldops.dispatch.models import LIVE, Assignment, Drill
from fieldops.dispatch.recommend import recommend
from fieldops.dispatch.scenes import SCENES, Played
from fieldops.feed.changes import change
from fieldops.lib.errors import Invalid, NotFound
from fieldops.lib.ids import new_id
from fieldops.places.models import Place
from fieldops.teams.actor import Actor, user_of
from fieldops.teams.models import Shift


def start_drill(
    *,
    center_id: uuid.UUID,
    scene: str,
    by: Actor,
    at: dt.datetime,
    shift: Shift | None = None,
    place: Place | None = None,
    drill_id: uuid.UUID | None = None,
) -> Drill:
    """Play a scene: open a case marked as a drill at a place of ours; offer it to `shift` or the best crew.

    Without a crew that may go the drill stands unsent, as a real case would. Raises Invalid (409 `no_place`),
    and what an offer raises where the crew was named. The same `drill_id` again is harmless.
    """
    with change() as changed:
        if drill_id and (again := Drill.objects.filter(pk=drill_id).first()):
            if again.center_id != center_id:
                raise Invalid("id_reused", _("This id belongs to another drill."), status=409)
            return again
        played = SCENES[scene]
        where = place or _place_of(center_id, played)
        case = _open(center_id, played, where, by, at)
        drill = Drill.objects.create(
            id=drill_id or new_id(),
            center_id=center_id, scene=scene, case=case, chosen=shift is not None, started_by_id=user_of(by),
            started_at=at,
        )  # fmt: skip

        append(
            verb="drill.start", subject_kind="drill", subject_id=drill.pk, at=at, actor_id=by.user_id,
            center_id=center_id, extra={"scene": scene},
        )  # fmt: skip
        line = write_line(case, "drill.started", by=by, at=at, scene=drill.get_scene_display(), name=by.name)
        save_case(case)
        tell_case(changed, case, "case.changed", at=at, line=line)
        if chosen := shift or _best(case, at):
            offer_assignment(case_id=case.pk, shift=chosen, by=by, at=at, reason=_("drill"))
        return drill


def end_drill(*, drill_id: uuid.UUID, by: Actor, at: dt.datetime, words: str = "") -> Drill:
    """End a drill: crews still on it stand down, its case is closed, its report stored; again is harmless."""
    with change() as changed:
        case_id = Drill.objects.filter(pk=drill_id).values_list("case_id", flat=True).first()
        if case_id is None:
            raise NotFound()
        case = lock_case(case_id)
        drill = Drill.objects.select_related("case", "started_by").get(pk=drill_id)
        if drill.ended_at:
            return drill

        live = Assignment.objects.filter(case=case, status__in=LIVE).order_by("pk")
        for pk in live.values_list("pk", flat=True):
            call_back(assignment_id=pk, by=by, at=at, reason=_("the drill is over"))
        line = write_line(case, "drill.ended", by=by, at=at, words=words or "—")
        close_case(case_id=case.pk, disposition="handled", by=by, at=at)
        drill.ended_by_id, drill.ended_at, drill.words = user_of(by), at, words[:500]
        drill.report = drill_report(drill, by.name)
        drill.sha256 = hashlib.sha256(canonical(drill.report)).hexdigest()
        drill.save(update_fields=["ended_by", "ended_at", "words", "report", "sha256"])

        append(
            verb="drill.end", subject_kind="drill", subject_id=drill.pk, at=at, actor_id=by.user_id,
            center_id=case.center_id, extra={"sha256": drill.sha256},
        )  # fmt: skip
        case = lock_case(case.pk)
        tell_case(changed, case, "case.changed", at=at, line=line)
        return drill


def _open(center_id: uuid.UUID, played: Played, where: Place, by: Actor, at: dt.datetime) -> Case:
    """Open the case; its person is nobody: a name that says so, no number to call."""
    danger = Danger(
        level=played.level, issued_at=at, family=played.family, source="drill", scam_type=played.scam_type,
        amount_at_risk_fen=played.amount_fen, drill=True,
    )  # fmt: skip
    case, _new = open_case(center_id=center_id, who=Who(name=_("drill person")), danger=danger, at=at)
    set_victim_state(case_id=case.pk, state=played.state, by=by, at=at)
    say_whereabouts(case_id=case.pk, source="call", by=by, at=at, place=where)
    return lock_case(case.pk)


def _place_of(center_id: uuid.UUID, played: Played) -> Place:
    for kind in played.place_kinds:
        rows = Place.objects.filter(center_id=center_id, kind=kind, point__isnull=False)
        if found := rows.order_by("name", "pk").first():
            return found
    raise Invalid("no_place", _("This centre has no place to play the scene at."), status=409)


def _best(case: Case, at: dt.datetime) -> Shift | None:
    """Return the crew the recommendation puts first, if any may go."""
    for row in recommend(case, at=at):
        if row.verdict.verdict != "block":
            return Shift.objects.select_related("team").get(pk=row.crew.pk)
    return None
