"""The private address of a student's calendar feed."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from exchange.base import links
from exchange.base.codes import new_token
from exchange.models import User
from exchange.reference import facts

LINK = "travel.calendar"
DAYS = "calendar.feed_days"


def token_of(link: str) -> str | None:
    """The token inside the address of a feed, None for anything else."""
    return links.token_of(LINK, link)


def ends_at(now: datetime) -> datetime:
    """The last moment of a feed that is made now. One query."""
    return now + timedelta(days=int(facts.number(DAYS)))


class CalendarFeed(models.Model):
    """One per student. A new address replaces the token, so that the old one stops working."""

    SIGNED_UNTIL: ClassVar[str] = "expires_at"
    PERSONAL_FIELDS: ClassVar[set[str]] = {"token"}

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_feed")
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="The address's last moment.")
    stopped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"

    @property
    def link(self) -> str:
        return links.sign(LINK, self.token)

    @property
    def is_open(self) -> bool:
        """Needs the user."""
        return self.stopped_at is None and self.expires_at > timezone.now() and self.user.is_active
