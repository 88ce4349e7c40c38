"""Paths of this room."""

from django.urls import path

from fieldops.playbook import api

urlpatterns = [
    path("playbook/cards", api.Cards.as_view()),
    path("playbook/scam-types", api.ScamTypes.as_view()),
]
