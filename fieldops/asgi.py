"""The ASGI application: http by Django's WSGI handler in a pool of threads, sockets by async consumers."""

import os
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldops.settings")

# Before the rooms' consumers are imported: this is what fills the app registry.
from fieldops.wsgi import application as wsgi_application  # isort: skip

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import re_path

from fieldops.desk.sockets import websocket_urlpatterns as desk_sockets
from fieldops.serving.gate import SocketGate, no_such_socket
from fieldops.serving.pool import RequestPool
from fieldops.sync.sockets import websocket_urlpatterns as sync_sockets

requests = RequestPool(wsgi_application, settings.REQUEST_THREADS)
sockets = SocketGate(URLRouter([*sync_sockets, *desk_sockets, re_path(r"", cast(Any, no_such_socket))]))
application = ProtocolTypeRouter({"http": requests, "websocket": sockets})
