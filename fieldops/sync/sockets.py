"""Socket paths of this room."""

from django.urls import path

from fieldops.sync.consumers import PhoneSocket

websocket_urlpatterns = [path("ws/sync", PhoneSocket.as_asgi())]
