"""Moving students who have a spot to another trip of their cycle by hand: why not, and what to know beforehand.

Reads only; `actions.move` does it. A hand keeps the rules of a run: a student only goes to a city that they ranked
above staying home and that is on their list of cities, whatever the reason for that list is. What a run doesn't look at
(passport, ticket, visa) is said beforehand, and a person decides.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from applications.models import Application, CityPreference
from applications.standing import Standing
from applications.states import Status
from exchange.base import audit
from exchange.base.sentences import Words, sentence
from exchange.models import Event, User
from travel.base.trip_stage import placed_standing
from travel.models import Placement, PlacementRun, TicketName, Trip
from travel.models.placement import TripQuerySet, without_seat
from travel.passport.plan import planning
from travel.passport.plan.planning import PlanRules
from travel.passport.plan.timeline import Level
from travel.placement import feasibility, free_seats, trip_changes
from travel.placement.slots import MOVED
from travel.states import SEEN

NAMED_MOST = 10
BY_HAND = "placement.move_by_hand"  # the event, with the reason
ASKED = gettext_lazy("The student asked for this trip.")  # where the reason speaks to the student, who asked for it
type Seats = Mapping[int, Placement]  # by primary key of the application


class Reason:
    """Why the office moves somebody, in the language of whoever reads it."""

    def __init__(self, en: str, es: str) -> None:
        self.en, self.es = en.strip(), es.strip()

    def __str__(self) -> str:
        return self.es if (get_language() or "").startswith("es") else self.en


def reason_of(placement: Placement) -> Reason | None:
    """Why the office moved this student to the trip they're on, as they read it; None if it didn't. One query."""
    event = _move_of(placement)
    return Reason(event.reason, event.changes["reason_es"]) if event else None


def staff_reason_of(placement: Placement) -> Reason | str:
    """The same as staff read it; empty if the office didn't move them. One query."""
    event = _move_of(placement)
    if event is None:
        return ""
    return str(ASKED) if event.changes.get("is_asked") else Reason(event.reason, event.changes["reason_es"])


def _move_of(placement: Placement) -> Event | None:
    """The move that gave them this seat: of those recorded since, the first. Those after it were undone, each of which
    gave back the seat with its time."""
    event = audit.first_since(BY_HAND, placement, placement.placed_at)
    return event if event and event.changes["trip"][1] == placement.trip_id else None


# --- Who and where ----------------------------------------------------------------------------------


def seats_of(rows: Sequence[Application], user: User) -> dict[int, Placement]:
    """The seats of these students that the person may see."""
    found = Placement.objects.visible_to(user).with_people()
    return {seat.application_id: seat for seat in found.filter(application__in=[row.pk for row in rows])}


def open_trips(seats: Iterable[Placement]) -> TripQuerySet:
    """Trips of their cycles that take place and haven't left."""
    cycles = {seat.trip.cycle_id for seat in seats}
    return Trip.objects.ahead().filter(cycle__in=cycles).select_related("city", "cycle")


def free_on(trip: Trip) -> int:
    """Free seats; 0 on a trip that is over full."""
    return max(0, trip.seats - trip.placements.active().count())


# --- Why not ----------------------------------------------------------------------------------------


def refusal(seat: Placement | None) -> Words:
    """Why this seat can't be changed by hand, whatever the trip; empty where it can. No query."""
    if seat is None or seat.application.status != Status.CONFIRMED:
        return gettext_lazy("Doesn’t have a spot on a trip.")
    if seat.trip.closed_at:
        return gettext_lazy("Their trip was canceled. The next placement can give them a spot.")
    if placed_standing(seat) != Standing.PLACED:
        return gettext_lazy("Their trip leaves today or has already left.")
    return ""


def refusals(rows: Sequence[Application], user: User) -> dict[int, Words]:
    """By primary key of the application."""
    seats = seats_of(rows, user)
    under_way = PlacementRun.objects.filter(released_at__isnull=False, finished_at__isnull=True)
    busy = set(under_way.values_list("cycle", flat=True))
    found: dict[int, Words] = {}
    for row in rows:
        seat = seats.get(row.pk)
        text = refusal(seat)
        if not text and seat and seat.trip.cycle_id in busy:
            text = gettext_lazy("Spots in this cycle are being given out right now. Try again in a few minutes.")
        if text:
            found[row.pk] = text
    return found


def problems(seats: Seats, trip: Trip) -> dict[int, Words]:
    """Why these students, who could move, can't go on this trip. One sentence for every city that a run wouldn't give
    them, so that it never tells why."""
    chosen = choices(seats, trip)
    found: dict[int, Words] = {}
    for pk, seat in seats.items():
        if seat.trip_id == trip.pk:
            found[pk] = sentence(gettext_lazy("Already on the trip to %(city)s."), city=trip.city)
        elif seat.trip.cycle_id != trip.cycle_id:
            found[pk] = gettext_lazy("Their spot is in another cycle.")
        elif pk not in chosen:
            found[pk] = sentence(gettext_lazy("%(city)s isn’t among the cities they can be placed in."), city=trip.city)
    return found


