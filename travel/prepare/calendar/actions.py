"""Actions on the address of a person's calendar feed: made, replaced, ended."""

from django.db import transaction
from django.utils import timezone

from exchange.guests import links
from exchange.models import User
from travel.models import CalendarFeed


@transaction.atomic
def make(user: User) -> CalendarFeed:
    """A new address; one that was there stops working."""
    rows = CalendarFeed.objects.select_for_update(of=("self",)).select_related("user")
    feed, _is_new = rows.get_or_create(user=user, defaults={"expires_at": timezone.now()})
    links.issue(feed, "calendar.make", feed, by=user)
    return feed


@transaction.atomic
def end(user: User) -> None:
    """At once. Safe to repeat."""
    for feed in CalendarFeed.objects.filter(user=user):
        links.stop(feed, "calendar.end", feed, by=user)
