"""Which rows a person may reach: the only answer to that question.

Each scoped model declares `scope = Scope(center=…, member=…)`: its path to the centre, and to the people of
the crew whose own work it is. Desk roles reach their centre's rows; a member reaches his crew's. A model
without a scope raises.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, QuerySet

from fieldops.lib.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from fieldops.teams.models import User

M = TypeVar("M", bound=Model)

CENTER_ROLES = frozenset({"duty", "supervisor"})

# Who may do what (design.md §5). Read down: capability, roles.
MAY: dict[str, frozenset[str]] = {
    "cases.see": frozenset({"duty", "supervisor"}),
    "cases.work": frozenset({"duty", "supervisor"}),
    "dispatch.offer": frozenset({"duty", "supervisor"}),
    "dispatch.recall": frozenset({"supervisor"}),  # and the duty officer who owns the shift
    "triage.override": frozenset({"supervisor"}),
    "drills.run": frozenset({"supervisor"}),
    "gate.override": frozenset({"duty", "supervisor"}),
    "outcomes.decide": frozenset({"supervisor"}),
    "stats.see": frozenset({"analyst", "supervisor", "duty"}),
    "stats.export": frozenset({"analyst", "supervisor"}),
    "audit.see": frozenset({"auditor"}),
    "roster.see": frozenset({"member", "duty", "supervisor"}),
    "roster.edit": frozenset({"supervisor"}),
    "timers.retry": frozenset({"supervisor"}),
    "desk.own": frozenset({"duty", "supervisor"}),
    "intake.import": frozenset({"duty", "supervisor"}),
    "desk.page": frozenset({"duty", "supervisor", "analyst", "auditor"}),
    "phone": frozenset({"member"}),
    "phones.see": frozenset({"duty", "supervisor", "admin"}),
    "phones.revoke": frozenset({"supervisor", "admin"}),
    "phones.release": frozenset({"supervisor"}),
}


@dataclass(frozen=True)
class Scope:
    """A model's path to its centre, and to the users whose crew it belongs to."""

    center: str
    member: str | None = None


class NoScope(TypeError):
    """The model does not say who may reach its rows."""


def visible(queryset: QuerySet[M], user: "User", *, roles: Iterable[str] = CENTER_ROLES) -> QuerySet[M]:
    """Return the rows of `queryset` that `user` may reach. Raises NoScope for a model that declares none.

    `roles` are those that see the whole centre (numbers and audit name their own).
    """
    scope: Any = getattr(queryset.model, "scope", None)
    if not isinstance(scope, Scope):
        raise NoScope(queryset.model.__name__)
    post = user.post
    if post is None or not user.is_active:
        return queryset.none()
    if post.role in set(roles):
        return queryset.filter(**{scope.center: post.center_id})
    if post.role == "member" and scope.member:
        return queryset.filter(**{scope.center: post.center_id, scope.member: user.pk}).distinct()
    return queryset.none()


def reach(queryset: QuerySet[M], user: "User", pk: object, *, roles: Iterable[str] = CENTER_ROLES) -> M:
    """Return the one row `pk` within reach, or raise the same NotFound as for no such row."""
    found = visible(queryset, user, roles=roles).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def may(user: "User", capability: str) -> bool:
    """Tell whether the user's role has the capability."""
    return user.role in MAY[capability]


def require(user: "User", capability: str) -> None:
    """Raise Forbidden unless the user's role has the capability."""
    if not may(user, capability):
        raise Forbidden(capability=capability)
