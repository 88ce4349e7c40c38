"""A past visit: offered, answered, driven, concluded, reported."""

import datetime as dt
from typing import Any

from django.conf import settings

from fieldops.cases.wire import whereabouts_wire
from fieldops.demo.invent import BANKS, account
from fieldops.demo.story import Story
from fieldops.dispatch.models import Assignment, AssignmentMember, Status
from fieldops.lib.clock import iso
from fieldops.lib.geo import haversine_m
from fieldops.lib.masks import mask_tail
from fieldops.lib.sealed import seal_row
from fieldops.outcomes.facts import index_of
from fieldops.outcomes.models import FollowUp, Indicator, VisitReport
from fieldops.teams.models import Shift, Team, User

EFFECTS = {"dissuaded": 74, "self_aware": 6, "not_dissuaded": 9, "ineffective": 11}
STATES = {
    "dissuaded": "aware",
    "self_aware": "aware",
    "not_dissuaded": "convinced",
    "ineffective": "unknown",
}
PREVENTED_BASIS = {"balance_seen": 55, "slip_seen": 15, "bank_says": 12, "person_says": 18}
LOST_BASIS = {"person_says": 60, "slip_seen": 25, "bank_says": 15}
DAY = dt.timedelta(days=1)


class Crews:
    """Which crew is free when: in the past as today, nobody is in two places."""

    def __init__(self, story_shifts: dict[Any, list[Shift]], teams: list[Team]) -> None:
        self.shifts, self.teams = story_shifts, teams
        self.free_at: dict[Any, dt.datetime] = {}

    def take(self, story: Story) -> Shift:
        """Return the nearest free crew's shift; when all are out, the story waits for the first one."""
        floor = dt.datetime.min.replace(tzinfo=dt.UTC)
        free = {team.pk: self.free_at.get(team.pk, floor) for team in self.teams}
        story.at = max(story.at, min(free.values()))
        ready = [team for team in self.teams if free[team.pk] <= story.at]
        team = min(ready, key=lambda team: metres_to(story, team))
        return next(shift for shift in self.shifts[team.pk] if shift.starts_at <= story.at < shift.ends_at)

    def back(self, story: Story, shift: Shift) -> None:
        """The crew is free again from the story's clock on."""
        self.free_at[shift.team_id] = story.at


def metres_to(story: Story, team: Team) -> int:
    """Return the straight distance from the team's base to where he is."""
    where = story.case.whereabouts
    if where is None or where.lng_lat is None:
        return 0
    return round(haversine_m(team.lng, team.lat, *where.lng_lat))


def visit(story: Story, crews: Crews) -> VisitReport:
    """Send the nearest free crew and tell the story until its report; return that."""
    story.wait(15, 120)
    shift = crews.take(story)
    row = _offer(story, shift)
    people = [member.user for member in shift.members.all()]
    _answer(story, row, people)
    _drive(story, row)
    report = _conclude(story, row, people[0])
    crews.back(story, shift)
    return report


def _offer(story: Story, shift: Shift) -> Assignment:
    case, by, at = story.case, story.officer, story.at
    metres = metres_to(story, shift.team)
    ladder = settings.LADDER_S[case.level]
    row = Assignment(
        center=story.town.center,
        case=case,
        shift=shift,
        team=shift.team,
        level=case.level,
        told=_told(story),
        distance_m=metres,
        eta_s=round(60 + metres * 1.4 / 8.3),
        gate={"verdict": "allow", "reasons": []},
        ladder=[{**step, "at": iso(at + dt.timedelta(seconds=step["after_s"]))} for step in ladder],
        expires_at=at + dt.timedelta(seconds=ladder[-1]["after_s"]),
        offered_at=at,
        offered_by=by,
        version=7,
    )
    story.keep(row)
    place = case.whereabouts.text if case.whereabouts else ""
    story.line("offered", by, team=shift.team.call_sign, place=place, reason="", support=False)
    return row


def _told(story: Story) -> dict[str, Any]:
    """Return what dispatch.wire.told_of would say, before the case is in the database."""
    case = story.case
    return {
        "scam_type": case.scam_type,
        "sex": case.person.sex,
        "victim_state": case.victim_state,
        "amount_at_risk_fen": case.amount_at_risk_fen,
        "paid_fen": 0,
        "next_transfer_at": None,
        "due_at": iso(story.at + dt.timedelta(hours=1)),
        "whereabouts": whereabouts_wire(case.whereabouts),
        "calls": [],
    }


