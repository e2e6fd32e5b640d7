"""A referee's letter: asked for by a private link, written without an account."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.states import Status
from exchange.codes import new_token


class Recommendation(models.Model):
    """A referee's letter: asked for when the student submits, written through a signed link."""

    PERSONAL_FIELDS: ClassVar = {
        "referee_name",
        "referee_email",
        "referee_phone",
        "relation",
        "token",
        "letter",
        "draft",
        "answer_note",
    }

    class Refused(models.TextChoices):
        DECLINED = "declined", _("cannot write")
        WRONG_PERSON = "wrong_person", _("is not the right person")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="recommendation")
    referee_name = models.CharField(max_length=120, blank=True)
    referee_email = models.EmailField(blank=True)
    referee_phone = models.CharField(max_length=30, blank=True, help_text="As typed; the link goes there by text too.")
    relation = models.CharField(max_length=120, blank=True)
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    requested_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="The link's last moment.")
    opened_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    draft = models.TextField(blank=True, help_text="Saved by the referee, not sent yet; nobody else reads it.")
    draft_saved_at = models.DateTimeField(null=True, blank=True)
    letter = models.TextField(blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    refused = models.CharField(max_length=12, choices=Refused, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    answer_note = models.TextField(blank=True, help_text="What the referee said to it, for the student.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="recommendation_received_has_a_letter",
                condition=Q(received_at__isnull=True, letter="") | (Q(received_at__isnull=False) & ~Q(letter="")),
            ),
            models.CheckConstraint(
                name="recommendation_refused_has_its_time",
                condition=Q(refused="", refused_at__isnull=True) | (~Q(refused="") & Q(refused_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="recommendation_received_or_refused_not_both",
                condition=Q(received_at__isnull=True) | Q(refused_at__isnull=True),
            ),
            models.CheckConstraint(
                name="recommendation_requested_has_an_email",
                condition=Q(requested_at__isnull=True) | ~Q(referee_email=""),
            ),
        ]

    def __str__(self):
        return f"{self.referee_name} for {self.application_id}"

    @property
    def takes_letter(self) -> bool:
        """The link works once, and until the student is told the result."""
        return self.received_at is None and self.application.status in (Status.SUBMITTED, Status.RETURNED)
