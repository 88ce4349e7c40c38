"""Endpoints of the phone, and the desk's by-voice twin."""

import uuid
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.dispatch.actions import mark_seen
from fieldops.dispatch.queries import assignment_for
from fieldops.feed.models import user as user_recipient
from fieldops.feed.queries import head_of, page_after
from fieldops.feed.wire import event_wire
from fieldops.lib.api import read_body
from fieldops.lib.clock import iso, now
from fieldops.lib.errors import Invalid
from fieldops.sync import forms
from fieldops.sync.apply import apply_command, check_batch, retry_deferred
from fieldops.sync.checking import check_counts
from fieldops.sync.cursors import take_cursor
from fieldops.sync.devices import device_of, record_heartbeat, register_device, same_phone, touch
from fieldops.sync.leaving import confirm_wipe, release_of
from fieldops.sync.positions import keep_positions
from fieldops.sync.snapshot import center_wire, known_seq, snapshot_for
from fieldops.sync.voice import apply_by_voice
from fieldops.teams.access import require
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.queries import current_shift
from fieldops.teams.revoked import bind_session, device_in
from fieldops.teams.wire import shift_wire, user_wire

WIRE = {200: OpenApiTypes.OBJECT}


class Devices(APIView):
    """A phone says who it is."""

    @extend_schema(request=forms.DeviceIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        require(user_of(request), "phone")
        body = read_body(forms.DeviceIn, request)
        at = now()
        device = register_device(
            user=user_of(request),
            device_id=same_phone(user_of(request), body["device_id"], device_in(request._request.session)),
            epoch=body["epoch"],
            name=body.get("name", ""),
            app=body.get("app", ""),
            at=at,
        )
        bind_session(request._request.session, device)
        shift = current_shift(user_of(request), at)
        return Response(
            {
                "device_id": str(device.pk),
                "user": user_wire(user_of(request)),
                "center": center_wire(user_of(request)),
                "crew": shift_wire(shift, at) if shift else None,
                "known_seq": known_seq(device),
                "release": release_of(device),
                "heartbeat_s": settings.HEARTBEAT_S,
                "server_time": iso(at),
            }
        )


class Commands(APIView):
    """Commands applied once each; always 200 once the envelope of the batch is read."""

    @extend_schema(request=forms.Batch, responses=WIRE)
    def post(self, request: Request) -> Response:
        require(user_of(request), "phone")
        body = read_body(forms.Batch, request)
        check_batch([sent["text"] for sent in body["commands"]])
        at = now()
        device = device_of(user_of(request), body["device_id"], body["epoch"])
        touch(device=device, at=at)
        retry_deferred(user=user_of(request), at=at)
        results = [
            apply_command(user=user_of(request), device=device, text=sent["text"], sha=sent["sha"], at=now())
            for sent in body["commands"]
        ]
        take_cursor(user=user_of(request), device_id=device.pk, cursor=body["cursor"], at=at)
        mark_seen(user_id=user_of(request).pk, ids=body["seen"], at=at)
        head = head_of(user_recipient(user_of(request).pk))
        return Response(
            {
                "server_time": iso(now()),
                "feed_gen": str(head.gen),
                "head": head.last,
                "known_seq": known_seq(device),
                "results": results,
            }
        )


class Feed(APIView):
    """The feed by pull: `?gen=&after=&limit=`; 410 says take a snapshot."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request) -> Response:
        require(user_of(request), "phone")
        recipient = user_recipient(user_of(request).pk)
        after, limit = _int(request, "after", 0), _int(request, "limit", 200)
        page = page_after(recipient, gen=request.query_params.get("gen", ""), after=after, limit=limit)
        return Response(
            {
                "gen": str(page.gen),
                "events": [event_wire(row) for row in page.rows],
                "head": page.head,
                "has_more": page.has_more,
                "server_time": iso(now()),
            }
        )


class Snapshot(APIView):
    """Everything of a member's work, and the cursor it is true for."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request) -> Response:
        require(user_of(request), "phone")
        device_id = request.query_params.get("device_id")
        device = device_of(user_of(request), _uuid(device_id)) if device_id else None
        at = now()
        retry_deferred(user=user_of(request), at=at)
        return Response(snapshot_for(user=user_of(request), device=device, at=at))


class Heartbeat(APIView):
    """What the phone knows of itself."""

    @extend_schema(request=forms.Heartbeat, responses=WIRE)
    def post(self, request: Request) -> Response:
        require(user_of(request), "phone")
        body = read_body(forms.Heartbeat, request)
        device = device_of(user_of(request), body["device_id"], body["epoch"])
        record_heartbeat(device=device, user=user_of(request), beat=body, at=now())
        retry_deferred(user=user_of(request), at=now())
        head = head_of(user_recipient(user_of(request).pk))
        return Response(
            {
                "server_time": iso(now()),
                "feed_gen": str(head.gen),
                "head": head.last,
                "known_seq": known_seq(device),
                "release": release_of(device),
            }
        )


class Check(APIView):
    """The count check: what this phone holds against what is here."""

    @extend_schema(request=forms.CheckIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        require(user_of(request), "phone")
        body = read_body(forms.CheckIn, request)
        device = device_of(user_of(request), body["device_id"], body["epoch"])
        found = check_counts(
            device=device,
            user=user_of(request),
            from_seq=body["from_seq"],
            subjects=body["subjects"],
            at=now(),
        )
        return Response({**found, "known_seq": known_seq(device), "server_time": iso(now())})


class Wiped(APIView):
    """A signed-in phone says that it has forgotten everything: signed out, or its lease is over."""

    @extend_schema(request=forms.WipedIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        require(user_of(request), "phone")
        body = read_body(forms.WipedIn, request)
        device = device_of(user_of(request), body["device_id"], body["epoch"])
        wiped = confirm_wipe(device=device, by=actor_of(request), at=now())
        return Response({"wiped_at": iso(wiped.wiped_at)})


class Positions(APIView):
    """Fixes, newest first; lossy."""

    @extend_schema(request=forms.Positions, responses=WIRE)
    def post(self, request: Request) -> Response:
        require(user_of(request), "phone")
        body = read_body(forms.Positions, request)
        device_of(user_of(request), body["device_id"])
        return Response(
            {"kept": keep_positions(user=user_of(request), positions=body["positions"], at=now())}
        )


class ByVoice(APIView):
    """A crew's move made by the desk."""

    @extend_schema(request=forms.ByVoice, responses=WIRE)
    def post(self, request: Request, assignment_id: uuid.UUID) -> Response:
        assignment = assignment_for(user_of(request), assignment_id)
        require(user_of(request), "cases.work")
        body: dict[str, Any] = read_body(forms.ByVoice, request)
        result = apply_by_voice(
            officer=user_of(request),
            assignment=assignment,
            member_id=body["member"],
            cmd_id=body["cmd_id"],
            command=body["command"],
            args=body["args"],
            at=now(),
        )
        return Response(result)


def _int(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise Invalid(errors={name: ["a whole number"]})
    return int(value)


def _uuid(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Invalid(errors={"device_id": ["not an id"]}) from error
