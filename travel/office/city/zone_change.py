"""What another time zone of Your city does to the moments to come that people chose by its clock.

They keep their time on the clock, because that is what was typed, shown and promised: "closes January 15 at 11:59 pm,
Toledo time" stays true, and the instant moves. So do private links that end with a day. What is over stays when it was.
What names a zone of its own (itineraries, sessions) and what counts from another moment (holds, calls) stays too.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications.models import (
    Application,
    Cycle,
    GroupMessage,
    Interview,
    InterviewSlot,
    Offer,
    Release,
    ScheduledRelease,
)
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import Message, User
from exchange.models.private_link import DECLARED
from exchange.templatetags.ui import short_year
from travel.base.itinerary import clock_of, in_hours
from travel.models import EntryPermission, PassportBooking, PassportSlot, VisaDay

ASKS = "moves_deadlines"
HOUR = timedelta(hours=1)
LAST_MINUTE = (23, 59)


@dataclass(frozen=True, slots=True)
class Column:
    """Moments that people choose by the city's clock. `waits`: rows in which it still counts; `about`: whose it is."""

    model: type[models.Model]
    name: str
    label: Promise
    waits: Q = Q()
    about: str = ""


BY_THE_CITYS_CLOCK = (
    Column(Cycle, "opens_at", gettext_lazy("Applications open")),
    Column(Cycle, "closes_at", gettext_lazy("Applications close")),
    Column(Application, "reopened_until", gettext_lazy("More time for one student"), about="cycle"),
    Column(
        Interview,
        "book_by",
        gettext_lazy("Last moment to book an interview"),
        Q(called_off_at__isnull=True),
        "application__cycle",
    ),
    Column(InterviewSlot, "starts_at", gettext_lazy("Interview"), Q(called_off_at__isnull=True), "cycle"),
    Column(
        Release, "answer_by", gettext_lazy("Last moment to answer, if released"), Q(started_at__isnull=True), "cycle"
    ),
    Column(
        ScheduledRelease,
        "due_at",
        gettext_lazy("Scheduled release"),
        Q(canceled_at__isnull=True, started_at__isnull=True, refused_at__isnull=True),
        "cycle",
    ),
    Column(
        Offer,
        "answer_by",
        gettext_lazy("Last moment to answer an offer"),
        Q(answered_at__isnull=True, ended_at__isnull=True),
        "application__cycle",
    ),
    Column(
        GroupMessage,
        "send_at",
        gettext_lazy("Message to a group"),
        Q(started_at__isnull=True, called_off_at__isnull=True),
    ),
    Column(EntryPermission, "appointment_at", gettext_lazy("Visa appointment"), about="placement__trip__cycle"),
    Column(VisaDay, "starts_at", gettext_lazy("Visa day"), Q(called_off_at__isnull=True), "trip__cycle"),
    Column(PassportSlot, "starts_at", gettext_lazy("Passport day"), Q(day__called_off_at__isnull=True)),
)


@dataclass(frozen=True, slots=True)
class Move:
    """One moment, in the old zone and in the new one: the same time on two clocks."""

    column: Column
    row: models.Model
    before: datetime
    after: datetime

    @property
    def is_later(self) -> bool:
        return self.after.astimezone(UTC) > self.before.astimezone(UTC)

    @property
    def about(self) -> str:
        row: Any = self.row
        if self.column.model is Cycle:
            return str(row.name)
        for name in filter(None, self.column.about.split("__")):
            row = getattr(row, name)
        return str(row.name) if self.column.about else ""


@dataclass(frozen=True, slots=True)
class Line:
    """Moves that read alike, for the page. `by`: how much earlier or later."""

    label: str
    about: str
    count: int
    before: str
    after: str
    by: str


def same_clock(moment: datetime, old: ZoneInfo, new: ZoneInfo) -> datetime:
    """The instant, in the new zone, at which its clock shows what the old one shows at this moment."""
    there = moment.astimezone(old).replace(tzinfo=new)
    return there.astimezone(UTC).astimezone(new)  # a time that the new zone's clocks skip is the one after the gap


def moves(old: ZoneInfo, new: ZoneInfo) -> list[Move]:
    """All moments to come that another zone moves; the rows are locked. In the order in which they can be written: no
    row gets the time that another still has."""
    now = timezone.now()
    found: list[Move] = []
    for column in BY_THE_CITYS_CLOCK:
        rows = column.model._default_manager.filter(column.waits, **{f"{column.name}__gt": now})
        if column.about:
            rows = rows.select_related(column.about)
        for row in rows.select_for_update(of=("self",)).order_by(column.name, "pk"):
            before = getattr(row, column.name).astimezone(old)
            after = same_clock(before, old, new)
            if after.astimezone(UTC) != before.astimezone(UTC):  # two zones are never equal in an hour that comes twice
                found.append(Move(column, row, before, after))
    return [move for move in found if not move.is_later] + [move for move in reversed(found) if move.is_later]


