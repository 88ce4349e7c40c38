"""A built day: twenty cases carried through the real actions at given times, on Wednesday 18 November 2026.

What each case is, and why it stands where it stands on the sheet, is in the comment beside it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from fieldops.cases.actions import close_call, close_case, open_call, tell_partner, update_notice
from fieldops.cases.actions.people import Who
from fieldops.cases.models import Case
from fieldops.dispatch.actions import accept_assignment, arrive, offer_assignment, set_out
from fieldops.dispatch.models import Assignment
from fieldops.intake.actions import take_alert
from fieldops.lib.clock import LOCAL
from fieldops.outcomes.actions import conclude_visit, decide_report, file_report
from fieldops.teams.models import Shift
from tests import make

DAY = dt.date(2026, 11, 18)
NOON = dt.datetime(2026, 11, 18, 10, 0, tzinfo=LOCAL)  # the town's crews are on duty 06:00–14:00
NEXT_MORNING = dt.datetime(2026, 11, 19, 8, 36, tzinfo=LOCAL)


def t(clock: str) -> dt.datetime:
    """Return a time of the day: `09:05` or `09:05:30`."""
    return dt.datetime.combine(DAY, dt.time.fromisoformat(clock), LOCAL)


def add_charlie(town: make.Town) -> Shift:
    """Put a third crew on duty."""
    pair = [make.user(town.center, name, "member") for name in ("charlie1", "charlie2")]
    town.users |= {user.username: user for user in pair}
    return make.crew(town.center, "Charlie", pair)


def phoned(town: make.Town, row: Case, at: dt.datetime, result: str, state: str, **more: Any) -> None:
    """Phone the person for two minutes."""
    by = town.by("duty")
    call = open_call(case_id=row.pk, by=by, at=at)
    close_call(
        call_id=call.pk, result=result, state_after=state, by=by, at=at + dt.timedelta(minutes=2), **more
    )


def visited(
    town: make.Town, row: Case, crew: tuple[Shift, str], offered: str, seconds: tuple[int, int], **report: Any
) -> Assignment:
    """Send a crew: offered at a time, accepted and arrived so many seconds later, concluded 10 min after."""
    shift, name = crew
    by, at = town.by(f"{name}1"), t(offered)
    offer = offer_assignment(case_id=row.pk, shift=shift, by=town.by("duty"), at=at, reason="built by hand")
    at += dt.timedelta(seconds=seconds[0])
    accept_assignment(assignment_id=offer.pk, by=by, at=at)
    set_out(assignment_id=offer.pk, by=by, at=at + dt.timedelta(seconds=20))
    at += dt.timedelta(seconds=seconds[1])
    arrive(assignment_id=offer.pk, by=by, at=at)
    conclude_visit(assignment_id=offer.pk, report=answers(**report), by=by, at=at + dt.timedelta(minutes=10))
    return Assignment.objects.get(pk=offer.pk)


def answers(**report: Any) -> dict[str, Any]:
    """Return a complete report in which nothing was prevented unless said."""
    return make.report(**{"prevented_fen": 0, "prevented_basis": "none", **report})


@dataclass
class Built:
    """The town after its day."""

    town: make.Town
    cases: dict[int, Case]
    charlie: Shift
    disputed: Assignment


def build(town: make.Town) -> Built:
    """Carry the twenty cases to where the day's end finds them."""
    alpha, bravo, charlie = (town.alpha, "alpha"), (town.bravo, "bravo"), (add_charlie(town), "charlie")
    desk, c = town.by("duty"), dict[int, Case]()

    def case(number: int, clock: str, scam_type: str, level: str = "high", **more: Any) -> Case:
        phone = more.pop("phone", f"1390000{number:04d}")
        who = Who(name="王庆和", phone=phone, school=more.pop("school", None))
        c[number] = make.case(town, who=who, at=t(clock), scam_type=scam_type, level=level, **more)
        return c[number]

    # 1 visited: dissuaded, 60,000 prevented, balance seen
    phoned(town, case(1, "08:00", "SD", "critical"), t("08:01"), "connected", "convinced")
    visited(town, c[1], alpha, "08:05", (10, 600), prevented_fen=6_000_000, prevented_basis="balance_seen")
    # 2 visited: he knew himself
    phoned(town, case(2, "08:10", "SD"), t("08:13"), "refused", "hangs_up")
    visited(town, c[2], bravo, "08:20", (20, 900), effect="self_aware")
    # 3 visited: the two members differ about effect and sum; nobody picked: disputed, its sum counts nowhere
    phoned(town, case(3, "08:30", "SD"), t("08:40"), "connected", "denies")
    three = visited(
        town, c[3], alpha, "08:45", (30, 300), prevented_fen=2_000_000, prevented_basis="person_says"
    )
    file_report(
        assignment_id=three.pk, report=answers(effect="not_dissuaded"), by=town.by("alpha2"), at=t("09:10")
    )
    # 4 phone: dissuaded
    phoned(town, case(4, "08:50", "SD"), t("08:51"), "connected", "aware", effect="dissuaded")
    # 5 visited: the members differed, the desk picked the one with 50,000 prevented as the bank says
    phoned(town, case(5, "09:00", "LC"), t("09:02"), "connected", "convinced")
    five = visited(town, c[5], bravo, "09:05", (40, 1200), effect="not_dissuaded", scam_type="LC")
    second = answers(scam_type="LC", prevented_fen=5_000_000, prevented_basis="bank_says")
    picked = file_report(assignment_id=five.pk, report=second, by=town.by("bravo2"), at=t("09:40"))
    decide_report(report_id=picked.pk, by=town.by("supervisor"), at=t("10:00"))
    # 6 visited: the alert said SD, it is LC; not dissuaded, 30,000 lost
    phoned(town, case(6, "09:10", "SD"), t("09:20"), "connected", "convinced")
    visited(
        town, c[6], charlie, "09:25", (50, 1500),
        effect="not_dissuaded", scam_type="LC", lost_fen=3_000_000, lost_basis="bank_says",
    )  # fmt: skip
    # 7 nobody did anything; a second alert on the same person joins it
    case(7, "09:30", "LC", "critical", phone="13900000007")
    again = make.alert_body(
        person={"name": "王庆和", "phone": "13900000007"}, issued_at=t("09:35"), scam_type="LC"
    )
    take_alert(center=town.center, body=again, via="feed", at=t("09:35"))
    # 8 phoned in vain, nobody at home: unreachable once closed
    phoned(town, case(8, "09:40", "KF"), t("09:45"), "no_answer", "")
    nobody = {"met": "nobody", "state_after": "unknown", "ineffective_reason": "not_home", "scam_type": "KF"}
    visited(town, c[8], charlie, "10:05", (60, 1800), effect="ineffective", **nobody)
    close_case(case_id=c[8].pk, disposition="handled", by=desk, at=t("11:00"))
    # 9 phone: he knew himself (aware before we said a word)
    phoned(town, case(9, "09:50", "KF"), t("09:52"), "connected", "aware")
    # 10 phone: not dissuaded, closed
    phoned(town, case(10, "10:00", "KF"), t("10:30"), "connected", "denies", effect="not_dissuaded")
    close_case(case_id=c[10].pk, disposition="handled", by=desk, at=t("10:40"))
    # 11 phoned in vain and closed: unreachable
    phoned(town, case(11, "10:10", "KF", "low"), t("12:00"), "no_answer", "")
    close_case(case_id=c[11].pk, disposition="handled", by=desk, at=t("12:10"))
    # 12 a student hangs up; the school is told and its class teacher reaches her
    case(12, "10:20", "DK", school=town.school)
    phoned(town, c[12], t("10:24"), "refused", "hangs_up")
    notice = tell_partner(
        case_id=c[12].pk, channel="school", by=desk, at=t("10:30"), contact=town.school.contacts.first()
    )
    update_notice(notice_id=notice.pk, step="reached", by=desk, at=t("10:50"), name="class teacher")
    # 13 a false alarm
    phoned(town, case(13, "10:30", "DK", "medium"), t("11:00"), "connected", "unknown")
    close_case(case_id=c[13].pk, disposition="false_alarm", by=desk, at=t("11:30"))
    # 14 type not known; talked out of it by phone
    phoned(town, case(14, "10:40", ""), t("10:41"), "connected", "doubtful")
    phoned(town, c[14], t("10:50"), "connected", "aware")
    # 15 the person of case 1 once more the same day: one episode, so only the 60,000 count
    close_case(case_id=c[1].pk, disposition="handled", by=desk, at=t("10:00"))
    case(15, "11:00", "SD", phone="13900000001")
    phoned(town, c[15], t("11:01"), "connected", "convinced")
    visited(town, c[15], alpha, "11:10", (70, 2100), prevented_fen=1_000_000, prevented_basis="person_says")
    # 16 had paid before anybody phoned
    phoned(town, case(16, "11:10", "DK"), t("11:12"), "connected", "already_paid")
    close_case(case_id=c[16].pk, disposition="case_filed", by=desk, at=t("11:30"))
    # 17–20 left out: a drill, a duplicate, another's jurisdiction, a card mule
    case(17, "11:20", "SD", drill=True)
    case(18, "11:30", "SD")
    close_case(case_id=c[18].pk, disposition="duplicate", by=desk, at=t("11:40"))
    case(19, "11:40", "SD")
    close_case(case_id=c[19].pk, disposition="not_ours", by=desk, at=t("11:50"))
    case(20, "11:50", "LK_SM")
    return Built(town, c, charlie[0], three)


def pick_disputed(built: Built, at: dt.datetime) -> None:
    """Settle case 3: the desk picks the report that says *dissuaded*, 20,000 prevented."""
    report = built.disputed.reports.get(effect="dissuaded")
    decide_report(report_id=report.pk, by=built.town.by("supervisor"), at=at)
