"""Bodies: a report, an indicator, a decision; unknown fields are refused."""

from rest_framework import serializers

from fieldops.cases.models import VictimState
from fieldops.lib.api import StrictSerializer
from fieldops.outcomes.models import Basis, Effect, Indicator, Ineffective, Met

Text = serializers.CharField
MAX_FEN = 10**14


class ReportIn(StrictSerializer):
    """A member's answers; what is required to conclude is checked by the action, by name."""

    id = serializers.UUIDField()
    met = serializers.ChoiceField(Met.choices, required=False)
    state_after = serializers.ChoiceField(VictimState.choices, required=False)
    effect = serializers.ChoiceField(Effect.choices, required=False)
    ineffective_reason = serializers.ChoiceField(Ineffective.choices, required=False, allow_blank=True)
    scam_type = Text(max_length=16, required=False)
    lost_fen = serializers.IntegerField(min_value=0, max_value=MAX_FEN, required=False)
    lost_basis = serializers.ChoiceField(Basis.choices, required=False)
    prevented_fen = serializers.IntegerField(min_value=0, max_value=MAX_FEN, required=False)
    prevented_basis = serializers.ChoiceField(Basis.choices, required=False)
    stopped_fen = serializers.IntegerField(min_value=0, max_value=MAX_FEN, required=False)
    stopped_basis = serializers.ChoiceField(Basis.choices, required=False)
    words = Text(max_length=1000, required=False, allow_blank=True)


class ReportArgs(StrictSerializer):
    """The report inside a command."""

    report = ReportIn()


class IndicatorArgs(StrictSerializer):
    """One account, phone, app or site."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Indicator.Kind.choices)
    value = Text(max_length=200)
    bank = Text(max_length=60, required=False, allow_blank=True)
    holder = Text(max_length=40, required=False, allow_blank=True)
    note = Text(max_length=200, required=False, allow_blank=True)


class NoteArgs(StrictSerializer):
    """A written note."""

    id = serializers.UUIDField()
    text = Text(max_length=500)


class PhotoArgs(StrictSerializer):
    """A photo by its hash; the bytes follow."""

    id = serializers.UUIDField()
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")
    mime = Text(max_length=40)
    size = serializers.IntegerField(min_value=1, max_value=20 * 1024 * 1024)
    caption = Text(max_length=200, required=False, allow_blank=True)


class DropPhotoArgs(StrictSerializer):
    """A photo by its hash, as it was announced."""

    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")


class Decide(StrictSerializer):
    """Which of two reports counts."""

    report = serializers.UUIDField()


class FollowUpDone(StrictSerializer):
    """What the return call found."""

    valid = serializers.BooleanField()
    remark = Text(max_length=300, required=False, allow_blank=True)
