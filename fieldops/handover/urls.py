"""Paths of this room."""

from django.urls import path

from fieldops.handover import api

urlpatterns = [
    path("handovers", api.Handovers.as_view()),
    path("handovers/<uuid:handover_id>", api.One.as_view()),
    path("handovers/<uuid:handover_id>/sheets/<int:revision>", api.Sheet.as_view()),
    path("handovers/<uuid:handover_id>/pass-on", api.PassOn.as_view()),
    path("handovers/<uuid:handover_id>/notes", api.Notes.as_view()),
    path("handovers/<uuid:handover_id>/sign", api.Sign.as_view()),
    path("handovers/<uuid:handover_id>/accept", api.Accept.as_view()),
    path("handovers/<uuid:handover_id>/return", api.GiveBack.as_view()),
    path("handovers/<uuid:handover_id>/later-notes", api.AddNote.as_view()),
]
