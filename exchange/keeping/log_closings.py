"""Closes the audit log, day by day, and looks whether what was closed is still what is there (`chain` has the proof).

Nothing of this is in a request: a nightly task closes the day before, `manage.py verify` looks.
"""

import logging
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as day_time

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import TruncDate
from django.utils import timezone

from exchange.base import sealed
from exchange.keeping import chain
from exchange.models import Event, LogClosing

logger = logging.getLogger(__name__)
WAIT = 60.0  # seconds for transactions under way
LOOK_EVERY = 0.25
LATE_AFTER = timedelta(days=2)
COLUMNS = ("pk", "at", "by_id", "action", "target_model", "target_id", "reason", "changes")


class StillWriting(Exception):  # noqa: N818 -- says what happened
    """A transaction that adds events has run for longer than we wait. The next night closes both days."""


class NotWhole(Exception):  # noqa: N818 -- says what happened
    """The chain doesn't fit what is there, so nothing may be built on it: see manage.py verify."""


def rows_of(after_id: int, last_id: int) -> Iterator[chain.Row]:
    found = Event.objects.filter(pk__gt=after_id, pk__lte=last_id).order_by("pk")
    return found.values_list(*COLUMNS).iterator(chunk_size=2000)


def keys() -> dict[str, str]:
    return {sealed.fingerprint(key): key for key in sealed.keys()}


def look() -> chain.Broken:
    """Reads every event that was closed: for `verify`, not for a page."""
    return chain.broken(list(LogClosing.objects.all()), rows_of, keys())


def head_hash() -> str:
    """The last closing's; empty if there is none."""
    return LogClosing.objects.order_by("-number").values_list("hash", flat=True).first() or ""


def purged_until() -> int:
    """The last id that retention has removed; 0 if none."""
    return chain.purged_until(LogClosing.objects.all())


# --- Closing ----------------------------------------------------------------------------------------


def close(*, wait: float = WAIT) -> list[LogClosing]:
    """Close each finished day with events that aren't closed yet. StillWriting.

    Ids are given out before their transaction ends, so an event may appear below ids that everybody sees. A
    transaction that could still add one holds a lock on the table; those of this moment are waited for, without
    holding anybody up.
    """
    midnight = datetime.combine(timezone.localdate(), day_time.min, timezone.get_current_timezone())
    days = _last_ids(midnight)
    if not days:
        return []
    _wait_for_writers(wait)
    with transaction.atomic():
        return [_close_day(day, last_id) for day, last_id in days]


def _closed_until() -> int:
    closed = LogClosing.objects.filter(kind=LogClosing.Kind.DAY).order_by("-number")
    return closed.values_list("last_id", flat=True).first() or 0


def _last_ids(until: datetime) -> list[tuple[date, int]]:
    """(day, the greatest id up to its end) of each day whose events aren't closed, in order."""
    events = Event.objects.filter(pk__gt=_closed_until(), at__lt=until).order_by()
    days = events.annotate(day=TruncDate("at")).values_list("day").annotate(last=Max("pk")).order_by("day")
    found: list[tuple[date, int]] = []
    greatest = 0
    for day, last in days:  # an event with an earlier time may have a later id: it's closed with the day of that id
        if last > greatest:
            greatest = last
            found.append((day, last))
    return found


def _close_day(day: date, last_id: int) -> LogClosing:
    after_id = _closed_until()
    count, digest = chain.digest(rows_of(after_id, last_id))
    closing = _add(LogClosing.Kind.DAY, day, after_id, last_id, count=count, digest=digest)
    # in the journal, which the database's administrator doesn't write
    logger.info("closed the audit log of %s: closing %s, %s", day, closing.number, closing.hash)
    return closing


def _add(
    kind: str, day: date, after_id: int, last_id: int, *, count: int, digest: str = "", reason: str = ""
) -> LogClosing:
    """In the caller's transaction. Of two at once, one fails by the unique number."""
    head = LogClosing.objects.order_by("-number").first()
    key = sealed.keys()[0]
    closing = LogClosing(
        number=head.number + 1 if head else 1,
        kind=kind,
        day=day,
        after_id=after_id,
        last_id=last_id,
        count=count,
        digest=digest,
        reason=reason,
        key=sealed.fingerprint(key),
    )
    closing.hash = chain.hash_of(closing, head.hash if head else chain.START)
    closing.signature = chain.signature_of(closing.hash, key)
    closing.save()
    return closing


def _wait_for_writers(seconds: float) -> None:
    if connection.vendor != "postgresql":  # SQLite has one writer at a time
        return
    before = _writers()
    until = time.monotonic() + seconds
    while before & _writers():
        if time.monotonic() > until:
            raise StillWriting("a transaction has been adding to the audit log for a minute; it's closed tomorrow")
        time.sleep(LOOK_EVERY)


def _writers() -> set[str]:
    """The transactions that have added an event, or may, and haven't ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE relation = to_regclass(%s) AND mode = 'RowExclusiveLock'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND pid <> pg_backend_pid()",
            [Event._meta.db_table],
        )
        return {row[0] for row in cursor.fetchall()}


# --- What changes a closed day for a reason ---------------------------------------------------------


def sign_again() -> LogClosing | None:
    """After a change of the sealing key: one more closing, signed with the newest, covers all before it. NotWhole."""
    head = LogClosing.objects.order_by("-number").first()
    if head is None or head.key == sealed.fingerprint(sealed.keys()[0]):
        return None
    found = chain.broken(list(LogClosing.objects.all()), lambda _after, _last: (), keys())
    if found.closings or found.unsigned:
        raise NotWhole
    return _add(LogClosing.Kind.KEYS, timezone.localdate(), head.last_id, head.last_id, count=0)


def may_go(before: datetime) -> LogClosing | None:
    """The last closing all of whose days lie before that moment; only closed days are purged. None: nothing may go."""
    day = timezone.localdate(before)
    closed = LogClosing.objects.filter(kind=LogClosing.Kind.DAY, day__lt=day).order_by("-number").first()
    return closed if closed and closed.last_id > purged_until() else None


@transaction.atomic
def record_purge(closing: LogClosing, *, reason: str) -> LogClosing:
    """Say that the events up to this closing go, before they go, so that a crash between is no gap. NotWhole."""
    found = look()
    if found.closings or found.unsigned or any(each.last_id <= closing.last_id for each in found.days):
        raise NotWhole
    after_id, last_id = purged_until(), closing.last_id
    count = Event.objects.filter(pk__gt=after_id, pk__lte=last_id).count()
    return _add(LogClosing.Kind.PURGE, closing.day, after_id, last_id, count=count, reason=reason)


@transaction.atomic
def accept(day: date, *, reason: str) -> list[LogClosing]:
    """After an incident was looked into: from now on, what is there counts as what that day holds. ValueError."""
    days = [each for each in look().days if each.day == day]
    if not days:
        raise ValueError(f"Nothing differs in the events that were closed for {day}.")
    return [
        _add(LogClosing.Kind.ACCEPTED, day, each.after_id, each.last_id, count=count, digest=digest, reason=reason)
        for each in days
        for count, digest in [chain.digest(rows_of(each.after_id, each.last_id))]
    ]


def late(now: datetime) -> int:
    """How many events have waited for their closing for longer than two days."""
    return Event.objects.filter(pk__gt=_closed_until(), at__lt=now - LATE_AFTER).count()
