"""The published itinerary of a trip: who sees which legs, and how a page or a message words them. Reads only."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from exchange.base.airports import airport
from exchange.base.home import home_zone
from exchange.templatetags.ui import full_day, short_day, the_time, zone_city
from travel.base import legs
from travel.base.legs import Kind, Leg
from travel.models import Contact, ItinerarySegment, Placement, Trip

type People = dict[str, list[int]] | None
is_with = ItinerarySegment.is_with


@dataclass(frozen=True, slots=True)
class ShownLeg:
    """A leg in words. `names`: what to call a time zone, or "" for one on the way, which the place itself says."""

    leg: Leg
    names: Callable[[str], str]

    @property
    def title(self) -> str:
        leg = self.leg
        if leg.kind == Kind.FLIGHT:
            text = _("Flight %(number)s, %(from)s to %(to)s")
            return text % {"number": leg.number or leg.carrier, "from": leg.from_code, "to": leg.to_code}
        if leg.kind == Kind.RIDE:
            said = {"name": " ".join(filter(None, [leg.carrier, leg.number])), "from": leg.from_name, "to": leg.to_name}
            return (_("%(name)s, %(from)s to %(to)s") if said["name"] else _("From %(from)s to %(to)s")) % said
        if leg.kind == Kind.STAY:
            return leg.to_name
        return _("Meet at %(place)s") % {"place": leg.to_name}

    @property
    def start_place(self) -> str:
        return _place(self.leg.from_name, self.leg.from_code)

    @property
    def end_place(self) -> str:
        return _place(self.leg.to_name, self.leg.to_code)

    @property
    def start(self) -> str:
        """11:40 pm, Lisbon time"""
        return self._clock(self.leg.local_start, self.leg.start_zone)

    @property
    def start_day(self) -> str:
        return short_day(self.leg.local_start.date())

    @property
    def end_day(self) -> str:
        return short_day(self.leg.local_end.date()) if self.leg.local_end else ""

    @property
    def end(self) -> str:
        return self._clock(self.leg.local_end, self.leg.end_zone) if self.leg.local_end else ""

    def _clock(self, local: datetime, zone: str) -> str:
        if not (city := self.names(zone)):
            return _("%(time)s, local time") % {"time": clock_of(local)}
        return _("%(time)s, %(city)s time") % {"time": clock_of(local), "city": city}

    @property
    def arrives_on_another_day(self) -> bool:
        return self.leg.days_later != 0

    @property
    def duration(self) -> str:
        return in_hours(self.leg.duration) if self.leg.duration and self.leg.kind in legs.MOVES else ""

    @property
    def note(self) -> str:
        language = (get_language() or "en")[:2]
        return (self.leg.note_es if language == "es" else self.leg.note_en) or self.leg.note_en

    @property
    def line(self) -> str:
        """The whole leg in one sentence, for a message."""
        said = {"title": self.title, "day": self.start_day, "time": self.start}
        if not self.leg.local_end:
            return _("%(title)s: %(day)s, %(time)s") % said
        said |= {"end_day": self.end_day, "end": self.end}
        if self.leg.kind == Kind.STAY:
            return _("%(title)s: from %(day)s, %(time)s to %(end_day)s, %(end)s") % said
        return _("%(title)s: leaves %(day)s, %(time)s; arrives %(end_day)s, %(end)s") % said


def clock_of(local: datetime) -> str:
    """10:42 am, of a time that is local already"""
    return date_format(local.replace(tzinfo=None), "g:i A").lower()


def _place(name: str, code: str) -> str:
    return f"{name} ({code})" if name and code else name or code


def in_hours(length: timedelta) -> str:
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not hours:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


# --- Time zones -------------------------------------------------------------------------------------


def city_zone(trip: Trip) -> str:
    """The time zone of the trip's city, or the portal's own where it isn't known. Needs the city."""
    if trip.city.time_zone:
        return trip.city.time_zone
    there = airport(trip.city.airport_code)
    return there.zone if there else home_zone().key


def zone_names(trip: Trip) -> Callable[[str], str]:
    """What to call the time zones of this trip's legs, in the active language: the city at either end; "" for another,
    whose cities no list has in every language.
    """
    there = city_zone(trip)

    def name(zone: str) -> str:
        if zone == home_zone().key:
            return zone_city()
        return trip.city.name if zone == there else ""

    return name


# --- Who sees what ----------------------------------------------------------------------------------


