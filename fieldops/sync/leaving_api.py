"""Endpoints of a phone that may only write, and of the desk that takes it off or lets it go."""

import uuid
from typing import Any

from django.contrib.auth import logout
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.lib.api import read_body
from fieldops.lib.clock import iso, now
from fieldops.lib.errors import NotFound
from fieldops.sync import forms
from fieldops.sync.apply import check_size
from fieldops.sync.blob_api import Blobs
from fieldops.sync.leaving import confirm_wipe, release_device, revoke_device, take_in
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.actor import actor
from fieldops.teams.models import Device, User
from fieldops.teams.revoked import device_of_token
from fieldops.teams.wire import device_wire

WIRE = {200: OpenApiTypes.OBJECT}
# Who may reach a phone of the centre from a desk.
DESKS = frozenset({"duty", "supervisor", "admin"})


class IngestToken(BaseAuthentication):
    """The short-lived token of a phone taken off the list, or let go: it writes, and reads nothing."""

    def authenticate(self, request: Request) -> tuple[User, Device]:
        device = device_of_token(request.headers.get("X-Ingest-Token", ""))
        if device is None or not device.user.is_active or not (device.revoked_at or device.released_at):
            raise NotAuthenticated()
        return device.user, device

    def authenticate_header(self, request: Request) -> str:
        return "Ingest"


class IngestTokenSchema(OpenApiAuthenticationExtension):
    """How the API's document names the token."""

    target_class = IngestToken
    name = "ingest"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-Ingest-Token"}


class Ingest(APIView):
    """Hand in what a phone still holds: kept sealed for review; nothing readable comes back."""

    authentication_classes = (IngestToken,)

    @extend_schema(request=forms.Batch, responses=WIRE)
    def post(self, request: Request) -> Response:
        device = _device(request)
        body = read_body(forms.Batch, request)
        if body["device_id"] != device.pk:
            raise NotFound("unknown_device")
        # What was too large or of no known version for the front door is taken here: it is kept, not read.
        if len(body["commands"]) > 1:
            check_size([sent["text"] for sent in body["commands"]])
        results = [
            take_in(device=device, epoch=body["epoch"], text=sent["text"], sha=sent["sha"], at=now())
            for sent in body["commands"]
        ]
        return Response({"server_time": iso(now()), "results": results})


class IngestBlobs(Blobs):
    """Hand in photos: the same parts, by the token."""

    authentication_classes = (IngestToken,)


class IngestWiped(APIView):
    """A phone taken off the list has forgotten everything; its session ends with that."""

    authentication_classes = (IngestToken,)

    @extend_schema(request=forms.WipedIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        device = _device(request)
        body = read_body(forms.WipedIn, request)
        if body["device_id"] != device.pk:
            raise NotFound("unknown_device")
        wiped = confirm_wipe(device=device, by=actor(device.user), at=now())
        logout(request._request)
        return Response({"wiped_at": iso(wiped.wiped_at)})


class Revoke(APIView):
    """Take a phone off the list."""

    @extend_schema(request=forms.ReasonIn, responses=WIRE)
    def post(self, request: Request, device_id: uuid.UUID) -> Response:
        device = reach(Device.objects.all(), user_of(request), device_id, roles=DESKS)
        require(user_of(request), "phones.revoke")
        body: dict[str, Any] = read_body(forms.ReasonIn, request)
        at = now()
        revoked = revoke_device(device_id=device.pk, reason=body["reason"], by=actor_of(request), at=at)
        return Response(device_wire(revoked, at))


class Release(APIView):
    """Let a phone's person sign out although something is unsent."""

    @extend_schema(request=forms.ReasonIn, responses=WIRE)
    def post(self, request: Request, device_id: uuid.UUID) -> Response:
        device = reach(Device.objects.all(), user_of(request), device_id, roles=DESKS)
        require(user_of(request), "phones.release")
        body: dict[str, Any] = read_body(forms.ReasonIn, request)
        at = now()
        released = release_device(device_id=device.pk, reason=body["reason"], by=actor_of(request), at=at)
        return Response(device_wire(released, at))


def _device(request: Request) -> Device:
    device: Device = request.auth  # type: ignore[assignment]
    return device
