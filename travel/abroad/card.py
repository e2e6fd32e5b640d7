"""What a traveler's card shows, and what it can't show yet. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.states import Status
from exchange.base.home import home_zone
from travel.abroad.day_plan import Entry, current_of, in_order, next_of, read_day
from travel.base.itinerary import ShownLeg, legs_of
from travel.base.legs import Kind
from travel.base.trip_stage import Tense
from travel.models import CheckInPerson, Contact, HelpNumber, InsurancePolicy, LocalCard, Placement, Trip
from travel.models.abroad import window_of
from travel.models.needs import Allergen
from travel.partners.programme import shown_days


@dataclass(frozen=True, slots=True)
class CardDay:
    """One day of the trip: entries with a time, and words without one. `number`: 1 on the day of departure."""

    number: int
    on: date
    entries: tuple[Entry, ...] = ()
    words: tuple[str, ...] = ()
    language: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """Whom to call there. `urgent`: emergency services; `places`: embassy, consulate, clinic; `policies`: insurance."""

    urgent: tuple[HelpNumber, ...]
    places: tuple[HelpNumber, ...]
    policies: tuple[InsurancePolicy, ...]


def help_of(trip: Trip) -> Help:
    """Numbers that somebody has confirmed lately. Two queries."""
    numbers = [number for number in trip.city.help_numbers.all() if number.is_reliable]
    return Help(
        urgent=tuple(number for number in numbers if number.kind in HelpNumber.URGENT),
        places=tuple(number for number in numbers if number.kind not in HelpNumber.URGENT),
        policies=tuple(trip.policies.all()),
    )


@dataclass(frozen=True, slots=True)
class Card:
    """`zone`: of the city, None if unknown; then nothing has a local time. `here`: the date there.

    `today`: None if that day has no plan. `asked`: in the newest check-in that waits for this traveler's word.
    """

    trip: Trip
    zone: ZoneInfo | None
    here: date
    days: tuple[CardDay, ...]
    has_itinerary: bool
    today: CardDay | None
    now: Entry | None
    next: Entry | None
    leaders: tuple[Contact, ...]
    help: Help
    addresses: tuple[LocalCard, ...]
    allergies: tuple[tuple[str, LocalCard], ...]
    asked: CheckInPerson | None

    @property
    def is_during(self) -> bool:
        return self.trip.leaves_on <= self.here <= self.trip.home_on

    @property
    def first_leader(self) -> Contact | None:
        """Whom "I need help" calls: the first leader with a phone."""
        return next((leader for leader in self.leaders if leader.phone), None)


def card_of(placement: Placement, moment: datetime | None = None) -> Card:
    """Needs its application, trip, city and host. Nine queries at any size."""
    moment = moment or timezone.now()
    trip = placement.trip
    zone = trip.city.zone
    legs = legs_of(placement)
    days = _with_legs(trip, _days(trip, zone), legs)
    entries = in_order(entry for day in days for entry in day.entries)
    here = moment.astimezone(zone or home_zone()).date()
    checked = list(LocalCard.objects.filter(cards_of(trip), checked_on__isnull=False))
    return Card(
        trip=trip,
        zone=zone,
        here=here,
        days=days,
        has_itinerary=bool(legs),
        today=next((day for day in days if day.on == here), None),
        now=current_of(entries, moment),
        next=next_of(entries, moment),
        leaders=tuple(trip.leaders.all()),
        help=help_of(trip),
        addresses=tuple(each for each in checked if each.kind == LocalCard.Kind.ADDRESS),
        # all of the city's, so that the link tells nothing about the student; they open the one that is theirs
        allergies=tuple((allergy_label(each.need), each) for each in checked if each.kind == LocalCard.Kind.ALLERGY),
        asked=placement.check_ins.missing().select_related("check_in").order_by("check_in__started_at").last(),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What is now, by the published program. `today`: none before and after the trip."""

    today: CardDay | None
    now: Entry | None
    next: Entry | None


