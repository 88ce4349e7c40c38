"""Paths of this room."""

from django.urls import path

from fieldops.intake import api

urlpatterns = [path("alerts", api.AlertFeed.as_view())]
