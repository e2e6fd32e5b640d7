"""Texts that came in: one row each, so that a text that arrives twice is carried out once."""

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models.people import Role, User


class IncomingTextQuerySet(models.QuerySet["IncomingText"]):
    def for_the_office(self) -> Self:
        """From numbers that we can't match with a student, and not looked after yet; the oldest first."""
        return self.filter(went_to=IncomingText.WentTo.OFFICE, handled_at__isnull=True).order_by("received_at", "pk")

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All for a coordinator, none for others."""
        is_coordinator = user.is_authenticated and user.has_role(Role.Kind.COORDINATOR)
        return self if is_coordinator else self.none()


class IncomingText(models.Model):
    """A text that came in, and where it went. Its words stay here only if they went nowhere else."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"number", "user", "body"}
    PERSONAL = Personal(kept_out="a text whose number isn’t one that you confirmed; a text of yours is in Note")

    class WentTo(models.TextChoices):
        KEYWORD = "keyword", _("carried out: STOP, START or HELP")
        READ = "read", _("to the page that was waiting for it")
        OFFICE = "office", _("to the office")
        NOWHERE = "nowhere", _("nowhere: too old, or too many from one number")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    message_id = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the provider's id.")
    number = models.CharField(max_length=20, blank=True, help_text="E.164, only of a text for the office.")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    body = models.TextField(blank=True, help_text="Only of a text for the office.")
    went_to = models.CharField(max_length=8, choices=WentTo, default=WentTo.NOWHERE)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = IncomingTextQuerySet.as_manager()

    class Meta:
        ordering = ("-received_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="incomingtext_keeps_words_for_the_office_only",
                condition=Q(went_to="office") & ~Q(number="") | Q(number="", body="", user__isnull=True),
            ),
            models.CheckConstraint(
                name="incomingtext_handled_at_and_by_together",
                condition=Q(handled_at__isnull=True, handled_by__isnull=True)
                | Q(handled_at__isnull=False, handled_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                name="incomingtext_for_the_office",
                condition=Q(went_to="office", handled_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} to {self.went_to}"
