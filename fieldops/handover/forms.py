"""Bodies of the room's endpoints; unknown fields are refused."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from fieldops.lib.api import StrictSerializer

Text = serializers.CharField


class OpenIn(StrictSerializer):
    """Begin the handover of a crew's shift or of one of the desk."""

    shift = serializers.UUIDField(required=False)
    desk_shift = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError({"shift": [_("A crew's shift or one of the desk.")]})
        return attrs


class PassOnIn(StrictSerializer):
    """Name who has these cases from now on; without cases all that nobody has yet."""

    to = serializers.UUIDField()
    cases = serializers.ListField(child=serializers.UUIDField(), max_length=2000, required=False)


class NotesIn(StrictSerializer):
    """What the next ones must know."""

    text = Text(max_length=4000, allow_blank=True)


class SignIn(StrictSerializer):
    """Sign; by voice for a member of the crew, past unsettled phones with a reason."""

    member = serializers.UUIDField(required=False)
    reason = Text(max_length=200, required=False, allow_blank=True)


class AcceptIn(StrictSerializer):
    """Accept; by voice for a member of the crew that comes."""

    member = serializers.UUIDField(required=False)


class ReturnIn(StrictSerializer):
    """Give it back."""

    reason = Text(min_length=2, max_length=200)


class LaterNoteIn(StrictSerializer):
    """Add to what was signed."""

    text = Text(min_length=1, max_length=4000)
