"""What the sheet calls its figures, in the reader's language."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

FUNNEL: dict[str, Any] = {
    "issued": _("Issued"),
    "reached": _("Reached"),
    "visited": _("Visited"),
    "met": _("Met in person"),
    "dissuaded": _("Dissuaded in time"),
    "phone": _("by phone"),
    "visit": _("by visit"),
    "on_time": _("First step in time"),
    "overdue": _("First step overdue"),
    "not_due": _("First step not due yet"),
    "unfinished": _("Unfinished"),
    "closed": _("Closed"),
}
EFFECTS: dict[str, Any] = {
    "phone": pgettext("column", "phone"),
    "visit": pgettext("column", "visit"),
    "partner": pgettext("column", "partner"),
    "self_aware": pgettext("column", "aware"),
    "deceived": pgettext("column", "deceived"),
    "unreachable": pgettext("column", "no reach"),
    "other": pgettext("column", "other"),
    "open": pgettext("column", "open"),
    "disputed": pgettext("column", "disputed"),
}
VISITS: dict[str, Any] = {
    "visits": pgettext("column", "visits"),
    "dissuaded": pgettext("column", "dissuaded"),
    "self_aware": pgettext("column", "aware"),
    "not_dissuaded": pgettext("column", "not dissuaded"),
    "ineffective": pgettext("column", "ineffective"),
    "disputed": pgettext("column", "disputed"),
}
SUMS: dict[str, Any] = {
    "prevented": _("Prevented"),
    "lost": _("Lost"),
    "stopped": _("Stopped"),
    "then_lost": _("Prevented, then lost"),
}
BASIS: dict[str, Any] = {
    "none": _("no basis given"),
    "balance_seen": _("balance seen"),
    "slip_seen": _("transfer slip seen"),
    "bank_says": _("bank says"),
    "person_says": _("person says"),
    "family_says": _("family says"),
    "estimate": _("estimate"),
}
RESPONSE: dict[str, Any] = {
    "first_call": _("Issue → first call"),
    "accept": _("Offer → accept"),
    "arrive": _("Accept → arrive"),
    "met": _("Issue → met"),
}
LEVELS: dict[str, Any] = {
    "critical": _("critical"),
    "high": _("high"),
    "medium": _("medium"),
    "low": _("low"),
}
CALLS: dict[str, Any] = {
    "connected": _("connected"),
    "busy": _("busy"),
    "refused": _("refused"),
    "off": _("switched off"),
    "no_answer": _("no answer"),
    "wrong_number": _("wrong number"),
    "abandoned": _("not recorded"),
    "open": _("still on the line"),
}
CHANNELS: dict[str, Any] = {
    "school": _("school"),
    "station": _("police station"),
    "beat_officer": _("beat officer"),
    "community_worker": _("community worker"),
    "relative": _("relative"),
    "bank": _("bank"),
}
LEFT_OUT: dict[str, Any] = {
    "duplicate": _("duplicate"),
    "not_ours": _("not our jurisdiction"),
    "accomplice": _("accomplice"),
    "drill": _("drill"),
}
NOT_SETTLED: dict[str, Any] = {
    "open": _("Unfinished"),
    "disputed": _("Disputed"),
    "unreported": _("Visit without report"),
    "called_off_reports": _("Report of a called-off crew"),
}
FIELDS: dict[str, Any] = {
    "met": _("who was met"),
    "state_after": _("state after"),
    "effect": _("effect"),
    "ineffective_reason": _("why ineffective"),
    "scam_type": _("scam type"),
    "lost_fen": _("sum lost"),
    "lost_basis": _("basis of the sum lost"),
    "prevented_fen": _("sum prevented"),
    "prevented_basis": _("basis of the sum prevented"),
    "stopped_fen": _("sum stopped"),
    "stopped_basis": _("basis of the sum stopped"),
}
TIME_BASES: dict[str, Any] = {"issued": _("by time of issue")}
UNKNOWN_TYPE = _("type not known")
