"""Bodies of the phone's calls; unknown fields are refused."""

from typing import Any

from rest_framework import serializers

from fieldops.cases.models import VictimState
from fieldops.lib.api import AnyMoment, Number, PhoneMoment, StrictSerializer
from fieldops.sync.models import ReviewItem
from fieldops.teams.models import Duty

Text = serializers.CharField
# What one body can hold at all; how much of it is read is settings.SYNC_BATCH_COMMANDS and _BYTES (413).
MAX_COMMANDS = 1000
MAX_TEXT = 1024 * 1024
# Envelopes of this version and two before it are read; an older app is told to update (426), its queue kept.
V_NOW = 1
V_OLDEST = max(1, V_NOW - 2)
MAX_TYPE, MAX_KINDS = 24, 64
MAX_NUMBER = 2**53  # what JavaScript counts exactly
MAX_OFFSET_MS = 10**13
MAX_TEST_MS = 600_000  # a test that took longer than ten minutes was none
MAX_MB = 2**31 - 1  # what the column holds; no phone has more


class DeviceIn(StrictSerializer):
    """A phone says who it is."""

    device_id = serializers.UUIDField()
    epoch = serializers.UUIDField()
    name = Text(max_length=80, required=False, allow_blank=True)
    app = Text(max_length=24, required=False, allow_blank=True)
    schema = serializers.IntegerField(required=False)


class SentCommand(StrictSerializer):
    """One envelope as text, with the hash of exactly these bytes."""

    text = Text(max_length=MAX_TEXT, trim_whitespace=False)
    sha = serializers.RegexField(r"^[0-9a-f]{64}$")


class Batch(StrictSerializer):
    """Commands in ascending order of the device's sequence."""

    device_id = serializers.UUIDField()
    epoch = serializers.UUIDField()
    cursor = serializers.IntegerField(min_value=0, max_value=MAX_NUMBER, required=False, default=0)
    seen = serializers.ListField(child=serializers.UUIDField(), max_length=200, required=False, default=list)
    commands = serializers.ListField(child=SentCommand(), max_length=MAX_COMMANDS, allow_empty=True)


class Subject(StrictSerializer):
    """What a command is about."""

    kind = serializers.ChoiceField(["assignment", "case", "shift"])
    id = serializers.UUIDField()


class Position(StrictSerializer):
    """Where the phone was when the command was given."""

    lng = Number(min_value=-180, max_value=180)
    lat = Number(min_value=-90, max_value=90)
    acc = Number(min_value=0)
    fix_at = AnyMoment()


class Envelope(StrictSerializer):
    """A command (phone-protocol.md §2)."""

    cmd_id = serializers.UUIDField()
    seq = serializers.IntegerField(min_value=1, max_value=MAX_NUMBER)
    type = Text(max_length=MAX_TYPE)
    v = serializers.IntegerField(min_value=V_OLDEST, max_value=V_NOW)
    subject = Subject()
    base_version = serializers.IntegerField(
        min_value=0, max_value=MAX_NUMBER, allow_null=True, required=False
    )
    args = serializers.DictField()
    occurred_at = AnyMoment()
    offset_ms = serializers.IntegerField(
        min_value=-MAX_OFFSET_MS, max_value=MAX_OFFSET_MS, allow_null=True, required=False
    )
    offset_age_s = Number(allow_null=True, required=False)
    pos = Position(allow_null=True, required=False)
    app = Text(max_length=24, required=False, allow_blank=True)


class StateArgs(StrictSerializer):
    """How deep the person is in, as the crew sees it."""

    victim_state = serializers.ChoiceField(VictimState.choices)


class SayArgs(StrictSerializer):
    """Words to the desk."""

    id = serializers.UUIDField()
    canned = Text(max_length=20, required=False, allow_null=True, allow_blank=True)
    text = Text(max_length=300, required=False, allow_blank=True)


class DutyArgs(StrictSerializer):
    """On duty, on break, off."""

    state = serializers.ChoiceField(Duty.choices)
    heard = serializers.BooleanField(required=False, default=False)


class Measured(serializers.IntegerField):
    """What a phone measured: null where it cannot be right, such as a tone heard after hours.

    A heartbeat is more than its measurements: refused, it would make a ringing phone a dead one at the desk.
    """

    def __init__(self, *, most: int) -> None:
        super().__init__(
            allow_null=True, required=False, help_text=f"0 to {most}; anything else counts as null."
        )
        self.most = most

    def to_internal_value(self, data: Any) -> int | None:  # type: ignore[override]
        number: int = super().to_internal_value(data)
        return number if 0 <= number <= self.most else None