def _answer(story: Story, row: Assignment, people: list[User]) -> None:
    """Both phones have it within seconds; one answers, then the other."""
    first = story.rng.randrange(len(people))
    order = [people[first], *(user for user in people if user is not people[first])]
    delivered = [row.offered_at + dt.timedelta(seconds=story.rng.uniform(0.2, 2.5)) for _ in order]
    for number, user in enumerate(order):
        answered = story.wait(6, 38) if number == 0 else story.wait(2, 30)
        story.rows.append(
            AssignmentMember(
                assignment=row,
                user=user,
                name=user.name,
                delivered_at=delivered[number],
                seen_at=answered - dt.timedelta(seconds=story.rng.uniform(1, 4)),
                answered_at=answered,
                answer="accept",
            )
        )
        story.line("accepted" if number == 0 else "answered", user, name=user.name)
        row.accepted_at = row.accepted_at or answered


def _drive(story: Story, row: Assignment) -> None:
    sign, by = row.team.call_sign, row.shift.members.all()[0].user
    row.set_out_at = story.wait(40, 170)
    story.line("set_out", by, team=sign)
    eta = row.eta_s or 600
    row.arrived_at = story.wait(0.8 * eta, 1.7 * eta)
    story.case.met_at = story.case.met_at or story.at
    story.line("arrived", by, team=sign)


def _conclude(story: Story, row: Assignment, author: User) -> VisitReport:
    rng, case = story.rng, story.case
    effect = rng.choices(list(EFFECTS), weights=list(EFFECTS.values()))[0]
    story.wait(*((300, 900) if effect == "ineffective" else (600, 2700)))
    row.status, row.concluded_at, row.ended_at = Status.CONCLUDED, story.at, story.at
    confirmed = case.scam_type if rng.random() < 0.86 else rng.choice(["SD", "KF", "LC", "GJF", "GW", "QT"])
    report = VisitReport(
        case=case,
        assignment=row,
        author=author,
        met="nobody" if effect == "ineffective" else rng.choice(["person"] * 9 + ["family"]),
        state_after=STATES[effect],
        effect=effect,
        ineffective_reason=rng.choice(["not_home", "wrong_address", "out_of_town"])
        if effect == "ineffective"
        else "",
        scam_type=confirmed,
        filed_at=story.at,
        received_at=story.at,
        **_sums(story, effect),
    )
    story.keep(report)
    case.victim_state, case.confirmed_scam_type = report.state_after, confirmed
    story.line("report.filed", author, name=author.name, effect=effect)
    story.line("concluded", author, team=row.team.call_sign, effect=effect)
    if effect != "ineffective":
        _account(story, row, author)
        story.keep(FollowUp(case=case, due_at=story.at + DAY))
    return report


def _sums(story: Story, effect: str) -> dict[str, Any]:
    """Return the three sums, each with what it stands on."""
    rng, risk = story.rng, story.case.amount_at_risk_fen or 0
    sums: dict[str, Any] = {}
    if effect == "dissuaded" and risk:
        sums |= {"prevented_fen": risk, "prevented_basis": _basis(story, PREVENTED_BASIS)}
    if effect == "not_dissuaded" or (effect == "dissuaded" and rng.random() < 0.18):
        lost = round(max(risk, 200_000) * rng.uniform(0.05, 0.5) / 10_000) * 10_000
        sums |= {"lost_fen": lost, "lost_basis": _basis(story, LOST_BASIS)}
        if rng.random() < 0.3:
            sums |= {"stopped_fen": round(lost * 0.4 / 10_000) * 10_000, "stopped_basis": "bank_says"}
    return sums


def _basis(story: Story, weights: dict[str, int]) -> str:
    return story.rng.choices(list(weights), weights=list(weights.values()))[0]


def _account(story: Story, row: Assignment, author: User) -> None:
    """The account behind it, in half of the visits."""
    if story.rng.random() < 0.5:
        return
    value = account(story.rng)
    found = Indicator(
        case=story.case,
        assignment=row,
        kind="account",
        mask=mask_tail(value),
        value_index=index_of("account", value),
        bank=story.rng.choice(BANKS),
        by=author,
        added_at=story.at,
    )
    seal_row(story.keep(found), {"value": value, "holder": "", "note": ""})
    story.line("indicator.added", author, kind="account", mask=found.mask)
