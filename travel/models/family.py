"""The private links with which a student shows their trip to family: each with a name, and with what it shows."""

from datetime import date, datetime, time, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base import links
from exchange.base.codes import new_code, new_token
from exchange.models import Language, User
from exchange.reference import facts
from travel.models.placement import Placement, Trip

LINK = "travel.family"
DAYS_AFTER = "family.link_days_after"


def token_of(link: str) -> str | None:
    """The token inside a link for family, None for anything else."""
    return links.token_of(LINK, link)


def last_day(trip: Trip) -> date:
    """The last day on which a link of this trip can work, by its dates as they are now. One query."""
    return trip.home_on + timedelta(days=int(facts.number(DAYS_AFTER)))


class FamilyLink(models.Model):
    """One link for one person. It shows only the parts the student checked, and nothing else about the student.

    `ends_on`: the day the student chose; empty: it follows the trip. `expires_at` is the last moment when it was made.
    """

    SIGNED_UNTIL: ClassVar[str] = "expires_at"
    PERSONAL_FIELDS: ClassVar[set[str]] = {"token", "label", "parts", "email", "phone"}

    class Part(models.TextChoices):
        DATES = "dates", _("Dates and flights")
        HOTEL = "hotel", _("Where I’ll stay: host and address")
        LEADERS = "leaders", _("Group leaders and their phones")
        INSURANCE = "insurance", _("Insurance: who to call and what it covers")
        DAYS = "days", _("The program, day by day")
        FORMS = "forms", _("What my parent or guardian signs")

    class State(models.TextChoices):
        OPEN = "open", _("link works")
        STOPPED = "stopped", _("link ended")
        OVER = "over", _("link expired")

    TONES: ClassVar = {State.OPEN: "now", State.STOPPED: "stop", State.OVER: "neutral"}

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="family_links")
    label = models.CharField(max_length=60, help_text="For whom, in the student's words.")
    language = models.CharField(max_length=2, choices=Language)
    # where we write if the trip changes; empty: the student tells them
    email = models.EmailField(blank=True, db_default="")
    phone = PhoneNumberField(max_length=20, blank=True, default="", db_default="")
    parts = models.JSONField(default=list, help_text="FamilyLink.Part values")
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    made_at = models.DateTimeField(default=timezone.now)
    ends_on = models.DateField(null=True, blank=True)
    expires_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("made_at", "pk")
        constraints = [
            models.CheckConstraint(name="familylink_has_a_label", condition=~Q(label="")),
            models.CheckConstraint(
                name="familylink_stopped_at_and_by_together",
                condition=Q(stopped_at__isnull=True, stopped_by__isnull=True)
                | Q(stopped_at__isnull=False, stopped_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"family link {self.code}"

    @property
    def link(self) -> str:
        return links.sign(LINK, self.token)

    def state(self, last: date, today: date | None = None) -> State:
        """`last`: `last_day` of the trip. Needs the placement's trip and application; no query."""
        today = today or timezone.localdate()
        if self.stopped_at:
            return self.State.STOPPED
        is_over = self.placement.trip.closed_at or self.placement.application.withdrawn_at
        return self.State.OVER if is_over or today > min(last, self.ends_on or last) else self.State.OPEN


def end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.max))
