"""Paths of this room."""

from django.urls import path
from django.views.i18n import set_language

from fieldops.desk import (
    api,
    day,
    devices,
    devices_review,
    drills,
    fragments,
    handoverpage,
    rostermine,
    rosterpage,
    timers,
    views,
    watch,
)

urlpatterns = [
    path("", views.show_board),
    path("sign-in", views.sign_in),
    path("sign-out", views.sign_out),
    path("language", set_language, name="set_language"),
    path("cases/<uuid:case_id>", views.show_case),
    path("cases/<uuid:case_id>/sheet", views.show_sheet),
    path("find", views.find),
    path("map", views.show_map),
    path("follow-ups", views.show_follow_ups),
    path("phones", devices.show_phones),
    path("held", devices_review.show_held),
    path("import", views.show_import),
    path("drills", drills.list_page),
    path("drills/<uuid:drill_id>", drills.report_page),
    path("roster", rosterpage.show_roster),
    path("roster/mine", rostermine.show_mine),
    path("handovers/<uuid:handover_id>", handoverpage.show_handover),
    path("handovers/<uuid:handover_id>/sheets/<int:revision>", handoverpage.show_handover_sheet),
    path("day", day.page, name="day"),
    path("day/store", day.store, name="day-store"),
    path("desk/fragments/board", fragments.board_parts),
    path("desk/fragments/cases/<uuid:case_id>", fragments.case_parts),
    path("desk/fragments/phones", devices.phone_rows),
    path("desk/fragments/held", devices_review.held_rows),
    path("desk/fragments/map", fragments.map_list),
    path("api/v1/desk/snapshot", api.Snapshot.as_view()),
    path("api/v1/desk/awake", api.Awake.as_view()),
    path("api/v1/desk/watch", watch.Watch.as_view()),
    path("timers", timers.show_timers),
    path("api/v1/timers/<int:timer_id>/retry", timers.Retry.as_view()),
    path("api/v1/alarms/<uuid:alarm_id>/acknowledge", api.Acknowledge.as_view()),
]
