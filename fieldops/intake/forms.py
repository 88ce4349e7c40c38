"""The body of an alert, from the feed or a file row; unknown fields are refused."""

import datetime as dt

from rest_framework import serializers

from fieldops.cases.models import Level
from fieldops.lib.api import Moment, Number, StrictSerializer

Text = serializers.CharField
# A source's clock may be so far ahead; what is issued later than that would be "the newest word" until then.
AHEAD = dt.timedelta(minutes=10)


class PersonIn(StrictSerializer):
    """Who is at risk."""

    name = Text(max_length=40, required=False, allow_blank=True)
    phone = Text(max_length=32)
    id_type = serializers.ChoiceField(
        ["id_card", "residence_permit", "foreign_permanent", "passport", "other"], required=False
    )
    id_number = Text(max_length=32, required=False, allow_blank=True)
    address = Text(max_length=160, required=False, allow_blank=True)
    school_code = Text(max_length=32, required=False, allow_blank=True)


class PlaceIn(StrictSerializer):
    """Where the alert says he is."""

    lng = Number(min_value=-180, max_value=180)
    lat = Number(min_value=-90, max_value=90)
    crs = serializers.ChoiceField(["wgs84", "gcj02"], default="wgs84")
    text = Text(max_length=120)


class SuspectIn(StrictSerializer):
    """What is known of the scammer; kept raw, refused nothing."""

    phones = serializers.ListField(child=Text(max_length=40), max_length=20, required=False)
    accounts = serializers.ListField(child=Text(max_length=40), max_length=20, required=False)
    sites = serializers.ListField(child=Text(max_length=200), max_length=20, required=False)
    apps = serializers.ListField(child=Text(max_length=80), max_length=20, required=False)


class AlertIn(StrictSerializer):
    """One alert."""

    external_id = Text(max_length=80)
    issued_at = Moment()
    level = serializers.ChoiceField(Level.choices)
    family = serializers.ChoiceField(["phone", "net", "money"])
    source = Text(max_length=40)  # type: ignore[assignment]
    scam_type = Text(max_length=16, required=False, allow_blank=True)
    person = PersonIn()
    place = PlaceIn(required=False)
    suspect = SuspectIn(required=False)
    amount_at_risk_fen = serializers.IntegerField(
        min_value=0, max_value=10**14, required=False, allow_null=True
    )
    note = Text(max_length=500, required=False, allow_blank=True)