def choices(applications: Collection[int], trip: Trip) -> dict[int, int]:
    """Which choice of theirs the trip's city is, by application; without those whom a run wouldn't place there."""
    ranks = _ranks(applications)
    return {pk: found[trip.city.code] for pk, found in ranks.items() if trip.city.code in found}


def _ranks(applications: Collection[int]) -> dict[int, dict[str, int]]:
    """Which choice of theirs each city is where a run would place them, by its code, by application. Four queries."""
    pairs = feasibility.feasible_pairs(applications)
    ranked: dict[int, list[str | None]] = {}
    codes = {}
    lines = CityPreference.objects.filter(application__in=applications).order_by("application", "rank")
    for pk, code, city in lines.values_list("application", "application__code", "city__code"):
        ranked.setdefault(pk, []).append(city)
        codes[pk] = code
    found: dict[int, dict[str, int]] = {}
    for pk, cities in ranked.items():
        wanted = cities[: cities.index(None)] if None in cities else cities
        places = {city: place for place, city in enumerate(wanted, start=1) if city}
        found[pk] = {city: place for city, place in places.items() if (codes[pk], city) in pairs}
    return found


@dataclass(frozen=True, slots=True)
class Other:
    """A trip that a student could be moved to. `rank`: which choice its city is. `free`: seats, which may be none."""

    trip: Trip
    rank: int
    free: int


def others(seat: Placement) -> list[Other]:
    """Every other trip of their cycle that goes to a city they can be placed in, their first choices first."""
    ranks = _ranks([seat.application_id]).get(seat.application_id, {})
    trips = [trip for trip in open_trips([seat]).exclude(pk=seat.trip_id) if trip.city.code in ranks]
    found = [Other(trip, ranks[trip.city.code], free_on(trip)) for trip in trips]
    return sorted(found, key=lambda each: (each.rank, each.trip.leaves_on, each.trip.pk))


# --- What to know -----------------------------------------------------------------------------------


def warnings(seats: Collection[Placement], trip: Trip) -> list[str]:
    """What the office should know before it moves these students there, in sentences."""
    if not seats:
        return []
    found = [*_passports(seats, trip), *_tickets(seats)]
    for each in MOVED:
        found += each.lines(seats)
    return [*found, *_others(seats, trip)]


def _passports(seats: Collection[Placement], trip: Trip) -> list[str]:
    rules, today = PlanRules.load([trip]), timezone.localdate()
    late, again = [], []
    for seat in seats:
        case = getattr(seat.application, "passport_case", None)
        if case is None:
            continue
        if case.stage not in SEEN and planning.plan_case(case, trip, rules, today).level == Level.NOT_FEASIBLE:
            late.append(seat)
        elif not trip_changes.is_good(seat, trip, rules):
            again.append(seat)
    found = []
    if late:
        text = _("No way to get a passport by the day the trip to %(city)s needs it: %(names)s.")
        found.append(text % {"city": trip.city.name, "names": names_of(late)})
    if again:
        text = _("Their passport doesn’t fit the trip to %(city)s, so they’ll be asked to renew or show it: %(names)s.")
        found.append(text % {"city": trip.city.name, "names": names_of(again)})
    return found


def _tickets(seats: Collection[Placement]) -> list[str]:
    named = set(TicketName.objects.filter(placement__in=seats).values_list("placement", flat=True))
    ticketed = [seat for seat in seats if seat.pk in named]
    if not ticketed:
        return []
    text = _("A name was written for their ticket, so a ticket may have been bought: %(names)s.")
    return [text % {"names": names_of(ticketed)}]


def _others(seats: Collection[Placement], trip: Trip) -> list[str]:
    """Others who may be waiting for the free seats, which a run would have given out."""
    waiting = Application.objects.confirmed().filter(without_seat(), cycle=trip.cycle_id).real().count()
    higher = CityPreference.objects.filter(
        application=OuterRef("application"), city=trip.city_id, rank__lt=OuterRef("rank")
    )
    asked = free_seats.asked_for(trip.cycle).filter(Exists(higher)).exclude(pk__in=[seat.pk for seat in seats])
    found = []
    if waiting:
        text = ngettext(
            "%(count)s confirmed student is still waiting for a spot in the next placement.",
            "%(count)s confirmed students are still waiting for a spot in the next placement.",
            waiting,
        )
        found.append(text % {"count": waiting})
    if number := asked.count():
        text = ngettext(
            "%(count)s student with a spot elsewhere has asked for %(city)s.",
            "%(count)s students with a spot elsewhere have asked for %(city)s.",
            number,
        )
        found.append(text % {"count": number, "city": trip.city.name})
    return found


def names_of(seats: Collection[Placement]) -> str:
    names = sorted(str(seat.application.student) for seat in seats)
    more = len(names) - NAMED_MOST
    if more > 0:
        names[NAMED_MOST:] = [ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}]
    return ", ".join(names)
