"""Paths of this room."""

from django.urls import path

from fieldops.places import api

urlpatterns = [
    path("places", api.Places.as_view()),
    path("places.geojson", api.PlacesMap.as_view()),
    path("places/<uuid:place_id>", api.PlaceDetail.as_view()),
]
