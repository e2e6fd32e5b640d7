"""Models of a trip's budget, its day-by-day program, and the private link through which the host proposes days."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import Language
from exchange.models.private_link import UNKNOWN, LinkRow, LinkState, Purpose, end_of
from travel.models.partner import Contact, OfficeQuerySet, Sponsor
from travel.models.placement import Trip

DAYS_AFTER = "host.link_days_after"


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
    PERSONAL = Personal(kept_out="what a host proposed for a day; the people of a host aren’t students of the program")

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


class HostLink(LinkRow):
    """The private link of one of the host's contacts for one trip.

    Sending it again reuses the address; after the link was stopped, the next one gets a new one.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"token"}
    PERSONAL = Personal(kept_out="a link for a host; names who of the office made it")
    MADE = "sent_at"
    PURPOSE = Purpose(
        name="travel.host",
        opens=_("Arrivals, program and beds, for the host"),
        route="travel:host-arrivals",
        ended={
            "expired": (
                _("This link has expired"),
                _("Reply to the email it came in and we’ll send it again."),
            ),
            "over": (_("This visit is over"), _("There’s nothing left to do. Thank you.")),
            "stopped": (
                _("This link is no longer in use"),
                _("Look for a newer message from us, or reply to the email this link came in."),
            ),
            UNKNOWN: (
                _("We don’t recognize this link"),
                _("Part of the address may be missing. Open the link from our message again, or copy all of it."),
            ),
        },
        follows="trip",
        facts=(DAYS_AFTER,),
        needs=("contact", "trip__city", "trip__host", "trip__cycle"),
        works=Q(trip__closed_at=None, contact__host=F("trip__host")),
        named=("contact__name", "trip__host__name"),
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="host_links")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="links")
    sent_at = models.DateTimeField(default=timezone.now)
    written_at = models.DateTimeField(null=True, blank=True, help_text="The host's last act through it.")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("contact__name", "pk")
        constraints = [
            *LinkRow.Meta.constraints,
            models.UniqueConstraint(name="hostlink_once_per_trip_and_contact", fields=["trip", "contact"]),
        ]

    def __str__(self) -> str:
        return f"link of {self.contact_id} for {self.trip_id}"

    def ends(self, days: Mapping[str, int | Decimal]) -> datetime:
        """Until then it's whom and what the host looks up."""
        return end_of(self.trip.home_on + timedelta(days=int(days[DAYS_AFTER])))

    @property
    def holder(self) -> str:
        return f"{self.contact.name}, {self.trip.host}"

    @property
    def ended_on_page(self) -> str:
        return reverse("travel:trip-host", args=[self.trip.code])

    @property
    def closed(self) -> LinkState | None:
        """Also when the trip was canceled, or given to another host since."""
        has_ended = self.expires_at <= timezone.now() and self.trip.returned_at
        is_over = self.trip.closed_at or self.contact.host_id != self.trip.host_id or has_ended
        return LinkState.OVER if is_over else None

    @property
    def speaks(self) -> str:
        return self.contact.language
