"""Paths of this room."""

from django.urls import path

from fieldops.intake import api, imports_api

urlpatterns = [
    path("alerts", api.AlertFeed.as_view()),
    path("alerts/import", imports_api.AlertImport.as_view()),
    path("alerts/import/template.xlsx", imports_api.ImportTemplate.as_view()),
]
