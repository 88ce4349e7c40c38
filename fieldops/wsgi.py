"""The WSGI application, which the request pool runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldops.settings")
application = get_wsgi_application()
