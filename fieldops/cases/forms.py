"""Bodies of the room's endpoints; unknown fields are refused."""

from rest_framework import serializers

from fieldops.cases.models import (
    CallAttempt,
    CallResult,
    Channel,
    Disposition,
    Level,
    VictimState,
    Whereabouts,
)
from fieldops.lib.api import Moment, Number, StrictSerializer

Text = serializers.CharField


class CallOpen(StrictSerializer):
    """Press *call*."""

    id = serializers.UUIDField(required=False)
    target = serializers.ChoiceField(CallAttempt.Target.choices, default="person")


class CallClose(StrictSerializer):
    """Record what came of a call."""

    target = serializers.ChoiceField(CallAttempt.Target.choices, required=False)
    result = serializers.ChoiceField([c for c in CallResult.choices if c[0] != "abandoned"])
    state_after = serializers.ChoiceField(VictimState.choices, required=False)
    effect = serializers.ChoiceField(["dissuaded", "self_aware", "not_dissuaded"], required=False)
    note = Text(max_length=500, required=False, allow_blank=True)
    next_transfer_at = Moment(required=False)
    call_back_at = Moment(required=False)


class Grade(StrictSerializer):
    """Grade again, with a reason."""

    reason = Text(min_length=2, max_length=200)
    level = serializers.ChoiceField(Level.choices, required=False)
    scam_type = Text(max_length=16, required=False)
    amount_at_risk_fen = serializers.IntegerField(
        min_value=0, max_value=10**14, required=False, allow_null=True
    )
    next_transfer_at = Moment(required=False, allow_null=True)


class WhereaboutsIn(StrictSerializer):
    """Where he is now."""

    source = serializers.ChoiceField(Whereabouts.Source.choices)  # type: ignore[assignment]
    place = serializers.UUIDField(required=False)
    text = Text(max_length=120, required=False)
    detail = Text(max_length=120, required=False, allow_blank=True)
    lng = Number(min_value=-180, max_value=180, required=False)
    lat = Number(min_value=-90, max_value=90, required=False)
    said_at = Moment(required=False)
    good_until = Moment(required=False)


class NoticeIn(StrictSerializer):
    """Somebody outside was told."""

    id = serializers.UUIDField(required=False)
    channel = serializers.ChoiceField(Channel.choices)
    contact = serializers.UUIDField(required=False)
    contact_name = Text(max_length=64, required=False, allow_blank=True)
    contact_phone = Text(max_length=32, required=False, allow_blank=True)
    shared = Text(max_length=300, required=False, allow_blank=True)
    told_at = Moment(required=False)


class NoticeStep(StrictSerializer):
    """One tap: answered, reached, coming, not coming."""

    step = serializers.ChoiceField(["answered", "reached", "coming", "not_coming"])
    name = Text(max_length=64, required=False, allow_blank=True)
    at = Moment(required=False)


class Close(StrictSerializer):
    """Close a case."""

    disposition = serializers.ChoiceField(Disposition.choices)
    note = Text(max_length=300, required=False, allow_blank=True)


class Reveal(StrictSerializer):
    """Why the data is wanted."""

    reason = Text(min_length=4, max_length=200)


class Override(StrictSerializer):
    """Decide otherwise than triage."""

    channel = serializers.ChoiceField(["phone", "school", "station", "mobile_team"])
    reason = Text(min_length=6, max_length=200)


class Note(StrictSerializer):
    """One written line."""

    text = Text(min_length=1, max_length=300)


class State(StrictSerializer):
    """How deep the person is in."""

    victim_state = serializers.ChoiceField(VictimState.choices)


class Merge(StrictSerializer):
    """The other person, who is the same."""

    drop = serializers.UUIDField()


class Unmerge(StrictSerializer):
    """The person who was merged and is another after all."""

    person = serializers.UUIDField()
