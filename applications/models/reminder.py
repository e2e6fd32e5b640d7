"""Model that records each reminder sent about an application, so that a task that runs twice sends it once."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from exchange.base.personal import Personal


class Reminder(models.Model):
    """One reminder that was sent. `occasion` distinguishes two of one kind, usually by the deadline's date."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal("application kind occasion sent_at")

    class Kind(models.TextChoices):
        UNTOUCHED = "untouched", _("a draft no one has touched in a while")
        CLOSING = "closing", _("the deadline is close")
        LETTER = "referee", _("the recommender hasn’t written yet")
        FIX = "fix", _("something needs to be fixed")
        CONSENT = "consent", _("the permission for college records isn’t signed")
        OFFER = "offer", _("an offer is waiting for an answer")
        INTERVIEW = "interview", _("an interview is coming up, or needs to be booked")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=10, choices=Kind)
    occasion = models.CharField(max_length=40, help_text="Such as 2027-03-01/3: three days before that deadline.")
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="reminder_once_per_occasion", fields=["application", "kind", "occasion"])
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occasion}"
