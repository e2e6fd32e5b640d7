"""Replaces waiting messages about a result, such as a text held until morning, by a newer one, so that nobody gets two
messages that contradict each other.

Messages that a worker has taken count as sent, and so do failed ones.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from itertools import batched

from django.db.models import QuerySet
from django.utils import timezone

from applications.models import Application
from exchange.models import Message

RELEASED_MESSAGE = "applications/decision_released"
CORRECTED_MESSAGE = "applications/decision_corrected"
SEAT_MESSAGE = "applications/offer_from_waitlist"
ABOUT_A_RESULT = (RELEASED_MESSAGE, CORRECTED_MESSAGE, SEAT_MESSAGE)
REPLACED = "A newer message took its place."
# not taken by a worker
WAITS = {"claimed_at__isnull": True, "sent_at__isnull": True, "failed_at__isnull": True, "dropped_at__isnull": True}


def waiting_about(applications: Collection[Application]) -> list[Message]:
    """The messages about these applications' results that would still be sent."""
    codes = defaultdict(list)
    for each in applications:
        codes[each.person.pk].append(each.code)
    found: list[Message] = []
    for some in batched(codes, 1000):
        rows = Message.objects.filter(recipient__in=some, template__in=ABOUT_A_RESULT, **WAITS)
        found += [row for row in rows if any(code in row.body for code in codes[row.recipient_id or 0])]
    return found


def template_after(application: Application, *, since: datetime | None, otherwise: str) -> str:
    """The template that `replace` would choose now; changes nothing."""
    return templates_after([(application, since)], otherwise=otherwise)[application.pk]


def templates_after(told: Collection[tuple[Application, datetime | None]], *, otherwise: str) -> dict[int, str]:
    """As `template_after`, for many with when each was told last, by the application's primary key. Few queries."""
    people = [application.person.pk for application, _since in told]
    sent = defaultdict(list)
    for some in batched(people, 1000):
        rows = Message.objects.filter(recipient__in=some, template__in=ABOUT_A_RESULT, dropped_at__isnull=True)
        for row in rows.defer("html"):
            sent[row.recipient_id].append(row)
    found = {}
    for application, since in told:
        about = [row for row in sent[application.person.pk] if application.code in row.body]
        about = [row for row in about if since is None or row.queued_at >= since]
        is_unsent = bool(about) and all(_waits(row) for row in about)
        found[application.pk] = RELEASED_MESSAGE if is_unsent else otherwise
    return found


def _waits(message: Message) -> bool:
    return all(getattr(message, name.removesuffix("__isnull")) is None for name in WAITS)


def replace(application: Application, *, since: datetime | None, otherwise: str) -> str:
    """Drop the waiting messages and return the template for the new one: `otherwise`, or the first message's if none
    was sent.

    `since`: when the result was last told.
    """
    had_some = _told(application, since).exists()
    drop([application])
    return RELEASED_MESSAGE if had_some and not _told(application, since).exists() else otherwise


def _told(application: Application, since: datetime | None) -> QuerySet[Message]:
    mine = Message.objects.filter(
        recipient=application.person,
        template__in=ABOUT_A_RESULT,
        body__contains=application.code,
        dropped_at__isnull=True,
    )
    return mine.filter(queued_at__gte=since) if since else mine


def drop(applications: Collection[Application]) -> int:
    """Drop the waiting messages about these applications' results, in the caller's transaction, because a newer message
    follows. Returns how many."""
    keys = [each.pk for each in waiting_about(applications)]
    stopped = 0
    for some in batched(keys, 1000):
        # the condition again in the UPDATE, because a worker may have taken a message by now
        still = Message.objects.filter(pk__in=some, **WAITS)
        stopped += still.update(dropped_at=timezone.now(), error=REPLACED)
    return stopped
