"""Types and cards in the admin: a saved card is a new version, nothing is deleted."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fieldops.lib.clock import now
from fieldops.playbook.actions import retire_card, write_card
from fieldops.playbook.models import Card, ScamType
from fieldops.playbook.shipped import TEXTS


class Lines(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 6, "cols": 90})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


class CardForm(forms.ModelForm):
    """Lists are written one a line."""

    red_flags = Lines(label=_("red flags"), required=False)
    questions = Lines(label=_("questions"), required=False)
    talking_points = Lines(label=_("what to say"), required=False)

    class Meta:
        model = Card
        fields = ["code", "scam_type", "victim_state", "lang", *TEXTS]


@admin.register(Card)
class CardAdmin(admin.ModelAdmin):
    """Cards in use first; history stays readable."""

    form = CardForm
    fields = ["code", "scam_type", "victim_state", "lang", *TEXTS]
    list_display = ["code", "lang", "version", "author", "written_at", "retired_at"]
    list_filter = [("retired_at", admin.EmptyFieldListFilter), "lang", "victim_state"]
    search_fields = ["code", "body"]
    ordering = ["code", "lang", "-version"]
    actions = ["retire"]
    list_select_related = ["scam_type"]

    def get_readonly_fields(self, request: HttpRequest, obj: Card | None = None) -> list[str]:
        return ["code", "scam_type", "victim_state", "lang"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Card | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Card | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.retired_at is None)

    def save_model(self, request: HttpRequest, obj: Card, form: Any, change: bool) -> None:
        author = request.user.get_username()
        if not change:
            obj.author, obj.written_at = author, now()
            super().save_model(request, obj, form, change)
            return
        texts = {name: form.cleaned_data[name] for name in TEXTS}
        obj.pk = write_card(card=obj, author=author, texts=texts, at=now()).pk

    @admin.action(description=_("Take out of use"))
    def retire(self, request: HttpRequest, queryset: Any) -> None:
        for card in queryset:
            retire_card(card=card, at=now())


@admin.register(ScamType)
class ScamTypeAdmin(admin.ModelAdmin):
    """Shipped types keep their names; a centre adds its own and retires what it does not use."""

    list_display = ["code", "name_zh_hans", "short_zh_hans", "kind", "list_year", "parent", "retired_at"]
    list_filter = ["kind", "list_year", ("retired_at", admin.EmptyFieldListFilter)]
    search_fields = ["code", "name_zh_hans", "name_zh_hant", "name_en", "aliases"]
    list_select_related = ["parent"]
    list_per_page = 100

    def get_readonly_fields(self, request: HttpRequest, obj: ScamType | None = None) -> list[str]:
        if obj is None:
            return []
        if not obj.shipped:
            return ["code"]
        return [field.name for field in ScamType._meta.fields if field.name not in ("retired_at", "shipped")]

    def has_delete_permission(self, request: HttpRequest, obj: ScamType | None = None) -> bool:
        return False
