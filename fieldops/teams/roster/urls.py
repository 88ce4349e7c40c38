"""Paths of the roster."""

from django.urls import path

from fieldops.teams.roster import api, swaps_api

urlpatterns = [
    path("roster", api.Table.as_view()),
    path("roster/gaps", api.Gaps.as_view()),
    path("roster/templates", api.Templates.as_view()),
    path("roster/lines", api.Lines.as_view()),
    path("roster/lines/<uuid:line_id>", api.Line.as_view()),
    path("roster/lines/<uuid:line_id>/retire", api.Retire.as_view()),
    path("roster/lines/<uuid:line_id>/out", api.Out.as_view()),
    path("roster/plan", api.Plan.as_view()),
    path("roster/turns", api.Turns.as_view()),
    path("roster/shifts/<uuid:shift_id>/crew", api.Crew.as_view()),
    path("roster/take", api.Take.as_view()),
    path("roster/take-desk", api.TakeDesk.as_view()),
    path("roster/hours", api.Hours.as_view()),
    path("roster/holidays", api.Holidays.as_view()),
    path("roster/swaps", swaps_api.Swaps.as_view()),
    path("roster/swaps/direct", swaps_api.Direct.as_view()),
    path("roster/swaps/<uuid:swap_id>/agree", swaps_api.Agree.as_view()),
    path("roster/swaps/<uuid:swap_id>/decline", swaps_api.Decline.as_view()),
    path("roster/swaps/<uuid:swap_id>/withdraw", swaps_api.Withdraw.as_view()),
    path("roster/calendars", swaps_api.Calendars.as_view()),
    path("roster/calendars/<uuid:link_id>/revoke", swaps_api.Revoke.as_view()),
]
