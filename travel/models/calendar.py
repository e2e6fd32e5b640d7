"""The private addresses of a person's calendar feeds: a student's, and the office's."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import links
from exchange.base.personal import Personal
from exchange.models import User
from exchange.models.private_link import UNKNOWN, LinkRow, LinkState, Purpose

DAYS = "calendar.feed_days"  # fact


class CalendarFeed(LinkRow):
    """One per person. A new address replaces the token, so that the old one stops working.

    The office's address is signed for a purpose of its own: one that somebody made as a student, and may have shared,
    never opens the office's calendar.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"token"}
    PERSONAL = Personal(
        kept_out="an address of yours, on the page of your calendar; a copy of it would open your dates"
    )
    CLOSED = (
        _("This calendar address no longer works"),
        _("It expired, was replaced, or is missing a part. Sign in and make a new one on your calendar page."),
    )
    PURPOSE = Purpose(
        name="travel.calendar",
        opens=_("Dates of the program in a person’s own calendar"),
        route="travel:calendar-feed",
        ended=dict.fromkeys((UNKNOWN, "expired", "stopped"), CLOSED),
        facts=(DAYS,),
        needs=("user",),
        works=Q(user__is_active=True),
        named=("user__full_name",),
    )
    OFFICE = Purpose(
        name="travel.office_calendar",
        opens=_("The office’s dates in a coordinator’s own calendar"),
        route="travel:office-calendar-feed",
        ended=dict.fromkeys((UNKNOWN, "expired", "stopped"), CLOSED),
        needs=("user",),
    )

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_feed")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="The address's last moment.")
    stopped_by = None  # only ever by its owner

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = []

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"

    def ends(self, days: Mapping[str, int | Decimal]) -> datetime:
        return self.made_at + timedelta(days=int(days[DAYS]))

    @property
    def holder(self) -> str:
        return str(self.user)

    @property
    def office_link(self) -> str:
        return links.sign(self.OFFICE.name, self.token)

    @property
    def closed(self) -> LinkState | None:
        return None if self.user.is_active else LinkState.STOPPED
