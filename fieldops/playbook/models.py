"""Scam types and the cards that say what to ask and what to say."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.lib.ids import new_id


class ScamKind(models.TextChoices):
    """Whom a type is about; accomplices are counted apart from victims."""

    VICTIM = "victim", _("victim")
    ACCOMPLICE = "accomplice", _("accomplice")


class ScamType(models.Model):
    """A class of scam, or a variant of one; shipped types are renewed by `manage.py loadplaybook`."""

    code = models.CharField(_("code"), max_length=16, primary_key=True)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="variants",
        verbose_name=_("variant of"),
    )
    kind = models.CharField(_("about"), max_length=12, choices=ScamKind, default=ScamKind.VICTIM)
    name_zh_hans = models.CharField(_("name, simplified"), max_length=60)
    name_zh_hant = models.CharField(_("name, traditional"), max_length=60)
    name_en = models.CharField(_("name, English"), max_length=80)
    short_zh_hans = models.CharField(_("short name, simplified"), max_length=12)
    short_zh_hant = models.CharField(_("short name, traditional"), max_length=12)
    short_en = models.CharField(_("short name, English"), max_length=24)
    aliases = models.JSONField(_("also called"), default=list, blank=True)
    list_year = models.PositiveSmallIntegerField(_("list year"), null=True, blank=True)
    external_codes = models.JSONField(_("codes on official lists"), default=dict, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1000)
    shipped = models.BooleanField(_("shipped"), default=False, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("scam type")
        verbose_name_plural = _("scam types")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ScamKind.values), name="playbook_type_kind_known"),
            models.CheckConstraint(
                condition=~Q(parent=models.F("code")), name="playbook_type_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh_hans}"


class Lang(models.TextChoices):
    """The languages a card can be written in (BCP 47)."""

    ZH_HANS = "zh-Hans", "简体中文"
    ZH_HANT = "zh-Hant", "繁體中文"
    EN = "en", "English"


class CardState(models.TextChoices):
    """Victim states that have a card of their own; the empty one is a type's general card."""

    DENIES = "denies", _("denies")
    HANGS_UP = "hangs_up", _("hangs up")
    CONVINCED = "convinced", _("convinced")
    TRANSFERRING = "transferring", _("transferring")
    ALREADY_PAID = "already_paid", _("already paid")


class Card(models.Model):
    """One card in one language and version; a newer version retires the older, nothing is deleted."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.CharField(_("code"), max_length=40)
    scam_type = models.ForeignKey(
        ScamType,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cards",
        verbose_name=_("scam type"),
    )
    victim_state = models.CharField(_("victim state"), max_length=16, choices=CardState, blank=True)
    lang = models.CharField(_("language"), max_length=8, choices=Lang)
    version = models.PositiveIntegerField(_("version"), default=1)
    author = models.CharField(_("author"), max_length=64)
    red_flags = models.JSONField(_("red flags"), default=list, blank=True)
    questions = models.JSONField(_("questions"), default=list, blank=True)
    talking_points = models.JSONField(_("what to say"), default=list, blank=True)
    body = models.TextField(_("first of all"), blank=True)
    written_at = models.DateTimeField(_("written"))
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("script card")
        verbose_name_plural = _("script cards")
        constraints = [
            models.UniqueConstraint(fields=["code", "lang", "version"], name="playbook_card_version_once"),
            models.UniqueConstraint(
                fields=["code", "lang"], condition=Q(retired_at=None), name="playbook_one_current_card"
            ),
            models.CheckConstraint(condition=Q(lang__in=Lang.values), name="playbook_card_lang_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.lang} v{self.version}"
