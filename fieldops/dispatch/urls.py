"""Paths of this room."""

from django.urls import path

from fieldops.dispatch import api, drills_api, ring_api

urlpatterns = [
    path("ring/<uuid:ring_id>/status", ring_api.RingStatus.as_view()),
    path("cases/<uuid:case_id>/recommendation", api.Recommendation.as_view()),
    path("cases/<uuid:case_id>/offer", api.Offer.as_view()),
    path("cases/<uuid:case_id>/hold", api.Hold.as_view()),
    path("cases/<uuid:case_id>/line-up", api.LineUp.as_view()),
    path("cases/<uuid:case_id>/leave-line", api.LeaveLine.as_view()),
    path("drills", drills_api.Drills.as_view()),
    path("drills/<uuid:drill_id>", drills_api.OneDrill.as_view()),
    path("drills/<uuid:drill_id>/end", drills_api.EndDrill.as_view()),
    path("shifts/<uuid:shift_id>/duty", api.CrewDuty.as_view()),
    path("assignments/<uuid:assignment_id>/recall", api.Recall.as_view()),
    path("assignments/<uuid:assignment_id>/reassign", api.Reassign.as_view()),
    path("assignments/<uuid:assignment_id>/divert", api.Divert.as_view()),
    path("assignments/<uuid:assignment_id>/messages", api.Messages.as_view()),
]
