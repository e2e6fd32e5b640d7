"""Actions on a trip's itinerary: lines are written, changed and removed, and then published to those they concern."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import actions as rows
from travel.base import legs
from travel.base.itinerary import People, shown
from travel.base.legs import Leg
from travel.models import Contact, ItinerarySegment, Placement, Trip
from travel.models.itinerary import LEG_FIELDS

FIELDS = (*LEG_FIELDS, "confirmation")


@dataclass(frozen=True, slots=True)
class Line:
    """What a form says of one line. `placements` and `leaders` are empty if everyone is on it."""

    values: Mapping[str, Any]
    placements: Sequence[Placement] = ()
    leaders: Sequence[Contact] = ()

    @property
    def people(self) -> People:
        if not self.placements and not self.leaders:
            return None
        return {
            "placements": sorted(row.pk for row in self.placements),
            "leaders": sorted(row.pk for row in self.leaders),
        }

    @property
    def leg(self) -> Leg:
        return Leg(code="", **{name: value for name, value in self.values.items() if name in LEG_FIELDS})


def fingerprint(segment: ItinerarySegment) -> str:
    """Of what the form of a line shows, for the edit lock."""
    return edit_lock.fingerprint(segment, FIELDS, segment.people)


@transaction.atomic
def add(trip: Trip, line: Line, *, by: User) -> ItinerarySegment:
    """Add a line; the same one a second time changes nothing. Travelers see it once it's published.

    RuleViolation: overlaps, not_possible.
    """
    trip = rows.lock(trip)
    return _add(trip, line, there=_there(trip), by=by)


@transaction.atomic
def add_all(trip: Trip, lines: Iterable[Line], *, by: User) -> int:
    """Add every line of a file or none; those that are there already stay as they are. Returns how many are new.

    RuleViolation: overlaps, not_possible.
    """
    trip, added = rows.lock(trip), 0
    there = _there(trip)
    for line in lines:
        before = len(there)
        _add(trip, line, there=there, by=by)
        added += len(there) - before
    return added


def _there(trip: Trip) -> list[ItinerarySegment]:
    return list(trip.segments.there().prefetch_related("placements", "leaders"))


def _add(trip: Trip, line: Line, *, there: list[ItinerarySegment], by: User) -> ItinerarySegment:
    for segment in there:
        if not rows.differing(segment, line.values) and segment.people == line.people:
            return segment
    check_overlaps(trip, line, [(row.leg, row.people) for row in there])
    segment = ItinerarySegment(trip=trip, for_everyone=line.people is None, **line.values)
    rows.check(segment)
    segment.save()
    segment.placements.set(line.placements)
    segment.leaders.set(line.leaders)
    there.append(segment)
    audit.record("itinerarysegment.add", segment, by=by, changes={"trip": trip.code, "kind": str(segment.kind)})
    return segment


@transaction.atomic
def change(segment: ItinerarySegment, line: Line, *, seen: str, by: User) -> ItinerarySegment:
    """Change a line. Travelers see it, and are told, once it's published.

    RuleViolation: changed_meanwhile, overlaps, not_possible.
    """
    trip = rows.lock(segment.trip)
    segment = rows.lock(segment)
    changed = rows.differing(segment, line.values)
    if not changed and segment.people == line.people:
        return segment
    edit_lock.check(seen, fingerprint(segment))
    if segment.removed_at:
        raise RuleViolation("removed", _("Someone removed this line meanwhile. Nothing was saved."))
    check_overlaps(trip, line, [(row.leg, row.people) for row in _there(trip) if row.pk != segment.pk])
    for name in changed:
        setattr(segment, name, line.values[name])
    segment.for_everyone = line.people is None
    rows.check(segment)
    segment.save()
    segment.placements.set(line.placements)
    segment.leaders.set(line.leaders)
    audit.record("itinerarysegment.change", segment, by=by, changes={"fields": sorted(changed)})
    return segment


@transaction.atomic
def remove(segment: ItinerarySegment, *, by: User) -> None:
    """Remove a line. One that travelers know of stays on record until they've been told. Safe to repeat."""
    there = ItinerarySegment.objects.select_for_update(of=("self",)).filter(pk=segment.pk).first()
    if there is None or there.removed_at:
        return
    audit.record("itinerarysegment.remove", there, by=by)
    if there.published is None:
        there.delete()
        return
    there.removed_at = timezone.now()
    there.save(update_fields=["removed_at"])


def check_overlaps(trip: Trip, line: Line, others: Iterable[tuple[Leg, People]]) -> None:
    """RuleViolation("overlaps") if somebody would be on two flights or rides at the same time."""
    for leg, people in others:
        if _share(line.people, people) and next(legs.overlaps([line.leg, leg]), None):
            [there] = shown(trip, [leg])
            text = _("The same people are on another line at that time. %(line)s.")
            raise RuleViolation("overlaps", text % {"line": there.line})


def _share(one: People, other: People) -> bool:
    """Whether somebody is on both."""
    if one is None or other is None:
        return True
    return any(set(one[kind]) & set(other[kind]) for kind in one)