def published(trip: Trip) -> list[tuple[Leg, People]]:
    """Every leg that travelers were told of, with who is on it. One query."""
    rows = trip.segments.filter(published__isnull=False)
    return [(leg, row.told_people) for row in rows if (leg := row.told)]


def has_itinerary(trip: Trip) -> bool:
    """Whether travelers see anything yet."""
    return trip.segments.filter(published__isnull=False).exists()


def legs_of(placement: Placement) -> list[ShownLeg]:
    """The published legs of one student, in order; none once they've withdrawn.

    Needs the application, the trip and its city. One query.
    """
    if placement.application.withdrawn_at:
        return []
    return shown(placement.trip, (leg for leg, people in published(placement.trip) if is_with(people, placement)))


def legs_of_leader(leader: Contact, trip: Trip) -> list[ShownLeg]:
    return shown(trip, (leg for leg, people in published(trip) if is_with(people, None, leader)))


def shown(trip: Trip, found: Iterable[Leg]) -> list[ShownLeg]:
    names = zone_names(trip)
    return [ShownLeg(leg, names) for leg in legs.in_order(found)]


def days(found: Sequence[ShownLeg]) -> list[tuple[date, list[ShownLeg]]]:
    """Under the local day on which each begins."""
    by_code = {each.leg.code: each for each in found}
    return [(day, [by_code[leg.code] for leg in those]) for day, those in legs.by_day(each.leg for each in found)]


def fingerprint(found: Sequence[ShownLeg]) -> str:
    """Of what somebody saw, whatever the language: changes with what would be news to them."""
    parts = [{**each.leg.as_json(), "code": each.leg.code} for each in found]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


def next_code(found: Sequence[ShownLeg]) -> str:
    """The code of the first leg that is still to come, or ""."""
    upcoming = legs.next_leg((each.leg for each in found), timezone.now())
    return upcoming.code if upcoming else ""


def _groups(rows: Iterable[tuple[Leg, People]]) -> list[list[Leg]]:
    """The legs of each group of people that travels together."""
    rows = list(rows)
    parts = [people for _leg, people in rows if people is not None]
    groups: list[People] = [None, *(people for at, people in enumerate(parts) if people not in parts[:at])]
    return [[leg for leg, people in rows if people is None or people == group] for group in groups]


def arrivals(rows: Iterable[tuple[Leg, People]]) -> list[Leg]:
    """The flights with which groups land at the destination, in order."""
    found = {leg.code: leg for group in _groups(rows) if (leg := legs.arrival(group))}
    return legs.in_order(found.values())


def departures(rows: Iterable[tuple[Leg, People]]) -> list[Leg]:
    found = {leg.code: leg for group in _groups(rows) if (leg := legs.departure(group))}
    return legs.in_order(found.values())


@dataclass(frozen=True, slots=True)
class HostFlights:
    """When groups land in the city and leave it, one line each: what a host may know of an itinerary."""

    lands: list[str]
    leaves: list[str]

    @classmethod
    def of(cls, trip: Trip, rows: Iterable[tuple[Leg, People]]) -> "HostFlights":
        rows = list(rows)
        return cls(
            [_lands(leg) for leg in shown(trip, arrivals(rows))],
            [_leaves(leg) for leg in shown(trip, departures(rows))],
        )


def host_flights(trip: Trip) -> HostFlights:
    """From the published itinerary; until there is one, what the office typed for the host."""
    found = HostFlights.of(trip, published(trip))
    typed = HostFlights([trip.flight_in] if trip.flight_in else [], [trip.flight_out] if trip.flight_out else [])
    return HostFlights(found.lands or typed.lands, found.leaves or typed.leaves)


def host_stays(trip: Trip) -> list[ShownLeg]:
    """Where the group stays, by the published itinerary; without beds of single travelers. One query."""
    return shown(trip, [leg for leg, people in published(trip) if leg.kind == Kind.STAY and people is None])


def _lands(each: ShownLeg) -> str:
    said: dict[str, Any] = {"flight": each.leg.number or each.leg.carrier, "place": each.end_place}
    local = each.leg.local_end or each.leg.local_start
    said |= {"day": full_day(local.date()), "the_time": the_time(each.end)}
    return _("%(flight)s lands at %(place)s on %(day)s at %(the_time)s") % said


def _leaves(each: ShownLeg) -> str:
    said = {"flight": each.leg.number or each.leg.carrier, "place": each.start_place}
    said |= {"day": full_day(each.leg.local_start.date()), "the_time": the_time(each.start)}
    return _("%(flight)s leaves %(place)s on %(day)s at %(the_time)s") % said
