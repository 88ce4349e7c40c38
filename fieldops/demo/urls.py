"""Paths of this room."""

from django.urls import path

from fieldops.demo import api

urlpatterns = [path("<slug:scene>", api.SendAlert.as_view())]
