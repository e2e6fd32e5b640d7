"""What the release of a placement run, or a move by hand, would tell each person, before anyone is told. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from applications.models import Application, Offer
from applications.states import Status
from exchange.messages import outbox
from exchange.models import Language, Message, User
from travel.models import Placement, PlacementRun, Trip, Unplaced
from travel.placement.actions import move, placement_release
from travel.placement.families import families_of
from travel.placement.moving import Reason
from travel.placement.placing import Row


@dataclass(frozen=True, slots=True)
class CityCount:
    """How many get a seat in a city, or none where `city` is empty; `languages`: in the order of `Language`."""

    city: str
    total: int
    languages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`rows`: everyone who is told. `unreachable`: whom no message reaches. `texts_wait`: when texts go, if quiet hours
    hold them. `begun`: cities whose trip has begun. `open_offers`: how many can still confirm, and until when: each of
    them makes the run out of date."""

    rows: list[Row]
    counts: list[CityCount]
    unreachable: list[Application]
    texts_wait: datetime | None
    begun: list[str]
    open_offers: int
    open_until: datetime | None


def preview_of(run: PlacementRun, trips: Iterable[Trip], *, at: datetime | None = None) -> Preview:
    """`at`: when it would go; None is now. A constant number of queries."""
    there = Application.objects.confirmed().filter(cycle=run.cycle_id).select_related("student")
    people = {row.code: row for row in there}
    told = set(Unplaced.objects.filter(application__cycle=run.cycle_id).values_list("application__code", flat=True))
    rows = [row for row in placement_release.rows_to_tell(run) if row["application"] in people]
    rows = [row for row in rows if row["trip"] or row["application"] not in told]
    going = [people[row["application"]] for row in rows]
    ways = outbox.ways_to([each.person for each in going])
    has_texts = any(Message.Channel.TEXT in found for found in ways.values())
    cities = {trip.code: trip for trip in trips}
    used = {row["trip"] for row in rows if row["trip"]}
    answers = Offer.objects.unanswered().filter(
        application__cycle=run.cycle_id, application__status=Status.SELECTED, answer_by__gt=timezone.now()
    )
    until = list(answers.order_by("-answer_by").values_list("answer_by", flat=True))
    day = timezone.localdate(at)
    return Preview(
        rows=rows,
        counts=_counts(rows, people, cities),
        unreachable=[each for each in going if not ways[each.person.pk]],
        texts_wait=outbox.by_day(at or timezone.now()) if has_texts else None,
        begun=sorted(cities[code].city.name for code in used if code in cities and cities[code].leaves_on <= day),
        open_offers=len(until),
        open_until=until[0] if until else None,
    )


def _counts(rows: Sequence[Row], people: dict[str, Application], cities: dict[str, Trip]) -> list[CityCount]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        trip = cities.get(row["trip"] or "")
        found[trip.city.name if trip else ""][people[row["application"]].person.language] += 1
    in_order = sorted(found.items(), key=lambda item: (not item[0], item[0]))
    return [
        CityCount(city, sum(counts.values()), tuple(counts[language.value] for language in Language))
        for city, counts in in_order
    ]


def messages_for(run: PlacementRun, rows: Sequence[Row], trips: Iterable[Trip]) -> dict[str, list[Message]]:
    """What these rows' students would be sent, by the application's code; stores nothing."""
    by_code = {trip.code: trip for trip in trips}
    there = Application.objects.confirmed().filter(code__in=[row["application"] for row in rows])
    people = {each.code: each for each in there.select_related("student", "cycle")}
    seats = Placement.objects.filter(application__code__in=people).select_related("application__student", "trip__city")
    has = {each.application.code: each for each in seats}
    drafted, codes = [], []
    for row in rows:
        application = people.get(row["application"])
        if application is None:
            continue
        placement = has.get(application.code) or Placement(application=application, code=placement_release.NO_CODE)
        if row["trip"]:
            placement.trip = by_code[row["trip"]]
        template, context = placement_release.message_of(row, application, placement)
        codes.append(application.code)
        drafted.append((application.person, outbox.drafts(template, to=application.person, context=context)))
    return dict(zip(codes, outbox.welcome(drafted), strict=True))


def messages_of_moves(
    seats: Collection[Placement], trip: Trip, reason: Reason
) -> list[tuple[Placement, str, User | outbox.Guest, dict[str, Any]]]:
    """Template, receiver and context of what each of these students and their families would be sent if they moved to
    this trip. Three queries for each trip that somebody leaves."""
    of_trip: defaultdict[int, list[Placement]] = defaultdict(list)
    for seat in seats:
        of_trip[seat.trip_id].append(seat)
    families = {pk: families_of(leaving) for pk, leaving in of_trip.items()}
    found = []
    for seat in seats:
        there = copy(seat)
        there.trip = trip
        for each in move.messages_of(there, families[seat.trip_id], was=seat.trip, reason=reason):
            found.append((seat, *each))
    return found
