"""Assignments, who of the crew did what about them, and the words that passed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.cases.models import Case
from fieldops.lib.ids import new_id
from fieldops.teams.access import Scope
from fieldops.teams.models import Center, Shift, Team, User


class Status(models.TextChoices):
    """Where an assignment is; moved only through dispatch/moves.py."""

    OFFERED = "offered", _("offered")
    ACCEPTED = "accepted", _("accepted")
    EN_ROUTE = "en_route", _("on the way")
    ARRIVED = "arrived", _("on scene")
    CONCLUDED = "concluded", _("concluded")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("expired")
    WITHDRAWN = "withdrawn", _("withdrawn")
    RECALLED = "recalled", _("recalled")
    REASSIGNED = "reassigned", _("reassigned")


TAKEN = (Status.ACCEPTED, Status.EN_ROUTE, Status.ARRIVED)
LIVE = (Status.OFFERED, *TAKEN)
CALLED_OFF = (Status.WITHDRAWN, Status.RECALLED, Status.REASSIGNED)


class DeclineReason(models.TextChoices):
    """Why a member cannot go."""

    ENGAGED = "engaged", _("with someone")
    TOO_FAR = "too_far", _("too far")
    NO_CAR = "no_car", _("no car")
    UNWELL = "unwell", _("unwell")
    KNOWS_PERSON = "knows_person", _("knows the person")
    OTHER = "other", _("other")


class Assignment(models.Model):
    """One offer to one shift. What the crew was told is copied here, and the ladder is frozen."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assignments")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="assignments")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="assignments")
    round = models.PositiveSmallIntegerField(default=1)
    support = models.BooleanField(default=False)
    status = models.CharField(max_length=12, choices=Status, default=Status.OFFERED)
    automatic = models.BooleanField(default=False)
    level = models.CharField(max_length=8)
    drill = models.BooleanField(default=False)
    told = models.JSONField(default=dict)  # the case as the crew was told it, masked (wire.py: told_of)
    brief = models.CharField(max_length=300, blank=True)
    distance_m = models.PositiveIntegerField(null=True)
    eta_s = models.PositiveIntegerField(null=True)
    ranking = models.JSONField(default=list)
    gate = models.JSONField(default=dict)
    gate_reason = models.CharField(max_length=200, blank=True)
    ladder = models.JSONField(default=list)
    promises = models.JSONField(default=dict)  # what follows each promise of the crew, frozen with the offer
    expires_at = models.DateTimeField()
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    set_out_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrived_far_m = models.PositiveIntegerField(null=True)
    concluded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=200, blank=True)
    ended_by_name = models.CharField(max_length=64, blank=True)  # who called the crew off
    taken_by = models.CharField(max_length=32, blank=True)
    late = models.BooleanField(default=False)
    # Moves the desk made for the crew; the phone's later copy of one is a noop.
    voiced = models.JSONField(default=list)
    stop_asked_at = models.DateTimeField(null=True)
    check_in_at = models.DateTimeField(null=True)
    help_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="center", member="members__user")

    class Meta:
        verbose_name = _("assignment")
        constraints = [
            models.UniqueConstraint(
                fields=["shift"],
                condition=Q(status__in=["accepted", "en_route", "arrived"]),
                name="dispatch_one_taken",
            ),
            models.UniqueConstraint(
                fields=["shift"], condition=Q(status="offered"), name="dispatch_one_offered"
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="dispatch_status_known"),
        ]
        indexes = [models.Index(fields=["case", "status"]), models.Index(fields=["center", "offered_at"])]


class AssignmentMember(models.Model):
    """One person of the crew, frozen at the offer: delivered, seen, answered."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignment_memberships")
    name = models.CharField(max_length=64)
    delivered_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=8, blank=True)  # accept, decline
    reason = models.CharField(max_length=120, blank=True)
    by_voice = models.BooleanField(default=False)
    stood_down_at = models.DateTimeField(null=True)
    # The newest ring outside the app, and what became of it (RingOutcome).
    rung_at = models.DateTimeField(null=True)
    rung = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assignment", "user"], name="dispatch_member_once")]
        ordering = ["pk"]


class FormerMember(models.Model):
    """Somebody who left the crew while it was asked or on it: what his phone still held is his (0045).

    No reader of `members` sees him: he is asked nothing, told nothing and may read nothing.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="former_members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "user"], name="dispatch_former_member_once")
        ]


class Message(models.Model):
    """Short words between desk and crew inside an assignment."""

    id = models.UUIDField(primary_key=True, default=new_id)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="messages")
    from_desk = models.BooleanField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=64)
    canned = models.CharField(max_length=20, blank=True)
    text = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="assignment__center", member="assignment__members__user")


