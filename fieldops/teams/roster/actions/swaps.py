"""Swaps by consent: asked, agreed by everyone in it, done; or at once by a supervisor.

A swap has one leg for each turn that changes hands, so a loan, an exchange and a ring of three are one thing.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.feed.changes import Change, change
from fieldops.feed.models import desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.db import locked
from fieldops.lib.errors import Invalid, NotFound, Problem, WrongState
from fieldops.teams.actions import lock_people, lock_shift
from fieldops.teams.actor import Actor, user_of
from fieldops.teams.models import DeskShift, Shift, ShiftMember, Swap, SwapConsent, SwapLeg, User
from fieldops.teams.roster.actions.crew import replace_members, rest_of_turn
from fieldops.teams.roster.actions.deskturns import change_owner
from fieldops.teams.roster.actions.holding import hold_to_rules
from fieldops.teams.roster.models import SwapStatus
from fieldops.teams.roster.rules import Turn
from fieldops.teams.roster.wire import swap_wire


@dataclass(frozen=True)
class Leg:
    """One turn of a crew or of the desk, and between whom it passes."""

    giver: uuid.UUID
    taker: uuid.UUID
    shift: uuid.UUID | None = None
    desk_shift: uuid.UUID | None = None

    @property
    def key(self) -> str:
        return f"shift:{self.shift}" if self.shift else f"desk:{self.desk_shift}"


class Lapsed(Problem):
    """A turn in the swap has begun to be somebody else's, or is over (409 `swap_lapsed`)."""

    code = "swap_lapsed"
    words = _("This swap no longer fits the roster.")


def ask_swap(
    *,
    center_id: uuid.UUID,
    legs: Sequence[Leg],
    by: Actor,
    at: dt.datetime,
    words: str = "",
    swap_id: uuid.UUID | None = None,
) -> Swap:
    """Ask the others in it to agree; the asker has by asking. The same `swap_id` again is harmless.

    Raises Overlap, RestOwed, WeekFull, Lapsed; Invalid when the asker is not in it.
    """
    with change() as changed:
        if swap_id and (again := Swap.objects.filter(pk=swap_id).first()):
            return _ours(again, center_id)
        people = _lock_swap_people(center_id, legs)
        if by.user_id not in people:
            raise Invalid("not_yours", _("Ask for a swap you are in yourself."), status=409)
        _check_legs(center_id, legs, people, at)

        swap = _make(center_id, legs, people, by, at, words, swap_id)
        _publish(changed, swap, at)
        return swap


def agree_swap(*, swap_id: uuid.UUID, by: Actor, at: dt.datetime) -> Swap:
    """Agree for oneself; when everyone has, the turns change hands. Again is harmless.

    Raises NotFound for one who is not in it, WrongState once it is over, and what ask_swap raises.
    """
    with change() as changed:
        swap, legs, people = _lock_swap(swap_id)
        consent = _consent_of(swap, by)
        if consent.agreed_at and swap.status in (SwapStatus.ASKED, SwapStatus.DONE):
            return swap
        _refuse_over(swap)

        consent.agreed_at = at
        consent.save(update_fields=["agreed_at"])
        if not swap.consents.filter(agreed_at__isnull=True).exists():
            _check_legs(swap.center_id, legs, people, at)
            _apply(changed, legs, people, by, at)
            _end(swap, SwapStatus.DONE, at)
        _save_and_tell(changed, swap, by, at)
        return swap


def decline_swap(*, swap_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str = "") -> Swap:
    """Say no for oneself; again is harmless. Raises NotFound, WrongState."""
    with change() as changed:
        swap, _legs, _people = _lock_swap(swap_id)
        _consent_of(swap, by)
        if swap.status == SwapStatus.DECLINED:
            return swap
        _refuse_over(swap)

        swap.reason, swap.decided_by_id = reason, by.user_id
        _end(swap, SwapStatus.DECLINED, at)
        _save_and_tell(changed, swap, by, at)
        return swap


