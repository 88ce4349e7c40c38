"""Where each path leads; one line a room."""

from allauth.headless.account.views import LoginView, ReauthenticateView, SessionView
from allauth.headless.constants import Client
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from fieldops.teams.roster.swaps_api import calendar

api = [
    path("", include("fieldops.teams.roster.urls")),
    path("", include("fieldops.playbook.urls")),
    path("", include("fieldops.places.urls")),
    path("", include("fieldops.intake.urls")),
    path("", include("fieldops.cases.urls")),
    path("", include("fieldops.dispatch.urls")),
    path("", include("fieldops.outcomes.urls")),
    path("", include("fieldops.sync.urls")),
    path("", include("fieldops.handover.urls")),
    path("", include("fieldops.stats.urls")),
]

# Of allauth's doors only these three: others change what an administrator keeps, or send mail nobody set up.
signing_in = [
    path("login", LoginView.as_api_view(client=Client.BROWSER)),
    path("reauthenticate", ReauthenticateView.as_api_view(client=Client.BROWSER)),
    path("session", SessionView.as_api_view(client=Client.BROWSER)),
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("_allauth/browser/v1/auth/", include(signing_in)),
    path("admin/", admin.site.urls),
    path("m/", include("fieldops.sync.shell")),
    path("demo/", include("fieldops.demo.urls")),
    path("calendar/<str:token>.ics", calendar),
    path("", include("fieldops.serving.urls")),
    path("", include("fieldops.desk.urls")),
]

handler400 = "fieldops.lib.errors.bad_request"
handler404 = "fieldops.lib.errors.not_found"
handler500 = "fieldops.lib.errors.server_error"
