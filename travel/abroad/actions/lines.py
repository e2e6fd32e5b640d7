"""Actions on a traveler's line a day: written on the card, changed or removed by its student, forgotten in the end."""

import re
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models.hold import is_held
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.models import Placement, TripLine
from travel.models.placement import home_day
from travel.models.trip_line import LINE_MAX

DEVICES_MAX = 5  # a day: enough for a traveler's phones, too few for a stranger who has the link to fill the table
DEVICE = re.compile(r"[0-9a-z]{8,32}")
AHEAD = timedelta(hours=14)  # the earliest time zone


def days_of(placement: Placement, now: datetime | None = None) -> list[date]:
    """The days of the trip that have begun somewhere, the oldest first. Needs the trip."""
    trip = placement.trip
    last = min(trip.home_on, ((now or timezone.now()).astimezone(UTC) + AHEAD).date())
    return [trip.leaves_on + timedelta(days=number) for number in range((last - trip.leaves_on).days + 1)]


@transaction.atomic
def write(
    placement: Placement, on: date, text: str, *, device: str = "", version: int = 0, by: User | None = None
) -> TripLine:
    """Keep what a device has for a day; an older version than the one that's there changes nothing.

    Without a device it's a line of its own. RuleViolation: other_day, too_long, empty, too_many.
    """
    placement = Placement.objects.select_for_update(of=("self",)).select_related("trip").get(pk=placement.pk)
    text = _checked(text)
    if on not in days_of(placement):
        raise RuleViolation("other_day", _("You can write a line for a day of the trip, once that day has started."))
    if not DEVICE.fullmatch(device):
        device = secrets.token_hex(12)
    row = TripLine.objects.filter(placement=placement, on=on, device=device).first()
    if row is None:
        if not text:
            raise RuleViolation("empty", _("Write something first."))
        if TripLine.objects.filter(placement=placement, on=on).count() >= DEVICES_MAX:
            raise RuleViolation("too_many", _("There are already several lines for this day. Change one of them."))
        said: Any = {"text": text}
        row = TripLine.objects.create(placement=placement, on=on, device=device, version=version, said=said)
        audit.record("trip_line.write", row, by=by)
    elif version > row.version:
        row.said, row.version, row.written_at = {"text": text}, version, timezone.now()
        row.save(update_fields=["said", "version", "written_at"])
    return row


@transaction.atomic
def change(line: TripLine, text: str, *, by: User) -> TripLine:
    """The student's correction. The phone that wrote the line adds another one if it goes on writing.

    RuleViolation: too_long, empty.
    """
    line = TripLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
    text = _checked(text)
    if not text:
        raise RuleViolation("empty", _("Write something first."))
    if text != line.text:
        line.said, line.device, line.written_at = {"text": text}, f"account{line.code.lower()}", timezone.now()
        line.save(update_fields=["said", "device", "written_at"])
        audit.record("trip_line.change", line, by=by)
    return line


@transaction.atomic
def remove(line: TripLine, *, by: User) -> None:
    """Its text is gone for good. Safe to repeat. The row stays, so that the phone that wrote it can't bring it back."""
    line = TripLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
    if line.text:
        line.said = {"text": ""}
        line.save(update_fields=["said"])
        audit.record("trip_line.remove", line, by=by)


def of(placement: Placement, user: User) -> list[TripLine]:
    """The student's lines of a trip in order, without those taken back. One query."""
    return [line for line in TripLine.objects.visible_to(user).filter(placement=placement) if line.text]


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete the lines so many days after the return. Returns of how many students. Safe to repeat."""
    before = timezone.localdate() - timedelta(days=days)
    homes = Placement.objects.alias(home=home_day("trip__"))
    over = homes.filter(~is_held("application__"), lines__isnull=False, home__lt=before)
    keys = list(over.order_by("pk").distinct().values_list("pk", flat=True))
    if not dry_run:
        TripLine.objects.filter(placement__in=keys).delete()
    return len(keys)


def _checked(text: str) -> str:
    text = text.strip()
    if len(text) > LINE_MAX:
        over = len(text) - LINE_MAX
        words = ngettext(
            "That’s %(count)s character too long. It’s still on your phone.",
            "That’s %(count)s characters too long. It’s still on your phone.",
            over,
        )
        raise RuleViolation("too_long", words % {"count": over})
    return text
