"""Models of a trip's budget, its day-by-day program, and the private link through which the host proposes days."""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import links
from exchange.base.codes import new_code, new_token
from exchange.models import Language, User
from travel.models.partner import Contact, OfficeQuerySet, Sponsor
from travel.models.placement import Trip

LINK = "travel.host"


def token_of(link: str) -> str | None:
    """The token inside a link for a host, None for anything else."""
    return links.token_of(LINK, link)


class BudgetLine(models.Model):
    """One cost of a trip, planned and actual, in dollars. Without a sponsor, the program pays it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="budget_lines")
    title = models.CharField(max_length=120)
    planned = models.DecimalField(max_digits=10, decimal_places=2, help_text="dollars")
    actual = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True, help_text="dollars")
    sponsor = models.ForeignKey(Sponsor, on_delete=models.PROTECT, null=True, blank=True, related_name="budget_lines")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="budgetline_is_not_negative",
                condition=Q(planned__gte=0) & (Q(actual__isnull=True) | Q(actual__gte=0)),
            )
        ]

    def __str__(self) -> str:
        return self.title


class TripDay(models.Model):
    """One day of the trip's program, counted from the day of departure so that it moves with the trip.

    `proposed` is what the host wrote; `text_*` is what students see, once the office has accepted it.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"proposed"}

    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="days")
    number = models.PositiveSmallIntegerField(help_text="1: the day of departure.")
    proposed = models.TextField(blank=True)
    proposed_in = models.CharField(max_length=2, choices=Language, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    text_en = models.TextField(blank=True)
    text_es = models.TextField(blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(name="tripday_number_once", fields=["trip", "number"]),
            models.CheckConstraint(name="tripday_number_from_one", condition=Q(number__gte=1)),
            models.CheckConstraint(
                name="tripday_proposed_at_and_language_together",
                condition=Q(proposed_at__isnull=True, proposed_in="")
                | (Q(proposed_at__isnull=False) & ~Q(proposed_in="")),
            ),
        ]

    def __str__(self) -> str:
        return f"day {self.number} of {self.trip_id}"

    @property
    def on(self) -> date:
        return self.trip.leaves_on + timedelta(days=self.number - 1)

    @property
    def is_new(self) -> bool:
        """Whether the host has proposed something that the office hasn't accepted yet."""
        return self.proposed_at is not None and (self.taken_at is None or self.taken_at < self.proposed_at)


class HostLink(models.Model):
    """The private link of one of the host's contacts for one trip.

    Sending it again reuses the token; after the link was stopped, the next one gets a new token.
    """

    SIGNED_UNTIL: ClassVar[str] = "expires_at"
    PERSONAL_FIELDS: ClassVar[set[str]] = {"token"}

    class State(models.TextChoices):
        OPEN = "open", _("link works")
        EXPIRED = "expired", _("link expired")
        STOPPED = "stopped", _("link canceled")
        OVER = "over", _("the trip is over")

    TONES: ClassVar = {State.OPEN: "now", State.EXPIRED: "wait", State.STOPPED: "stop", State.OVER: "neutral"}

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="host_links")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="links")
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="The link's last moment.")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    written_at = models.DateTimeField(null=True, blank=True, help_text="The host's last act through it.")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("contact__name", "pk")
        constraints = [
            models.UniqueConstraint(name="hostlink_once_per_trip_and_contact", fields=["trip", "contact"]),
            models.CheckConstraint(
                name="hostlink_stopped_at_and_by_together",
                condition=Q(stopped_at__isnull=True, stopped_by__isnull=True)
                | Q(stopped_at__isnull=False, stopped_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"link of {self.contact_id} for {self.trip_id}"

    @property
    def link(self) -> str:
        return links.sign(LINK, self.token)

    @property
    def state(self) -> State:
        """OVER also when the trip was canceled, or given to another host since."""
        if self.stopped_at:
            return self.State.STOPPED
        has_ended = self.expires_at <= timezone.now()
        if self.trip.closed_at or self.contact.host_id != self.trip.host_id or (has_ended and self.trip.returned_at):
            return self.State.OVER
        return self.State.EXPIRED if has_ended else self.State.OPEN

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def tone(self) -> str:
        return self.TONES[self.state]