def plan_of(trip: Trip, moment: datetime | None = None) -> Plan:
    """Without the parts of the itinerary that belong to single travelers. Two queries."""
    moment = moment or timezone.now()
    zone = trip.city.zone
    days = _days(trip, zone)
    entries = in_order(entry for day in days for entry in day.entries)
    here = moment.astimezone(zone or home_zone()).date()
    today = next((day for day in days if day.on == here), None)
    current = current_of(entries, moment)
    # an evening's last entry isn't what is on at night
    return Plan(today, current if current and current.day == here else None, next_of(entries, moment))


def _days(trip: Trip, zone: ZoneInfo | None) -> tuple[CardDay, ...]:
    days = []
    for shown in shown_days(trip):
        number = (shown.on - trip.leaves_on).days + 1
        entries: list[Entry] = []
        if zone is None:
            words = [line for line in shown.text.splitlines() if line.strip()]
        else:
            entries, words = read_day(shown.on, shown.text, zone.key, language=shown.language)
        days.append(CardDay(number, shown.on, tuple(entries), tuple(words), shown.language, shown.language_label))
    return tuple(days)


ICONS = {Kind.FLIGHT: "plane", Kind.RIDE: "bus", Kind.STAY: "bed"}


def _with_legs(trip: Trip, days: tuple[CardDay, ...], legs: Iterable[ShownLeg]) -> tuple[CardDay, ...]:
    """The days with flights, rides, stays and meeting points, each under the local day on which it begins."""
    by_day = {day.on: day for day in days}
    for each in legs:
        leg, on = each.leg, each.leg.local_start.date()
        entry = Entry(
            leg.starts_at, leg.start_zone, each.title, each.note, ICONS.get(leg.kind, "map-pin"), ends_at=leg.ends_at
        )
        day = by_day.get(on) or CardDay((on - trip.leaves_on).days + 1, on)
        by_day[on] = replace(day, entries=tuple(in_order([*day.entries, entry])))
    return tuple(by_day[on] for on in sorted(by_day))


# --- Allergies --------------------------------------------------------------------------------------


def allergies() -> list[tuple[str, Any]]:
    """The allergies there can be a card for: (key, name)."""
    return [(each.value, each.label) for each in Allergen if each != Allergen.OTHER]


def allergy_label(need: str) -> str:
    return str(dict(allergies()).get(need, need))


# --- For the office ---------------------------------------------------------------------------------


def cards_of(trip: Trip) -> Q:
    """The cards that travelers of this trip may see: its addresses, and its city's allergy cards."""
    return Q(trip=trip) | Q(city=trip.city_id)


def lacks(trip: Trip) -> list[str]:
    """What the trip's cards don't have yet, as sentences for the office. Four queries."""
    numbers = [number for number in trip.city.help_numbers.all() if number.is_reliable]
    kinds = {number.kind for number in numbers}
    checked = trip.local_cards.filter(kind=LocalCard.Kind.ADDRESS, checked_on__isnull=False)
    found = {
        _("No confirmed emergency number. Call it or look it up, then mark it as confirmed."): kinds.isdisjoint(
            HelpNumber.URGENT
        ),
        _("No confirmed embassy or consulate."): HelpNumber.Kind.EMBASSY not in kinds,
        _("No confirmed clinic."): HelpNumber.Kind.CLINIC not in kinds,
        _("No address in the local language that someone has checked."): not checked.exists(),
        _("No group leader with a phone number."): not trip.leaders.exclude(phone="").exists(),
        _("The city has no time zone, so the cards can’t show local times."): trip.city.zone is None,
    }
    return [text for text, is_lacking in found.items() if is_lacking]


def is_home(placement: Placement) -> bool:
    """Whether the card is the traveler's first page: from the day on which links open until they're home.

    Not of a trip that is given up or canceled, nor of who stayed while the group left. One query at most.
    """
    trip = placement.trip
    if placement.application.status != Status.CONFIRMED or placement.returned_at or trip.closed_at:
        return False
    if placement.travelled_at:  # also if the group is home and they aren't, and if nobody has recorded a delay
        return timezone.now() <= window_of(trip)[1]
    if trip.departed_at or trip.returned_at or placement.tense == Tense.AFTER:
        return False
    return placement.tense == Tense.DURING or window_of(trip)[0] <= timezone.now()
