"""The private link that shows a student's trip while they are away, so that a lost session or phone doesn't matter."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.personal import Personal
from exchange.models.private_link import UNKNOWN, LinkRow, LinkState, Purpose, end_of
from exchange.reference import facts
from travel.models.placement import AWAY_DAYS, Placement, Trip

DAYS = AWAY_DAYS


def window_of(trip: Trip) -> tuple[datetime, datetime]:
    """From when until when the links of a trip open, by its dates as they are now. One query."""
    days = facts.numbers(*DAYS)
    first = trip.leaves_on - timedelta(days=int(days[DAYS[0]]))
    last = trip.home_on + timedelta(days=int(days[DAYS[1]]))
    return timezone.make_aware(datetime.combine(first, time.min)), end_of(last)


class AbroadLink(LinkRow):
    """One per placement, which the student makes and shares."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"token"}
    PERSONAL = Personal(kept_out="a link of yours, on the page of your trip; a copy of it would open your trip")
    CLOSED = (
        _("This link isn’t open"),
        _("It was ended or replaced, or the trip is over. Sign in to see your trip, or write to us."),
    )
    PURPOSE = Purpose(
        name="travel.abroad",
        opens=_("A traveler’s trip, without signing in"),
        route="travel:abroad-card",
        ended=dict.fromkeys((UNKNOWN, "expired", "stopped", "over"), CLOSED) | {"early": (CLOSED[0], "")},
        follows="placement__trip",
        facts=DAYS,
        needs=(
            *("placement__application__student", "placement__application__cycle"),
            *("placement__trip__host", "placement__trip__city"),
        ),
        way_on=(_("Sign in"), "account_login"),
        works=Q(placement__trip__closed_at=None, placement__application__withdrawn_at=None),
        named=("placement__application__student__full_name",),
    )

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="abroad_link")
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"link of {self.placement_id}"

    def ends(self, days: Mapping[str, int | Decimal]) -> datetime:
        return end_of(self.placement.trip.home_on + timedelta(days=int(days[DAYS[1]])))

    @property
    def holder(self) -> str:
        return str(self.placement.application.person)

    @property
    def ended_on_page(self) -> str:
        return reverse("travel:abroad-link", args=[self.placement.code])

    @property
    def opens_at(self) -> datetime:
        return window_of(self.placement.trip)[0]

    @property
    def closed(self) -> LinkState | None:
        is_over = self.placement.trip.closed_at or self.placement.application.withdrawn_at
        return LinkState.OVER if is_over else None

    @property
    def link_state(self) -> LinkState:
        """One query."""
        found = super().link_state
        return LinkState.EARLY if found == LinkState.OPEN and timezone.now() < self.opens_at else found

    @property
    def speaks(self) -> str:
        return str(self.placement.application.person.language)
