"""Paths of this room."""

from django.urls import path

from fieldops.sync import api, blob_api, leaving_api, push_api, review_api

urlpatterns = [
    path("sync/devices", api.Devices.as_view()),
    path("sync/commands", api.Commands.as_view()),
    path("sync/feed", api.Feed.as_view()),
    path("sync/snapshot", api.Snapshot.as_view()),
    path("sync/heartbeat", api.Heartbeat.as_view()),
    path("sync/push", push_api.Push.as_view()),
    path("sync/positions", api.Positions.as_view()),
    path("sync/blobs/<str:sha256>", blob_api.Blobs.as_view()),
    path("sync/check", api.Check.as_view()),
    path("sync/wiped", api.Wiped.as_view()),
    path("sync/ingest", leaving_api.Ingest.as_view()),
    path("sync/ingest/wiped", leaving_api.IngestWiped.as_view()),
    path("sync/ingest/blobs/<str:sha256>", leaving_api.IngestBlobs.as_view()),
    path("devices/<uuid:device_id>/revoke", leaving_api.Revoke.as_view()),
    path("devices/<uuid:device_id>/release", leaving_api.Release.as_view()),
    path("review/<uuid:item_id>/decide", review_api.Decide.as_view()),
    path("review/<uuid:item_id>/open", review_api.Open.as_view()),
    path("notes/<uuid:note_id>/photo", blob_api.Photo.as_view()),
    path("assignments/<uuid:assignment_id>/by-voice", api.ByVoice.as_view()),
]
