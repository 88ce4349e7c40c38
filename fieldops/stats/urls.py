"""Paths of this room."""

from django.urls import path

from fieldops.stats import api

urlpatterns = [
    path("stats/daily", api.Daily.as_view()),
    path("stats/daily/store", api.Store.as_view()),
    path("stats/daily/cases", api.Cases.as_view()),
]
