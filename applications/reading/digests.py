"""The message that tells a reader about all new applications to read, sent at most once a day."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from applications.models import Assignment, Cycle
from exchange.messages import outbox
from exchange.models import Message, User

TEMPLATE = "applications/readings_assigned"
DUE_NAME = "applications.readings"
EVERY = timedelta(days=1)
REPLACED = "A newer one says it all."


def tell(cycle: Cycle, readers: Iterable[User]) -> None:
    """Queue the message. To be called in the transaction that gave them readings. A reader who got one within the
    last day gets this one a day after it."""
    for reader in readers:
        _tell(cycle, reader)


def _tell(cycle: Cycle, reader: User) -> None:
    now = timezone.now()
    key = f"{DUE_NAME}:{reader.pk}-{cycle.pk}"
    earlier = Message.objects.filter(recipient=reader, still_due=key, dropped_at__isnull=True)
    earlier.waiting().filter(claimed_at__isnull=True, send_after__gt=now).update(dropped_at=now, error=REPLACED)
    last = earlier.order_by("-queued_at").first()
    send_after = _a_day_after(last, now)
    new = Assignment.objects.filter(application__cycle=cycle, reader=reader, is_interview=False).unread()
    new = new.filter(released_at__gt=last.queued_at) if last else new.filter(released_at__isnull=False)
    if not (count := new.count()):
        return
    for row in outbox.drafts(TEMPLATE, reader, {"cycle": cycle, "count": count}):
        row.still_due, row.queued_at, row.send_after = key, now, send_after
        row.save()
        outbox.deliver_after_commit(row)


def _a_day_after(last: Message | None, now: datetime) -> datetime | None:
    """When the next message may be sent; None: now."""
    if last is None:
        return None
    next_at = (last.send_after or last.queued_at) + EVERY
    return next_at if next_at > now else None


def is_still_due(key: str) -> bool:
    """Whether anything is left to read; checked as the message is sent."""
    reader = User.objects.filter(pk=int(key.partition("-")[0]), is_active=True).first()
    return reader is not None and Assignment.objects.to_read_by(reader).unread().exists()
