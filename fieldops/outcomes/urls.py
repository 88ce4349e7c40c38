"""Paths of this room."""

from django.urls import path

from fieldops.outcomes import api

urlpatterns = [
    path("reports/<uuid:report_id>/decide", api.ReportDecide.as_view()),
    path("follow-ups/<uuid:follow_up_id>", api.FollowUpDone.as_view()),
]
