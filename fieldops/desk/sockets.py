"""Socket paths of this room."""

from django.urls import path

from fieldops.desk.consumers import DeskSocket

websocket_urlpatterns = [path("ws/desk", DeskSocket.as_asgi())]
