"""Messages that tell a reader about all that is new to them in a cycle, each kind at most once a day."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from applications.models import Application, Assignment, Cycle, ReaderRemark
from applications.reading import talk
from applications.states import Status
from exchange.messages import outbox
from exchange.models import Message, User

EVERY = timedelta(days=1)
REPLACED = "A newer one says it all."


@dataclass(frozen=True, slots=True)
class Digest:
    """`new(cycle, reader, since)`: what the message says of what came since then, or ever; None if there's nothing."""

    template: str
    due_name: str
    new: Callable[[Cycle, User, datetime | None], dict[str, Any] | None]


def tell(cycle: Cycle, readers: Iterable[User]) -> None:
    """Queue the message about readings. To be called in the transaction that gave them. A reader who got one within the
    last day gets this one a day after it."""
    for reader in readers:
        _tell(READINGS, cycle, reader)


def tell_of_remark(application: Application, *, by: User) -> None:
    """Queue the message for the others who read this application and may see what was written, as `tell` does."""
    rows = application.assignments.filter(is_interview=False).select_related("reader", "review")
    for assignment in rows.exclude(reader=by).filter(reader__is_active=True).order_by("pk"):
        assignment.application = application
        if talk.is_open_to(assignment.reader, assignment):
            _tell(REMARKS, application.cycle, assignment.reader)


def _tell(digest: Digest, cycle: Cycle, reader: User) -> None:
    now = timezone.now()
    key = f"{digest.due_name}:{reader.pk}-{cycle.pk}"
    earlier = Message.objects.filter(recipient=reader, still_due=key, dropped_at__isnull=True)
    earlier.waiting().filter(claimed_at__isnull=True, send_after__gt=now).update(dropped_at=now, error=REPLACED)
    last = earlier.order_by("-queued_at").first()
    send_after = _a_day_after(last, now)
    new = digest.new(cycle, reader, last.queued_at if last else None)
    if new is None:
        return
    for row in outbox.drafts(digest.template, reader, {"cycle": cycle, **new}):
        row.still_due, row.queued_at, row.send_after = key, now, send_after
        row.save()
        outbox.deliver_after_commit(row)


def _a_day_after(last: Message | None, now: datetime) -> datetime | None:
    """When the next message may be sent; None: now."""
    if last is None:
        return None
    next_at = (last.send_after or last.queued_at) + EVERY
    return next_at if next_at > now else None


def _new_readings(cycle: Cycle, reader: User, since: datetime | None) -> dict[str, Any] | None:
    new = Assignment.objects.filter(application__cycle=cycle, reader=reader, is_interview=False).unread()
    new = new.filter(released_at__gt=since) if since else new.filter(released_at__isnull=False)
    count = new.count()
    return {"count": count} if count else None


def _new_remarks(cycle: Cycle, reader: User, since: datetime | None) -> dict[str, Any] | None:
    """The applications about which another reader wrote, under the labels that this reader knows them by."""
    said = ReaderRemark.objects.exclude(by=reader).exclude(by__conflicts__application=F("application"))
    said = said.filter(said_at__gt=since) if since else said
    read = Assignment.objects.visible_to(reader).filter(reader=reader, is_interview=False)
    rows = read.filter(application__cycle=cycle, application__in=said.values("application"))
    found = rows.select_related("application__cycle", "review").order_by("pk")
    new = [each for each in found if talk.is_open_to(reader, each)]
    if not new:
        return None
    labels = ", ".join(each.candidate_label for each in new)
    return {"count": len(new), "labels": labels, "assignment": new[0] if len(new) == 1 else None}


READINGS = Digest("applications/readings_assigned", "applications.readings", _new_readings)
REMARKS = Digest("applications/remarks_written", "applications.remarks", _new_remarks)


def is_still_due(key: str) -> bool:
    """Whether anything is left to read; checked as the message is sent."""
    reader = _reader_of(key)
    return reader is not None and Assignment.objects.to_read_by(reader).unread().exists()


def are_remarks_due(key: str) -> bool:
    """Whether readers of the cycle still see what the others write, and can answer; as above."""
    cycle = Cycle.objects.filter(pk=key.partition("-")[2], readers_talk=True, closed_out_at__isnull=True)
    about = Application.objects.filter(cycle__in=cycle, status=Status.SUBMITTED, reader_remarks__isnull=False)
    return Assignment.objects.filter(reader=_reader_of(key), application__in=about).exists()


def _reader_of(key: str) -> User | None:
    return User.objects.filter(pk=int(key.partition("-")[0]), is_active=True).first()
