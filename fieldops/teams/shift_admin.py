"""Shifts in the admin, to be read: they are changed on the roster, which checks rest and tells everyone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from fieldops.teams.models import DeskShift, Holiday, RosterLine, Shift, ShiftMember


class ReadOnly:
    """No adding, changing or deleting: the roster's actions are the one way in."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MemberInline(ReadOnly, admin.TabularInline):
    model = ShiftMember
    extra = 0
    fields = ["user", "duty", "since", "joined_at"]


@admin.register(Shift)
class ShiftAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["team", "starts_at", "ends_at"]
    inlines = [MemberInline]


@admin.register(DeskShift)
class DeskShiftAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["owner", "starts_at", "ends_at"]


@admin.register(RosterLine)
class RosterLineAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "team", "starts", "minutes", "needed"]


@admin.register(Holiday)
class HolidayAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["date", "name", "off"]
