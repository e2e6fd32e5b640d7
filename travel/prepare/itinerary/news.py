"""Publishing an itinerary: each person whose own lines changed is told once, with old and new; nobody else is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import reverse

from applications.base import edit_lock
from exchange.base import audit
from exchange.base.codes import key_of
from exchange.messages import outbox
from exchange.messages.outbox import Guest
from exchange.models import Message, User
from travel.base import actions as rows
from travel.base.itinerary import HostFlights, People, ShownLeg, arrivals, departures, is_with, zone_names
from travel.base.legs import Leg
from travel.models import Contact, HostLink, ItinerarySegment, Placement, Trip
from travel.placement.actions import trip as trip_actions
from travel.prepare.itinerary import steps as itinerary_steps

type Shares = Callable[[People], bool]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of somebody's itinerary before and after; None where there was or is none. Words follow the language."""

    old: ShownLeg | None
    new: ShownLeg | None


@dataclass(frozen=True, slots=True)
class News:
    """What one receiver gets. `kind`: student, leader or host."""

    kind: str
    name: str
    to: User | Guest
    template: str
    context: dict[str, Any]
    placement_id: int = 0  # of a student

    def drafts(self) -> list[Message]:
        return outbox.drafts(self.template, self.to, self.context)

    def preview(self) -> list[Message]:
        return outbox.preview(self.template, self.to, self.context)


@dataclass(frozen=True, slots=True)
class Pending:
    """What publishing would do now. `seen`: fingerprint of the lines and of who gets what."""

    segments: list[ItinerarySegment]
    news: list[News]

    @property
    def is_empty(self) -> bool:
        return not any(row.is_changed for row in self.segments)

    @property
    def seen(self) -> str:
        parts = [(row.code, str(row.removed_at), row.leg.as_json(), row.people) for row in self.segments]
        people = [(each.kind, each.template, each.name) for each in self.news]
        return edit_lock.fingerprint(self.segments[0].trip, [], parts, people) if self.segments else ""


def pending(trip: Trip) -> Pending:
    """Needs the trip with its city. A constant number of queries."""
    found = list(trip.segments.prefetch_related("placements", "leaders"))
    for row in found:
        row.trip = trip
    return Pending(found, [*_students(trip, found), *_leaders(trip, found), *_hosts(trip, found)])


def _students(trip: Trip, found: list[ItinerarySegment]) -> Iterator[News]:
    going = Placement.objects.active().filter(trip=trip, returned_at__isnull=True)
    for placement in going.select_related("application__student").order_by("application__student__full_name", "pk"):
        changes, is_first = _changes(trip, found, partial(is_with, placement=placement))
        if changes:
            student = placement.application.person
            template = "travel/itinerary_ready" if is_first else "travel/itinerary_changed"
            path = reverse("travel:itinerary", kwargs={"code": placement.code})
            context = {"trip": trip, "changes": changes, "path": path}
            yield News("student", str(student), student, template, context, placement.pk)


def _leaders(trip: Trip, found: list[ItinerarySegment]) -> Iterator[News]:
    for leader in trip.leaders.exclude(email=""):
        changes, is_first = _changes(trip, found, partial(is_with, placement=None, leader=leader))
        if changes:
            context = {"trip": trip, "changes": changes, "is_first": is_first}
            yield News("leader", leader.name, _guest(leader), "travel/itinerary_leader", context)


def _hosts(trip: Trip, found: list[ItinerarySegment]) -> Iterator[News]:
    """Hosts see only when groups land and leave, so only that is news to them."""
    before = [(leg, row.told_people) for row in found if (leg := row.told)]
    after = [(row.leg, row.people) for row in found if not row.removed_at]
    if not _is_news_to_host(before, after):
        return
    for link in HostLink.objects.filter(trip=trip).select_related("contact").order_by("contact__name", "pk"):
        link.trip = trip
        if link.is_open and link.contact.email:
            context = {"trip": trip, "link": link, "flights": LazyFlights(trip, after), "is_first": not before}
            yield News("host", link.contact.name, _guest(link.contact), "travel/itinerary_host", context)


def _is_news_to_host(before: list[tuple[Leg, People]], after: list[tuple[Leg, People]]) -> bool:
    def seen(of: list[tuple[Leg, People]]) -> list[tuple[Any, ...]]:
        there = [(leg.ends_at, leg.to_code, leg.number) for leg in arrivals(of)]
        return [*there, *((leg.starts_at, leg.from_code, leg.number) for leg in departures(of))]

    return seen(before) != seen(after)


@dataclass(frozen=True, slots=True)
class LazyFlights:
    """The flights as a host sees them, worded in the language of the message."""

    trip: Trip
    rows: list[tuple[Leg, People]]

    @property
    def lands(self) -> list[str]:
        return HostFlights.of(self.trip, self.rows).lands

    @property
    def leaves(self) -> list[str]:
        return HostFlights.of(self.trip, self.rows).leaves


def _guest(contact: Contact) -> Guest:
    return Guest(email=contact.email, language=contact.language, name=contact.name)


def _changes(trip: Trip, found: list[ItinerarySegment], shares: Shares) -> tuple[list[Change], bool]:
    """What is new for one person, in order, and whether they have seen no line before."""
    names = zone_names(trip)
    old = {row.code: leg for row in found if (leg := row.told) and shares(row.told_people)}
    new = {row.code: row.leg for row in found if not row.removed_at and shares(row.people)}
    pairs = [(old.get(code), new.get(code)) for code in {**old, **new}]
    changed = [(was, now) for was, now in pairs if was is None or now is None or was.is_news(now)]
    changed.sort(key=lambda pair: min(leg.starts_at for leg in pair if leg))

    def worded(leg: Leg | None) -> ShownLeg | None:
        return ShownLeg(leg, names) if leg else None

    return [Change(worded(was), worded(now)) for was, now in changed], not old


@transaction.atomic
def publish(trip: Trip, *, seen: str, by: User) -> int:
    """Show travelers what the office has, and tell those it concerns. Returns how many people get a message.

    A second press changes nothing. The trip's arrival follows from the flights.
    RuleViolation: changed_meanwhile, arrival_impossible.
    """
    trip = rows.lock(trip)
    now = pending(trip)
    if now.is_empty:
        return 0
    edit_lock.check(seen, now.seen)
    drafted = [(each, each.drafts()) for each in now.news]
    for row in now.segments:
        if row.removed_at:
            row.delete()
        elif row.is_changed:
            row.publish()
            row.save(update_fields=["published", "version"])
    batch = key_of(trip)
    outbox.queue_many([(each.to, some) for each, some in drafted if isinstance(each.to, User)], batch=batch)
    for each in now.news:
        if isinstance(each.to, Guest):
            outbox.queue(each.template, to=each.to, context=each.context, batch=batch)
    audit.record("itinerary.publish", trip, by=by, changes={"told": len(now.news)})
    _follow_arrival(trip, by=by)
    itinerary_steps.follow(trip, [each.placement_id for each in now.news if each.kind == "student"], by=by)
    return len(now.news)


def _follow_arrival(trip: Trip, *, by: User) -> None:
    """Set the day of arrival to that of the last group, and plan everyone again if it changed."""
    shown = [(leg, row.people) for row in trip.segments.all() if (leg := row.told)]
    days = [leg.local_end.date() for leg in arrivals(shown) if leg.local_end]
    if days and not trip.departed_at and max(days) != trip.arrives_on:
        values = {name: getattr(trip, name) for name in trip_actions.FIELDS}
        trip_actions.change(trip, values | {"arrives_on": max(days)}, seen="", by=by)
