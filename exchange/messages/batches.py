"""How far the messages of one act have come: of a release, of a placement run. Reads only.

An act passes its key to `outbox.queue` as `batch`; pages about it include `exchange/messages/_batch.html`.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from exchange.base.codes import key_of
from exchange.models import Message


@dataclass(frozen=True, slots=True)
class Batch:
    """Numbers of messages. `later`: of those waiting, how many have a time: a text for the morning."""

    key: str
    sent: int
    waiting: int
    later: int
    failed: int
    canceled: int
    people: int

    @property
    def total(self) -> int:
        return self.sent + self.waiting + self.failed


def batch_of(act: Any) -> Batch:
    """The numbers of this act's messages now, in one query."""
    key = key_of(act)
    is_waiting = Q(sent_at__isnull=True, failed_at__isnull=True, dropped_at__isnull=True)
    counts = Message.objects.filter(batch=key).aggregate(
        sent=Count("pk", filter=Q(sent_at__isnull=False)),
        waiting=Count("pk", filter=is_waiting),
        later=Count("pk", filter=is_waiting & Q(send_after__gt=timezone.now())),
        failed=Count("pk", filter=Q(failed_at__isnull=False)),
        canceled=Count("pk", filter=Q(dropped_at__isnull=False)),
        people=Count("recipient", distinct=True),
    )
    return Batch(key, **counts)


def by_recipient(act: Any, people: Collection[int | None]) -> dict[int | None, list[Message]]:
    """The act's messages to each of these people, by primary key. One query."""
    found: defaultdict[int | None, list[Message]] = defaultdict(list)
    rows = (
        Message.objects.filter(batch=key_of(act), recipient__in=[each for each in people if each])
        .defer("body", "html")
        .order_by("channel")
    )
    for row in rows:
        found[row.recipient_id].append(row)
    return dict(found)
