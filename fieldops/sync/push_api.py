"""Endpoint of a phone that lets itself be woken by Web Push."""

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.dispatch.ring_push import is_push_service, public_key
from fieldops.lib.api import StrictSerializer, read_body
from fieldops.lib.clock import now
from fieldops.lib.errors import Invalid
from fieldops.sync.devices import device_of
from fieldops.sync.push import keep_subscription, push_on
from fieldops.teams.access import require
from fieldops.teams.accounts import user_of

WIRE = {200: OpenApiTypes.OBJECT}


class PushIn(StrictSerializer):
    """Where this browser's push service takes a ping; null ends it."""

    device_id = serializers.UUIDField()
    epoch = serializers.UUIDField()
    endpoint = serializers.CharField(max_length=1000, allow_null=True)


class Push(APIView):
    """`GET`: the key to subscribe with, null where push is off. `POST`: subscribe, or stop."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request) -> Response:
        require(user_of(request), "phone")
        return Response({"key": public_key() if push_on() else None})

    @extend_schema(request=PushIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        require(user_of(request), "phone")
        body = read_body(PushIn, request)
        device = device_of(user_of(request), body["device_id"], body["epoch"])
        endpoint = body["endpoint"]
        if endpoint is not None and not (push_on() and is_push_service(endpoint)):
            raise Invalid("unknown_push_service", errors={"endpoint": ["not a push service of the list"]})
        keep_subscription(device=device, user=user_of(request), endpoint=endpoint, at=now())
        return Response({"on": endpoint is not None})
