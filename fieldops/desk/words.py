"""Codes into words, in the reader's language: one table a kind of code, read by `word(kind, code)`.

What the rooms below already call their choices is taken from them; the rest is named here.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fieldops.cases.models import CallAttempt, CallResult, Channel, Disposition, Level, Stage, VictimState
from fieldops.dispatch.models import DeclineReason, RingOutcome, Status
from fieldops.outcomes.models import Basis, Effect, Indicator, Ineffective, Met
from fieldops.places.models import ContactRole, PlaceKind
from fieldops.teams.models import Duty, Role


def _labels(choices: Any) -> dict[str, Any]:
    """Return code → label of a model's choices; labels are lazy, so they follow the reader's language."""
    return {member.value: member._label_ for member in choices}


WORDS: dict[str, dict[str, Any]] = {
    "level": _labels(Level),
    "letter": {
        "critical": pgettext_lazy("level letter", "C"),
        "high": pgettext_lazy("level letter", "H"),
        "medium": pgettext_lazy("level letter", "M"),
        "low": pgettext_lazy("level letter", "L"),
    },
    "alert_part": {
        "issued_at": pgettext_lazy("part of an alert", "time"),
        "level": pgettext_lazy("part of an alert", "level"),
        "family": pgettext_lazy("part of an alert", "kind"),
        "scam_type": pgettext_lazy("part of an alert", "scam type"),
        "person": pgettext_lazy("part of an alert", "person"),
        "place": pgettext_lazy("part of an alert", "place"),
        "suspect": pgettext_lazy("part of an alert", "suspects"),
        "amount_at_risk_fen": pgettext_lazy("part of an alert", "sum"),
        "note": pgettext_lazy("part of an alert", "note"),
    },
    "stage": _labels(Stage),
    "state": _labels(VictimState) | {"unknown": pgettext_lazy("victim state", "unknown")},
    "result": _labels(CallResult),
    "target": _labels(CallAttempt.Target),
    "disposition": _labels(Disposition),
    "effect": _labels(Effect),
    "met": _labels(Met),
    "basis": _labels(Basis),
    "ineffective": _labels(Ineffective),
    "role": _labels(ContactRole),
    "place": _labels(PlaceKind),
    "status": _labels(Status),
    "decline": _labels(DeclineReason),
    "rung": _labels(RingOutcome) | {"answered": pgettext_lazy("rung", "answered")},
    "indicator": _labels(Indicator.Kind),
    "post": _labels(Role),
    "duty": _labels(Duty),
    "channel": {
        **_labels(Channel),
        "phone": pgettext_lazy("channel", "phone"),
        "mobile_team": pgettext_lazy("channel", "mobile team"),
    },
    "family": {
        "phone": pgettext_lazy("alert family", "phone alert"),
        "net": pgettext_lazy("alert family", "net alert"),
        "money": pgettext_lazy("alert family", "money alert"),
    },
    "source": {
        "drill": pgettext_lazy("alert source", "drill"),
        "city": pgettext_lazy("alert source", "city centre"),
        "import": pgettext_lazy("alert source", "imported file"),
    },
    "where_source": {
        "alert": pgettext_lazy("whereabouts", "from the alert"),
        "call": pgettext_lazy("whereabouts", "said on the phone"),
        "relative": pgettext_lazy("whereabouts", "a relative says"),
        "bank": pgettext_lazy("whereabouts", "the bank says"),
        "crew": pgettext_lazy("whereabouts", "the crew says"),
    },
    "due": {
        "first_call": pgettext_lazy("due", "call"),
        "call_back": pgettext_lazy("due", "call back"),
        "transfer": pgettext_lazy("due", "transfer"),
        "answer": pgettext_lazy("due", "answer"),
        "visit": pgettext_lazy("due", "visit"),
        "arrive": pgettext_lazy("due", "arrive"),
        "set_out": pgettext_lazy("due", "set out"),
        "check_in": pgettext_lazy("due", "check-in"),
        "notice": pgettext_lazy("due", "reach"),
        "review": pgettext_lazy("due", "review"),
        "follow_up": pgettext_lazy("due", "revisit"),
    },
    "canned": {
        "got_it": pgettext_lazy("phrase", "Got it"),
        "five_minutes": pgettext_lazy("phrase", "Five minutes"),
        "traffic": pgettext_lazy("phrase", "Stuck in traffic"),
        "at_the_door": pgettext_lazy("phrase", "At the door"),
        "cannot_find": pgettext_lazy("phrase", "Cannot find him"),
        "left": pgettext_lazy("phrase", "He has left"),
        "at_counter": pgettext_lazy("phrase", "He is at the counter"),
        "ring_desk": pgettext_lazy("phrase", "Ring the desk"),
        "family_here": pgettext_lazy("phrase", "Family is here"),
    },
    "ring": {
        "locked": pgettext_lazy("cannot ring", "locked"),
        "silent": pgettext_lazy("cannot ring", "silent"),
        "offline": pgettext_lazy("cannot ring", "offline"),
        "no_sound": pgettext_lazy("cannot ring", "no sound"),
        "untested": pgettext_lazy("cannot ring", "not tested"),
        "no_phone": pgettext_lazy("cannot ring", "no phone"),
        "hidden": pgettext_lazy("cannot ring", "app not in front"),
        "revoked": pgettext_lazy("cannot ring", "taken off"),
        "signed_out": pgettext_lazy("cannot ring", "signed out"),
        "": pgettext_lazy("cannot ring", "cannot ring"),
    },
    "verdict": {
        "allow": pgettext_lazy("gate", "may be sent"),
        "warn": pgettext_lazy("gate", "with a reason"),
        "block": pgettext_lazy("gate", "cannot"),
    },
    "command": {
        "accept": pgettext_lazy("by voice", "accepts"),
        "decline": pgettext_lazy("by voice", "cannot go"),
        "set_out": pgettext_lazy("by voice", "set out"),
        "arrive": pgettext_lazy("by voice", "arrived"),
        "conclude": pgettext_lazy("by voice", "concludes"),
        "confirm_stand_down": pgettext_lazy("by voice", "stands down"),
    },
    "timer": {
        "cases.notice_silent": pgettext_lazy("timer", "look whether a partner answered"),
        "cases.call_forgotten": pgettext_lazy("timer", "close a call nobody recorded"),
        "cases.let_go": pgettext_lazy("timer", "take a closed case out of its crew's reach"),
        "dispatch.ladder_step": pgettext_lazy("timer", "a step of an offer’s ladder"),
        "dispatch.set_out_late": pgettext_lazy("timer", "look whether a crew set out"),
        "dispatch.arrive_late": pgettext_lazy("timer", "look whether a crew arrived"),
        "dispatch.stand_down_late": pgettext_lazy("timer", "look whether a crew stood down"),
        "dispatch.check_in": pgettext_lazy("timer", "ask a crew whether it is safe"),
        "dispatch.planned_offer": pgettext_lazy("timer", "send an offer by itself"),
        "dispatch.case_closed": pgettext_lazy("timer", "end what waits for a closed case"),
        "dispatch.line_up": pgettext_lazy("timer", "offer a lined-up case"),
        "dispatch.ring": pgettext_lazy("timer", "ring a phone"),
        "outcomes.follow_up": pgettext_lazy("timer", "a return visit falls due"),
        "outcomes.photo_missing": pgettext_lazy("timer", "look whether a photo came"),
        "sync.deferred": pgettext_lazy("timer", "give up a phone’s early command"),
        "handover.crew_changed": pgettext_lazy("timer", "hand a case on when the crew changes"),
        "teams.roster_daily": pgettext_lazy("timer", "look through the roster"),
    },
    "auto": {
        "manual": pgettext_lazy("not by itself", "this level is sent by a person"),
        "asked_before": pgettext_lazy("not by itself", "a crew was asked already"),
        "held": pgettext_lazy("not by itself", "held"),
        "duplicate": pgettext_lazy("not by itself", "the person may be one already known"),
        "place_unknown": pgettext_lazy("not by itself", "his place is not known now"),
        "burst": pgettext_lazy("not by itself", "many cases came at once"),
        "last_crew": pgettext_lazy("not by itself", "only the last free crew is left"),
        "gate": pgettext_lazy("not by itself", "no crew may be sent without a reason"),
        "crew_taken": pgettext_lazy("not by itself", "the crew was taken in the same moment"),
        "gate_blocked": pgettext_lazy("not by itself", "no crew may be sent without a reason"),
        "reason_wanted": pgettext_lazy("not by itself", "no crew may be sent without a reason"),
    },
    "promise": {
        "set_out": pgettext_lazy("promise", "has not set out"),
        "arrive": pgettext_lazy("promise", "has not arrived"),
        "check_in": pgettext_lazy("promise", "has not said it is safe"),
        "stand_down": pgettext_lazy("promise", "has not confirmed the stand-down"),
    },
    "step": {
        "answered": pgettext_lazy("notice", "answered"),
        "coming": pgettext_lazy("notice", "coming"),
        "not_coming": pgettext_lazy("notice", "not coming"),
        "reached": pgettext_lazy("notice", "reached"),
    },
    "sex": {"male": pgettext_lazy("sex", "male"), "female": pgettext_lazy("sex", "female"), "unknown": ""},
    "alarm": {
        "stop_payment": pgettext_lazy("alarm", "Stop pay"),
        "not_delivered": pgettext_lazy("alarm", "Not delivered"),
        "not_answered": pgettext_lazy("alarm", "No answer"),
        "line_up_lapsed": pgettext_lazy("alarm", "Line-up"),
        "nobody_free": pgettext_lazy("alarm", "Nobody free"),
        "last_crew_kept": pgettext_lazy("alarm", "Last crew"),
        "auto_offer": pgettext_lazy("alarm", "Sends itself"),
        "suggest_crew": pgettext_lazy("alarm", "Send another"),
        "forgotten": pgettext_lazy("alarm", "Forgotten"),
        "desk_asleep": pgettext_lazy("alarm", "Desk asleep"),
        "expired": pgettext_lazy("alarm", "Ran out"),
        "declined": pgettext_lazy("alarm", "Cannot go"),
        "recall_unconfirmed": pgettext_lazy("alarm", "Not back"),
        "cannot_ring": pgettext_lazy("alarm", "Cannot ring"),
        "ring_gateway": pgettext_lazy("alarm", "No gateway"),
        "ring_refused": pgettext_lazy("alarm", "Not rung"),
        "help": pgettext_lazy("alarm", "HELP"),
        "help_over": pgettext_lazy("alarm", "All clear"),
        "check_in": pgettext_lazy("alarm", "No check-in"),
        "call_asked": pgettext_lazy("alarm", "Ring him"),
        "set_out_late": pgettext_lazy("alarm", "Not set out"),
        "arrive_late": pgettext_lazy("alarm", "Not there"),
        "notice_silent": pgettext_lazy("alarm", "No answer"),
        "disputed": pgettext_lazy("alarm", "Disputed"),
        "late_fact": pgettext_lazy("alarm", "Late fact"),
        "follow_up": pgettext_lazy("alarm", "Revisit"),
        "photo_missing": pgettext_lazy("alarm", "No photo"),
        "storage_lost": pgettext_lazy("alarm", "Storage lost"),
        "bulk_reveal": pgettext_lazy("alarm", "Many looks"),
        "timer_late": pgettext_lazy("alarm", "Timer late"),
        "timer_dead": pgettext_lazy("alarm", "Timer dead"),
        "dead_letter": pgettext_lazy("alarm", "Unread"),
        "quarantined": pgettext_lazy("alarm", "Handed in"),
        "alert_differs": pgettext_lazy("alarm", "Two versions"),
        "roster_gap": pgettext_lazy("alarm", "Roster gap"),
        "handover_due": pgettext_lazy("alarm", "Not signed"),
    },
}


def word(kind: str, code: Any) -> str:
    """Return the words for a code; a code nobody has named is shown as it is."""
    if code is None:
        return ""
    return str(WORDS[kind].get(code, code))


def options(kind: str, *codes: str) -> list[tuple[str, str]]:
    """Return (code, words) in the order of the table, or just the named ones."""
    return [(code, word(kind, code)) for code in (codes or tuple(WORDS[kind]))]


# Sentences with parameters.
TRIAGE: dict[str, Any] = {
    "already_paid": _("He has already transferred money"),
    "transferring": _("He is transferring now"),
    "convinced": _("He is convinced the scammer is real"),
    "aware": _("He knows it is a scam"),
    "refuses_high_risk": _("He denies or hangs up, at high risk"),
    "line_busy_critical": _("His line stays busy on a critical alert"),
    "refuses_student": _("He denies or hangs up, and is a student of a linked school"),
    "unreached_student": _("Three rounds without reaching him, a student of a linked school"),
    "unreached_high_risk": _("Three rounds without reaching him, at high risk"),
    "refuses": _("He denies or hangs up"),
    "unreached": _("Three rounds without reaching him"),
    "doubtful": _("He doubts; go on by phone"),
    "not_called_yet": _("Not called yet"),
    "try_again": _("Call again"),
    "level": _("Level %(level)s"),
    "attempts": _("%(count)s calls so far"),
}
GATE: dict[str, Any] = {
    "wrong_center": _("Another centre’s crew"),
    "not_on_shift": _("Not on shift"),
    "on_this_case": _("Already on this case"),
    "engaged": _("On case %(case)s; recall it first"),
    "offered_elsewhere": _("Being asked about case %(case)s"),
    "off_duty": _("Nobody of the crew has gone on duty"),
    "on_break": _("On break"),
    "resting": _("Owed rest: %(resting)s"),
    "missing_skill": _("Not trained for this: %(skills)s"),
    "cannot_ring_any": _("No phone of this crew can ring: %(who)s"),
    "cannot_ring_some": _("A phone cannot ring: %(who)s"),
    "last_free_crew": _("The last free crew"),
}
RANKING: dict[str, Any] = {
    "place_unknown": _("his place is unknown"),
    "distance": _("%(km)s km away"),
    "no_road_time": _("drive estimated: the road service said nothing"),
    "from_base": _("counted from its base"),
    "from_fix": _("fix %(age)s ago"),
    "load": _("%(count)s visits this shift"),
    "late": _("may come after the loss clock"),
    "warned": _("goes only with a reason"),
    "rest": _("has just ended a visit"),
    "bond_skill": _("not trained in %(skill)s"),
    "bond_person": _("was with this person before"),
    "bond_school": _("was at this school before"),
    "bond_area": _("was near here lately"),
    "cover": _("leaves its part of town uncovered"),
    # Why not the nearest.
    "plan_is_nearest": _("the nearest"),
    "nearest_blocked": _("%(team)s is nearer by %(nearer)s, but cannot be sent"),
    "nearest_warned": _("%(team)s is nearer by %(nearer)s, but only with a reason"),
    "nearest_needed": _(
        "%(team)s is nearer by %(nearer)s; case %(case)s needs it, which would else wait %(sooner)s longer"
    ),
    "nearest_weighed": _("%(team)s is nearer by %(nearer)s; case %(case)s weighs more"),
    "nearest_costs": _("%(team)s is nearer by %(nearer)s, but %(because)s"),
    "nearest_outdone": _("%(team)s is nearer by %(nearer)s, but this crew %(because)s"),
}
ALARMS: dict[str, Any] = {
    "stop_payment": _("%(team)s %(name)s asks to stop payment: account ending %(tail)s, %(sum)s %(words)s"),
    "not_delivered": _("%(team)s: not on the phone of %(ring)s. Ring them"),
    "not_answered": _("%(team)s is silent. Ring %(ring)s; station %(station)s"),
    "line_up_lapsed": _(
        "%(team)s is free and could not be offered the case that waited for it; send another"
    ),
    "nobody_free": _("%(team)s is silent and no other crew may be sent"),
    "last_crew_kept": _("%(team)s is silent; %(next)s is the last free crew and was not sent. Decide"),
    "auto_offer": _("%(team)s is sent in %(seconds)s s unless you hold it"),
    "suggest_crew": _("%(team)s %(promise)s; %(next)s could go"),
    "forgotten": _("%(team)s %(promise)s for long. Ring %(ring)s"),
    "desk_asleep": _("Alarms were open and nobody was at the desk; the call goes to %(names)s"),
    "expired": _("%(team)s did not answer; the case is yours again. Ring %(ring)s"),
    "declined": _("%(team)s: %(name)s cannot go: %(reason)s"),
    "recall_unconfirmed": _("%(team)s has not confirmed the recall. Ring %(ring)s"),
    "cannot_ring": _("%(team)s: a phone cannot ring. Ring %(ring)s"),
    "ring_gateway": _("The gateway that rings phones does not answer (%(detail)s). Ring %(ring)s by hand"),
    "ring_refused": _("The gateway refused to ring (%(detail)s). Ring %(ring)s by hand"),
    "help": _("%(team)s: %(name)s needs help. Ring %(ring)s"),
    "help_over": _("%(team)s: %(name)s gives the all clear; call back to be sure"),
    "check_in": _("%(team)s has not checked in. Ring %(ring)s; station %(station)s"),
    "call_asked": _("%(team)s: %(name)s asks the centre to phone the person now"),
    "set_out_late": _("%(team)s accepted and has not set out. Ring %(ring)s"),
    "arrive_late": _("%(team)s set out and has not arrived. Ring %(ring)s"),
    "notice_silent": _("%(who)s has not answered. Tell the next one"),
    "disputed": _("The two reports of %(team)s differ; pick one"),
    "late_fact": _("%(team)s: a late report came from a phone, %(what)s"),
    "follow_up": _("A return visit is due"),
    "photo_missing": _("A photo of %(name)s never arrived"),
    "storage_lost": _("The phone of %(name)s lost its storage; %(pending)s were unsent, ask what"),
    "bulk_reveal": _("%(name)s looked at personal data %(count)s times in an hour"),
    "timer_late": _("A timer is late: %(kind)s"),
    "timer_dead": _("A timer failed for good: %(kind)s"),
    "dead_letter": _("Something from the phone of %(name)s could not be taken; judge it"),
    "roster_gap": _(
        "%(people)s people lack on %(count)s shifts within %(days)s days; fill them on the roster"
    ),
    "handover_due": _("%(line)s ended and was not signed over"),
    "quarantined": _("The phone of %(name)s, taken off the list, handed in what it held; judge it"),
    "alert_differs": _(
        "Alert %(external_id)s of %(source)s came again saying otherwise: %(parts)s. Ask them"
    ),
}