class MessageReceipt(models.Model):
    """When a person had the message on disk and when it was shown."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="receipts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=64)
    delivered_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="dispatch_receipt_once")]
        ordering = ["pk"]


class RingOutcome(models.TextChoices):
    """What became of a ring outside the app; moved only through dispatch/ring_moves.py."""

    WAITING = "waiting", _("ringing")
    SENT = "sent", _("ringing, no word yet")
    ANSWERED = "answered", _("answered")
    DELIVERED = "delivered", _("message delivered")
    NO_ANSWER = "no_answer", _("no answer")
    BUSY = "busy", _("line busy")
    REFUSED = "refused", _("gateway refused")
    FAILED = "failed", _("gateway does not answer")
    NO_WORD = "no_word", _("no word from the gateway")
    NO_GATEWAY = "no_gateway", _("no gateway: ring by hand")
    NO_NUMBER = "no_number", _("no number")
    MOOT = "moot", _("no longer needed")


class RingAttempt(models.Model):
    """One ring outside the app: who, on which number, through what, when, and what became of it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.CASCADE, related_name="rings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=64)
    number_mask = models.CharField(max_length=24, blank=True)
    why = models.CharField(max_length=24)
    adapter = models.CharField(max_length=8)
    outcome = models.CharField(max_length=12, choices=RingOutcome, default=RingOutcome.WAITING)
    detail = models.CharField(max_length=60, blank=True)  # the gateway's own code
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)

    scope = Scope(center="center")

    class Meta:
        constraints = [
            # Whatever asks twice, one ring of a kind is under way.
            models.UniqueConstraint(
                fields=["assignment", "user", "adapter", "why"],
                condition=Q(outcome__in=["waiting", "sent"]),
                name="dispatch_ring_once",
            ),
            models.CheckConstraint(condition=Q(outcome__in=RingOutcome.values), name="dispatch_ring_known"),
        ]
        indexes = [models.Index(fields=["center", "asked_at"])]
        ordering = ["asked_at", "pk"]


class TravelFit(models.Model):
    """What a centre’s own past says of driving and of where people are visited; renewed daily."""

    center = models.OneToOneField(
        Center, on_delete=models.CASCADE, primary_key=True, related_name="travel_fit"
    )
    fitted_at = models.DateTimeField()
    trips = models.PositiveIntegerField()  # how many stand behind the speeds
    mps = models.JSONField(default=list)  # road speed by hour of the day; empty: too few trips
    ready_s = models.FloatField(default=0)
    spread = models.FloatField(default=0)
    an_hour = models.JSONField(default=list)  # visits an hour, by hour of the day
    places = models.JSONField(default=list)  # rows of lng, lat, share of the visits

    scope = Scope(center="center")


class DeskWatch(models.Model):
    """Whether somebody is at a centre's desk: when one last did something there, and who was rung since."""

    center = models.OneToOneField(Center, on_delete=models.CASCADE, primary_key=True, related_name="+")
    awake_at = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(null=True)
    rings = models.PositiveSmallIntegerField(default=0)


class PlannedOffer(models.Model):
    """An offer that sends itself at `due_at` unless somebody holds it; once per case."""

    class State(models.TextChoices):
        WAITING = "waiting", _("counting down")
        HELD = "held", _("held")
        SENT = "sent", _("sent by itself")
        SKIPPED = "skipped", _("not sent by itself")

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="planned_offer")
    call_sign = models.CharField(max_length=32)  # the crew that would go, when it was planned
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    held_by_name = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=24, blank=True)  # code of what kept it from being sent

    scope = Scope(center="center")

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"])]


class LineUpState(models.TextChoices):
    """What became of a case that waits for a crew."""

    WAITING = "waiting", _("lined up")
    OFFERED = "offered", _("offered")
    DROPPED = "dropped", _("taken out of the line")
    LAPSED = "lapsed", _("could not be offered")


class LineUp(models.Model):
    """A case that waits for one busy crew: offered by itself the moment that crew is free."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="line_ups")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="line_ups")
    state = models.CharField(max_length=8, choices=LineUpState, default=LineUpState.WAITING)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    brief = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=200)
    lined_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.SET_NULL, related_name="+")

    scope = Scope(center="center")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shift"], condition=Q(state="waiting"), name="dispatch_one_lined_up"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="waiting"), name="dispatch_waits_for_one"
            ),
            models.CheckConstraint(condition=Q(state__in=LineUpState.values), name="dispatch_line_up_known"),
        ]


class Scene(models.TextChoices):
    """What is played in a drill (dispatch/scenes.py)."""

    BANK_LOBBY = "bank_lobby", _("bank lobby")
    DORMITORY = "dormitory", _("dormitory")
    PHONE_DEAD = "phone_dead", _("phone dead")


class Drill(models.Model):
    """A scene played on purpose: its case is marked everywhere and in no number; the report is stored."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT, related_name="drills")
    scene = models.CharField(max_length=16, choices=Scene)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="drill_of")
    chosen = models.BooleanField(default=False)  # a person named the crew; else the recommendation did
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=500, blank=True)  # what is to be done better
    report = models.JSONField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    scope = Scope(center="center")

    class Meta:
        verbose_name = _("drill")
        constraints = [
            models.CheckConstraint(condition=Q(scene__in=Scene.values), name="dispatch_scene_known"),
            # A drill that is over has its report, and only then.
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, report__isnull=True)
                | Q(ended_at__isnull=False, report__isnull=False),
                name="dispatch_drill_reported",
            ),
        ]
        indexes = [models.Index(fields=["center", "started_at"])]
