"""Paths of this room."""

from django.urls import path

from fieldops.desk import day

urlpatterns = [
    path("day", day.page, name="day"),
    path("day/store", day.store, name="day-store"),
]