def withdraw_swap(*, swap_id: uuid.UUID, by: Actor, at: dt.datetime) -> Swap:
    """Take the wish back, by who asked; again is harmless. Raises NotFound, WrongState."""
    with change() as changed:
        swap, _legs, _people = _lock_swap(swap_id)
        if swap.asked_by_id != by.user_id:
            raise NotFound()
        if swap.status == SwapStatus.WITHDRAWN:
            return swap
        _refuse_over(swap)

        _end(swap, SwapStatus.WITHDRAWN, at)
        _save_and_tell(changed, swap, by, at)
        return swap


def swap_directly(
    *,
    center_id: uuid.UUID,
    legs: Sequence[Leg],
    by: Actor,
    at: dt.datetime,
    reason: str,
    swap_id: uuid.UUID | None = None,
) -> Swap:
    """Swap at once by a supervisor's word, also what was only asked; the reason lets rest and hours pass.

    Raises Overlap, Lapsed, WrongState. The same `swap_id` again is harmless.
    """
    with change() as changed:
        swap = locked(Swap.objects).filter(pk=swap_id).first() if swap_id else None
        if swap and swap.status == SwapStatus.DONE:
            return _ours(swap, center_id)
        if swap:
            _refuse_over(_ours(swap, center_id))
            legs = _legs_of(swap)
        people = _lock_swap_people(center_id, legs)
        _check_legs(center_id, legs, people, at, reason=reason)

        swap = swap or _make(center_id, legs, people, by, at, "", swap_id)
        _apply(changed, legs, people, by, at)
        swap.reason, swap.decided_by_id = reason, user_of(by)
        _end(swap, SwapStatus.DONE, at)
        _save_and_tell(changed, swap, by, at, reason)
        return swap


def _make(
    center_id: uuid.UUID,
    legs: Sequence[Leg],
    people: dict[uuid.UUID, User],
    by: Actor,
    at: dt.datetime,
    words: str,
    swap_id: uuid.UUID | None,
) -> Swap:
    swap = Swap(center_id=center_id, asked_by_id=user_of(by), asked_at=at, words=words)
    if swap_id:
        swap.pk = swap_id
    swap.save(force_insert=True)
    SwapLeg.objects.bulk_create(
        [
            SwapLeg(
                swap=swap,
                shift_id=leg.shift,
                desk_shift_id=leg.desk_shift,
                giver_id=leg.giver,
                taker_id=leg.taker,
            )
            for leg in legs
        ]
    )
    SwapConsent.objects.bulk_create(
        [
            SwapConsent(swap=swap, user_id=pk, agreed_at=at if pk == by.user_id else None)
            for pk in sorted(people)
        ]
    )
    append(
        verb="swap.ask",
        subject_kind="swap",
        subject_id=swap.pk,
        at=at,
        actor_id=by.user_id,
        center_id=center_id,
    )
    return swap


def _lock_swap(swap_id: uuid.UUID) -> tuple[Swap, list[Leg], dict[uuid.UUID, User]]:
    """Lock the people, then the swap: the order of every roster write."""
    first = Swap.objects.filter(pk=swap_id).first()
    if first is None:
        raise NotFound()
    legs = _legs_of(first)
    people = _lock_swap_people(first.center_id, legs)
    return locked(Swap.objects).get(pk=swap_id), legs, people


def _legs_of(swap: Swap) -> list[Leg]:
    return [Leg(row.giver_id, row.taker_id, row.shift_id, row.desk_shift_id) for row in swap.legs.all()]


def _lock_swap_people(center_id: uuid.UUID, legs: Sequence[Leg]) -> dict[uuid.UUID, User]:
    ids = {user_id for leg in legs for user_id in (leg.giver, leg.taker)}
    return {user.pk: user for user in lock_people(center_id, ids)}