def key_of(found: Iterable[Move]) -> str:
    """What a page showed, to compare when it comes back: each moment, as it was and as it would be."""
    said = sorted(
        (move.row._meta.label_lower, move.row.pk, move.column.name, str(move.before), str(move.after)) for move in found
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16] if said else ""


def carry_out(old: ZoneInfo, new: ZoneInfo, *, shown: str, by: User) -> int:
    """Move what another zone moves, in the caller's transaction, and return how many moments.

    `shown`: the key of what the person has seen and confirmed. RuleViolation: moves_deadlines, over_at_once.
    """
    found = moves(old, new)
    now = timezone.now()
    if over := next((move for move in found if move.after <= now), None):
        raise RuleViolation("over_at_once", _over(over))
    if found and key_of(found) != shown:
        raise RuleViolation(ASKS, _("This time zone moves deadlines. Check each one below, then save again."))
    for move in found:
        setattr(move.row, move.column.name, move.after)
        move.row.save(update_fields=[move.column.name])
    _renew_calendars(found)
    _end_links_with_the_same_day(old, new)
    _wait_by_the_new_clock(old, new)
    said = ((move.row, {move.column.name: [str(move.before), str(move.after)]}) for move in found)
    audit.record_many("homecity.move", said, by=by)
    return len(found)


def _over(move: Move) -> str:
    text = _("“%(what)s” would be over at once: %(after)s has passed. Give it a later time first.")
    what = f"{move.column.label}: {move.about}" if move.about else str(move.column.label)
    return text % {"what": what, "after": _on_the_clock(move.after)}


def _renew_calendars(found: Iterable[Move]) -> None:
    """Calendars replace an event that they have only by one with a higher SEQUENCE."""
    pks: dict[type[models.Model], list[int]] = {}
    for move in found:
        pks.setdefault(move.column.model, []).append(move.row.pk)
    for model, path in (
        (InterviewSlot, Interview.objects.filter(slot__in=pks.get(InterviewSlot, ()))),
        (PassportSlot, PassportBooking.objects.filter(slot__in=pks.get(PassportSlot, ()))),
        (EntryPermission, EntryPermission.objects.filter(pk__in=pks.get(EntryPermission, ()))),
        (VisaDay, VisaDay.objects.filter(pk__in=pks.get(VisaDay, ()))),
    ):
        if model in pks:
            path.update(sequence=F("sequence") + 1)


def _end_links_with_the_same_day(old: ZoneInfo, new: ZoneInfo) -> None:
    """Their pages and messages name that day. One that would be over at once keeps its last moment; so does one that
    was counted from the moment when it was made."""
    now = timezone.now()
    for model in {model for _purpose, model in DECLARED.all()}:
        name, changed = model.SIGNED_UNTIL, []
        for link in model.working().select_for_update(of=("self",)).exclude(**{name: None}):
            before = getattr(link, name).astimezone(old)
            if (before.hour, before.minute) == LAST_MINUTE and same_clock(before, old, new) > now:
                setattr(link, name, same_clock(before, old, new))
                changed.append(link)
        model._default_manager.bulk_update(changed, [name], batch_size=500)


def _wait_by_the_new_clock(old: ZoneInfo, new: ZoneInfo) -> None:
    """Texts that wait for the morning wait for the one that people now have. Nobody chose these moments."""
    now = timezone.now()
    for text in Message.objects.waiting().filter(channel=Message.Channel.TEXT, send_after__gt=now):
        morning = same_clock(text.send_after or now, old, new)
        Message.objects.filter(pk=text.pk).update(send_after=max(morning, now))


# --- In words ---------------------------------------------------------------------------------------


def lines(found: Iterable[Move]) -> list[Line]:
    """For the page: by moment; what reads alike is one line with a number."""
    counts: Counter[tuple[datetime, str, str, str, str, str]] = Counter()
    for move in found:
        words = (str(move.column.label), move.about, _on_the_clock(move.before), _on_the_clock(move.after), _by(move))
        counts[(move.after, *words)] += 1
    return [
        Line(label, about, count, before, after, by)
        for (_moment, label, about, before, after, by), count in sorted(counts.items())
    ]


def _on_the_clock(local: datetime) -> str:
    """Jan 15, 2027, 11:59 pm EST"""
    name = local.tzname() or ""
    return f"{short_year(local.date())}, {clock_of(local)} {name if name[:1].isalpha() else f'UTC{name}'}"


def _by(move: Move) -> str:
    length = abs(move.after.astimezone(UTC) - move.before.astimezone(UTC))
    hours, rest = divmod(length, HOUR)
    words = in_hours(length) if rest else ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return (_("%(time)s later") if move.is_later else _("%(time)s earlier")) % {"time": words}
