"""Users, posts, teams and shifts in the admin."""

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from fieldops.teams import shift_admin as shift_admin  # registers shifts, to be read
from fieldops.teams.models import Center, Post, Team, User

admin.site.site_header = _("Fieldops administration")
admin.site.site_title = _("Fieldops administration")
# Roles are posts, and sign-in is by user name: these two would only mislead.
admin.site.unregister([Group, EmailAddress])


class PostInline(admin.TabularInline):
    model = Post
    extra = 0


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People who sign in, with their posts."""

    inlines = [PostInline]
    list_display = ["username", "name", "is_active"]
    fieldsets = [
        (None, {"fields": ["username", "password", "name", "phone"]}),
        (None, {"fields": ["is_active", "is_staff", "is_superuser"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "name", "password1", "password2"]})]


@admin.register(Center)
class CenterAdmin(admin.ModelAdmin):
    list_display = ["name", "code", "phone"]


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ["call_sign", "center", "base_name", "size"]