def _check_legs(
    center_id: uuid.UUID,
    legs: Sequence[Leg],
    people: dict[uuid.UUID, User],
    at: dt.datetime,
    *,
    reason: str = "",
) -> None:
    """Hold every taker to the rules as the roster will be when all the legs are done."""
    if not legs or any(leg.giver == leg.taker for leg in legs) or len({leg.key for leg in legs}) < len(legs):
        raise Invalid("bad_legs", _("A swap hands each shift from one person to another."), status=400)
    turns = {leg.key: _turn_of(center_id, leg, at) for leg in legs}
    gives: dict[uuid.UUID, set[str]] = defaultdict(set)
    takes: dict[uuid.UUID, list[Turn]] = defaultdict(list)
    for leg in legs:
        gives[leg.giver].add(leg.key)
        takes[leg.taker].append(turns[leg.key])
    for leg in legs:
        hold_to_rules([people[leg.taker]], turns[leg.key], reason=reason, gives=gives, takes=takes)


def _turn_of(center_id: uuid.UUID, leg: Leg, at: dt.datetime) -> Turn:
    """Return what is left of the leg's turn. Raises Lapsed when it is not the giver's, or over."""
    if leg.shift:
        shift = Shift.objects.filter(pk=leg.shift, center_id=center_id, ends_at__gt=at).first()
        on = set(ShiftMember.objects.filter(shift_id=leg.shift).values_list("user_id", flat=True))
        if shift is None or leg.giver not in on or leg.taker in on:
            raise Lapsed()
        return rest_of_turn(shift, at)
    turn = DeskShift.objects.filter(pk=str(leg.desk_shift), center_id=center_id, ends_at__gt=at).first()
    if turn is None or turn.owner_id != leg.giver:
        raise Lapsed()
    return Turn(max(turn.starts_at, at), turn.ends_at, leg.key)


def _apply(
    changed: Change, legs: Sequence[Leg], people: dict[uuid.UUID, User], by: Actor, at: dt.datetime
) -> None:
    by_shift: dict[uuid.UUID, list[Leg]] = defaultdict(list)
    for leg in legs:
        if leg.shift:
            by_shift[leg.shift].append(leg)
    for shift_id in sorted(by_shift):
        joiners = [people[leg.taker] for leg in by_shift[shift_id]]
        leavers = [leg.giver for leg in by_shift[shift_id]]
        replace_members(changed, lock_shift(shift_id), joiners, leavers, by=by, at=at, why="swap")
    for leg in sorted((leg for leg in legs if leg.desk_shift), key=lambda leg: str(leg.desk_shift)):
        turn = locked(DeskShift.objects).get(pk=str(leg.desk_shift))
        change_owner(changed, turn, people[leg.taker], at)


def _consent_of(swap: Swap, by: Actor) -> SwapConsent:
    found = swap.consents.filter(user_id=by.user_id).first() if by.user_id else None
    if found is None:
        raise NotFound()
    return found


def _ours(swap: Swap, center_id: uuid.UUID) -> Swap:
    """Return a swap whose id was said again; another centre's is refused."""
    if swap.center_id != center_id:
        raise Invalid("id_reused", _("This id belongs to another swap."), status=409)
    return swap


def _refuse_over(swap: Swap) -> None:
    if swap.status != SwapStatus.ASKED:
        raise WrongState("swap_over", _("This swap is over."), status_now=swap.status)


def _end(swap: Swap, status: SwapStatus, at: dt.datetime) -> None:
    swap.status = status
    swap.ended_at = at


def _save_and_tell(changed: Change, swap: Swap, by: Actor, at: dt.datetime, reason: str = "") -> None:
    swap.version += 1
    swap.save(update_fields=["status", "reason", "decided_by", "ended_at", "version"])
    append(
        verb=f"swap.{swap.status}", subject_kind="swap", subject_id=swap.pk, at=at, actor_id=by.user_id,
        center_id=swap.center_id, reason=reason,
    )  # fmt: skip
    _publish(changed, swap, at)


def _publish(changed: Change, swap: Swap, at: dt.datetime) -> None:
    body = swap_wire(swap)
    changed.publish(
        "swap.changed",
        subject=("swap", swap.pk),
        version=swap.version,
        at=at,
        body=body,
        recipients=[desk(swap.center_id), *(user_recipient(row["user_id"]) for row in body["consents"])],
    )