class Readiness(StrictSerializer):
    """The test at shift start: times in ms until the tone was heard and the server answered."""

    at = PhoneMoment()
    tone_ms = Measured(most=MAX_TEST_MS)
    ws_ms = Measured(most=MAX_TEST_MS)
    wake = serializers.BooleanField(allow_null=True, required=False)
    vibrated = serializers.BooleanField(allow_null=True, required=False)


class Kinds(serializers.DictField):
    """How many unsent commands of each type: every desk is sent it, so it has an end."""

    default_error_messages = {"long": "Too many kinds, or too long a name."}

    def to_internal_value(self, data: Any) -> dict[str, int]:
        kinds: dict[str, int] = super().to_internal_value(data)
        if len(kinds) > MAX_KINDS or any(len(kind) > MAX_TYPE for kind in kinds):
            self.fail("long")
        return kinds


class Heartbeat(StrictSerializer):
    """What the phone knows of itself."""

    device_id = serializers.UUIDField()
    epoch = serializers.UUIDField()
    pending = serializers.IntegerField(min_value=0, max_value=100000)
    oldest_at = PhoneMoment()
    kinds = Kinds(child=serializers.IntegerField(min_value=0, max_value=100000), required=False)
    stuck = serializers.IntegerField(min_value=0, max_value=100000, required=False, default=0)
    can_ring = serializers.BooleanField()
    ring_problem = Text(max_length=24, allow_null=True, allow_blank=True, required=False)
    heard_at = PhoneMoment()
    wake_lock = serializers.BooleanField(required=False)
    socket = serializers.BooleanField(required=False)
    visible = serializers.BooleanField(required=False)
    readiness = Readiness(allow_null=True, required=False)
    offset_ms = serializers.IntegerField(
        min_value=-MAX_OFFSET_MS, max_value=MAX_OFFSET_MS, allow_null=True, required=False
    )
    app = Text(max_length=24, required=False, allow_blank=True)
    persisted = serializers.BooleanField(required=False)
    used_mb = Measured(most=MAX_MB)
    quota_mb = Measured(most=MAX_MB)
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=200, required=False)
    offset_age_s = Number(min_value=0, allow_null=True, required=False)


class CheckSubject(StrictSerializer):
    """What a phone holds on one subject: how many commands, and the xor of the SHA-256 of their ids."""

    id = serializers.UUIDField()
    count = serializers.IntegerField(min_value=0, max_value=100000)
    xor = serializers.RegexField(r"^[0-9a-f]{64}$")
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=5000, required=False)


class CheckIn(StrictSerializer):
    """The count check: what this phone holds from `from_seq` on, by subject."""

    device_id = serializers.UUIDField()
    epoch = serializers.UUIDField()
    from_seq = serializers.IntegerField(min_value=0, max_value=MAX_NUMBER, required=False, default=0)
    subjects = serializers.ListField(child=CheckSubject(), max_length=1000, allow_empty=True)


class WipedIn(StrictSerializer):
    """A phone has forgotten everything."""

    device_id = serializers.UUIDField()
    epoch = serializers.UUIDField()


class ReasonIn(StrictSerializer):
    """A typed reason."""

    reason = Text(max_length=200)


class DecideIn(StrictSerializer):
    """What a person makes of what a phone sent."""

    decision = serializers.ChoiceField(ReviewItem.Decision.choices)
    reason = Text(max_length=200, required=False, allow_blank=True, default="")


class Positions(StrictSerializer):
    """Fixes, newest first; a lossy channel of its own."""

    device_id = serializers.UUIDField()
    positions = serializers.ListField(child=Position(), max_length=200)


class ByVoice(StrictSerializer):
    """A crew's move made by the desk, because the phone is dead."""

    cmd_id = serializers.UUIDField()
    command = serializers.ChoiceField(
        [
            "accept",
            "decline",
            "set_out",
            "arrive",
            "conclude",
            "confirm_stand_down",
            "say",
            "note",
            "check_in",
        ]
    )
    member = serializers.UUIDField()
    args = serializers.DictField(required=False, default=dict)
