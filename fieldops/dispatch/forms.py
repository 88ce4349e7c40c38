"""Bodies of the room's endpoints; unknown fields are refused."""

from rest_framework import serializers

from fieldops.dispatch.models import DeclineReason, Scene
from fieldops.lib.api import StrictSerializer
from fieldops.teams.models import Duty

Text = serializers.CharField
CANNED = [
    "got_it",
    "five_minutes",
    "traffic",
    "at_the_door",
    "cannot_find",
    "left",
    "at_counter",
    "ring_desk",
    "family_here",
]


class Offer(StrictSerializer):
    """Send a crew."""

    id = serializers.UUIDField(required=False)
    team = serializers.UUIDField()
    whereabouts = serializers.UUIDField(required=False)
    brief = Text(max_length=300, required=False, allow_blank=True)
    reason = Text(max_length=200, required=False, allow_blank=True)
    support = serializers.BooleanField(default=False)


class Recall(StrictSerializer):
    """Call a crew back."""

    reason = Text(min_length=2, max_length=200)


class Reassign(StrictSerializer):
    """Give the case to another crew."""

    team = serializers.UUIDField()
    reason = Text(min_length=2, max_length=200)


class Divert(StrictSerializer):
    """Take a crew to another case."""

    case = serializers.UUIDField()
    reason = Text(min_length=2, max_length=200)
    brief = Text(max_length=300, required=False, allow_blank=True)
    # Why a person the crew is with may be left; the supervisor's to say.
    leave_reason = Text(min_length=2, max_length=90, required=False)


class LineUp(StrictSerializer):
    """Let a case wait for a busy crew."""

    team = serializers.UUIDField()
    reason = Text(min_length=2, max_length=200)
    brief = Text(max_length=300, required=False, allow_blank=True)


class StartDrill(StrictSerializer):
    """Play a scene; without a team the recommendation chooses one, without a place the scene does."""

    id = serializers.UUIDField(required=False)
    scene = serializers.ChoiceField(Scene.choices)
    team = serializers.UUIDField(required=False)
    place = serializers.UUIDField(required=False)


class EndDrill(StrictSerializer):
    """What is to be done better."""

    words = Text(max_length=500, required=False, allow_blank=True)


class MessageIn(StrictSerializer):
    """Words to a crew."""

    id = serializers.UUIDField(required=False)
    text = Text(max_length=300, required=False, allow_blank=True)
    canned = serializers.ChoiceField(CANNED, required=False)


class DeclineArgs(StrictSerializer):
    """Why a member cannot go."""

    reason = serializers.ChoiceField(DeclineReason.choices)
    words = Text(max_length=80, required=False, allow_blank=True)


class StopArgs(StrictSerializer):
    """What payment to stop."""

    account_tail = Text(max_length=8, required=False, allow_blank=True)
    amount_fen = serializers.IntegerField(min_value=0, max_value=10**14, required=False)
    words = Text(max_length=120, required=False, allow_blank=True)


class HelpArgs(StrictSerializer):
    """Help, or all clear."""

    on = serializers.BooleanField()


class SafeArgs(StrictSerializer):
    """We are safe."""

    safe = serializers.BooleanField()


class NoArgs(StrictSerializer):
    """Nothing besides the command itself."""


class CrewDutyIn(StrictSerializer):
    """The state; of the whole crew, or of one of it."""

    state = serializers.ChoiceField(Duty.choices)
    member = serializers.UUIDField(required=False)
