"""The private addresses of a person's calendar feeds: a student's, and the office's."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from exchange.base import links
from exchange.base.codes import new_token
from exchange.models import User
from exchange.reference import facts

LINK = "travel.calendar"
OFFICE_LINK = "travel.office_calendar"
DAYS = "calendar.feed_days"


def token_of(link: str) -> str | None:
    """The token inside the address of a student's feed, None for anything else."""
    return links.token_of(LINK, link)


def office_token_of(link: str) -> str | None:
    """The same for the office's feed."""
    return links.token_of(OFFICE_LINK, link)


def ends_at(now: datetime) -> datetime:
    """The last moment of a feed that is made now. One query."""
    return now + timedelta(days=int(facts.number(DAYS)))


class CalendarFeed(models.Model):
    """One per person. A new address replaces the token, so that the old one stops working.

    The office's address is signed for a purpose of its own: one that somebody made as a student, and may have shared,
    never opens the office's calendar.
    """

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
    def office_link(self) -> str:
        return links.sign(OFFICE_LINK, self.token)

    @property
    def is_open(self) -> bool:
        """Needs the user."""
        return self.stopped_at is None and self.expires_at > timezone.now() and self.user.is_active
