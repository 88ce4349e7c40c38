"""Paths of this room."""

from django.urls import path

from fieldops.sync import api, blob_api

urlpatterns = [
    path("sync/devices", api.Devices.as_view()),
    path("sync/commands", api.Commands.as_view()),
    path("sync/feed", api.Feed.as_view()),
    path("sync/snapshot", api.Snapshot.as_view()),
    path("sync/heartbeat", api.Heartbeat.as_view()),
    path("sync/positions", api.Positions.as_view()),
    path("sync/blobs/<str:sha256>", blob_api.Blobs.as_view()),
    path("assignments/<uuid:assignment_id>/by-voice", api.ByVoice.as_view()),
]
