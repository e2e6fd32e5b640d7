"""The private link that shows a student's trip while they are away, so that a lost session or phone doesn't matter."""

from datetime import datetime, time, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import links
from exchange.base.codes import new_token
from exchange.models import User
from exchange.reference import facts
from travel.models.placement import AWAY_DAYS, Placement, Trip

LINK = "travel.abroad"
DAYS = AWAY_DAYS


def token_of(link: str) -> str | None:
    """The token inside a link to a trip, None for anything else."""
    return links.token_of(LINK, link)


def window_of(trip: Trip) -> tuple[datetime, datetime]:
    """From when until when the links of a trip open, by its dates as they are now. One query."""
    days = facts.numbers(*DAYS)
    first = trip.leaves_on - timedelta(days=int(days[DAYS[0]]))
    last = trip.home_on + timedelta(days=int(days[DAYS[1]]))
    return timezone.make_aware(datetime.combine(first, time.min)), timezone.make_aware(datetime.combine(last, time.max))


class AbroadLink(models.Model):
    """One per placement. Making a new one replaces the token, so that the old link stops working.

    `expires_at` is the end of the window when it was made; the page goes by the trip's dates as they are now.
    """

    SIGNED_UNTIL: ClassVar[str] = "expires_at"
    PERSONAL_FIELDS: ClassVar[set[str]] = {"token"}

    class State(models.TextChoices):
        OPEN = "open", _("link works")
        EARLY = "early", _("not open yet")
        OVER = "over", _("the trip is over")
        STOPPED = "stopped", _("link ended")

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="abroad_link")
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="The link's last moment.")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="abroadlink_stopped_at_and_by_together",
                condition=Q(stopped_at__isnull=True, stopped_by__isnull=True)
                | Q(stopped_at__isnull=False, stopped_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"link of {self.placement_id}"

    @property
    def link(self) -> str:
        return links.sign(LINK, self.token)

    def state(self, now: datetime | None = None) -> State:
        """Needs the placement's trip and application. One query."""
        now = now or timezone.now()
        trip = self.placement.trip
        opens_at, ends_at = window_of(trip)
        if self.stopped_at:
            return self.State.STOPPED
        if now > ends_at or trip.closed_at or self.placement.application.withdrawn_at:
            return self.State.OVER
        return self.State.OPEN if now >= opens_at else self.State.EARLY
