"""Actions on the address of a person's calendar feed: made, replaced, ended."""

from django.db import transaction
from django.utils import timezone

from exchange.base import audit
from exchange.base.codes import new_token
from exchange.models import User
from travel.models import CalendarFeed
from travel.models.calendar import ends_at


@transaction.atomic
def make(user: User) -> CalendarFeed:
    """A new address; one that was there stops working."""
    now = timezone.now()
    values = {"token": new_token(), "made_at": now, "expires_at": ends_at(now), "stopped_at": None}
    feed, _is_new = CalendarFeed.objects.update_or_create(user=user, defaults=values)
    audit.record("calendar.make", feed, by=user)
    return feed


@transaction.atomic
def end(user: User) -> None:
    """At once. Safe to repeat."""
    feed = CalendarFeed.objects.select_for_update().filter(user=user, stopped_at=None).first()
    if feed:
        feed.stopped_at = timezone.now()
        feed.save(update_fields=["stopped_at"])
        audit.record("calendar.end", feed, by=user)
