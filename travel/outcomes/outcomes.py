"""Counts the finished cycles, and decides what may be shown of them. Reads only; owns no table.

A cycle is finished once all its groups are home: its published figures then don't change from week to week, so
that two days' pages can't be subtracted from one another. Which figures may be shown: `travel.outcomes.figures`.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import get_language

from applications.models import Answer, Application, Cycle, Endorsement, Offer
from applications.states import Status
from exchange.models import College, PartnerCity
from exchange.reference import facts
from travel.models import PassportCase, Placement, Trip
from travel.outcomes.figures import Counted, Mark, Outcomes, OutcomeStage, Protected, Travelers
from travel.reflection.stories import Audience, stories
from travel.states import HAS_PASSPORT

ALL = "all"
# Counts that took longer than this are cached for a moment: finished cycles hardly change.
SLOW_SECONDS = 0.05
KEEP_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Quote:
    text: str
    year: int


@dataclass(frozen=True, slots=True)
class Report:
    """`outcomes` is None when there is nothing to show: nobody is home yet, or too few traveled."""

    threshold: int
    counted_at: datetime
    cycles: list[Cycle]
    chosen: Cycle | None
    outcomes: Outcomes | None = None
    is_home: bool = False
    quote: Quote | None = None
    colleges: list[College] = field(default_factory=list)
    cities: dict[int, PartnerCity] = field(default_factory=dict)
    other_cities: list[PartnerCity] = field(default_factory=list)  # partner cities to which nobody went this time

    @property
    def code(self) -> str:
        return self.chosen.code if self.chosen else ALL


def report(code: str = "") -> Report:
    """Figures of one published cycle, of all ("all"), or of the newest that has any ("").

    Raises Cycle.DoesNotExist for another code.
    """
    cycles: list[Any] = list(Cycle.objects.public().annotate(is_home=_is_home()))
    chosen: Cycle | None = next((cycle for cycle in cycles if cycle.code == code), None)
    if chosen is None and code not in ("", ALL):
        raise Cycle.DoesNotExist
    threshold = int(facts.number("disclosure.threshold"))
    finished: list[Cycle] = [cycle for cycle in cycles if cycle.is_home]
    counted = counted_of(finished) if finished else Counted(timezone.now(), {}, (), {})
    protected = Protected(counted, [cycle.pk for cycle in finished], threshold)
    reported = [cycle for cycle in finished if cycle.pk in protected.cycle_ids]
    if not code and reported:
        chosen = reported[0]
    empty = Report(threshold, counted.counted_at, reported, chosen, is_home=chosen in finished)
    if not reported or chosen not in (None, *reported):
        return empty
    outcomes = protected.outcomes(chosen.pk if chosen else None)
    return Report(
        threshold,
        counted.counted_at,
        reported,
        chosen,
        outcomes,
        is_home=True,
        quote=_quote(outcomes.cycle_ids),
        colleges=list(College.objects.all()),
        cities=PartnerCity.objects.in_bulk(outcomes.city_ids),
        other_cities=list(PartnerCity.objects.filter(is_offered=True).exclude(pk__in=outcomes.city_ids)),
    )


# --- Counting ---------------------------------------------------------------------------------------


def _is_home() -> Q:
    """Somebody has returned, and no group of the cycle is away or still to leave."""
    trips = Trip.objects.filter(cycle=OuterRef("pk"))
    back = Placement.objects.filter(application__cycle=OuterRef("pk"), returned_at__isnull=False)
    still_out = Q(departed_at__isnull=False) | Q(leaves_on__gte=timezone.localdate())
    return Q(Exists(back)) & ~Q(Exists(trips.filter(still_out, returned_at__isnull=True)))


def counted_of(cycles: Iterable[Cycle]) -> Counted:
    ids = sorted(cycle.pk for cycle in cycles)
    key = f"outcomes:{'-'.join(map(str, ids))}"
    counted: Counted | None = cache.get(key)
    if counted is None:
        started = time.monotonic()
        counted = count_of(ids)
        if time.monotonic() - started > SLOW_SECONDS:
            cache.set(key, counted, KEEP_SECONDS)
    return counted


def count_of(ids: list[int]) -> Counted:
    """The figures of these cycles (primary keys), counted now."""
    return Counted(timezone.now(), _count_furthest(ids), _count_travelers(ids), _count_too_late(ids))


def _count_furthest(ids: list[int]) -> dict[int, dict[OutcomeStage, int]]:
    rows = Application.objects.real().filter(cycle__in=ids).annotate(furthest=furthest()).order_by()
    found: dict[int, dict[OutcomeStage, int]] = defaultdict(dict)
    for cycle, stage, number in rows.values_list("cycle", "furthest").annotate(number=Count("pk")):
        found[cycle][OutcomeStage(stage)] = number
    return dict(found)


def furthest() -> Case:
    """The furthest stage of an application. A withdrawn one keeps what it had reached."""
    withdrawn = Q(status=Status.WITHDRAWN)
    offers = Offer.objects.filter(application=OuterRef("pk"))
    confirmed = offers.filter(reply=Offer.Reply.CONFIRMED)
    steps: list[tuple[OutcomeStage, Q]] = [
        (OutcomeStage.RETURNED, Q(placement__returned_at__isnull=False)),
        (OutcomeStage.TRAVELED, Q(placement__travelled_at__isnull=False)),
        (OutcomeStage.PASSPORT, Q(placement__isnull=False, passport_case__stage__in=HAS_PASSPORT)),
        (OutcomeStage.CONFIRMED, Q(status=Status.CONFIRMED) | withdrawn & Q(Exists(confirmed))),
        (OutcomeStage.SELECTED, Q(status__in=[Status.SELECTED, Status.DECLINED]) | withdrawn & Q(Exists(offers))),
        (OutcomeStage.ENDORSED, Q(endorsement__result=Endorsement.Result.ENDORSED)),
        (OutcomeStage.SUBMITTED, Q(submitted_at__isnull=False)),
    ]
    whens = [When(condition, then=Value(int(stage))) for stage, condition in steps]
    return Case(*whens, default=Value(int(OutcomeStage.STARTED)), output_field=IntegerField())


def _answered(key: str, *values: object) -> Exists:
    """Whether the application of a placement has one of these answers."""
    is_one = Q()
    for value in values:
        is_one |= Q(value=value)
    return Exists(Answer.objects.filter(is_one, application=OuterRef("application"), question__key=key))


def _count_travelers(ids: list[int]) -> tuple[Travelers, ...]:
    rows = (
        Placement.objects.filter(application__cycle__in=ids, travelled_at__isnull=False)
        .annotate(
            abroad=_answered("first_abroad", True),
            flight=_answered("first_flight", True),
            no_degree=_answered("parents_education", "no_college", "some_college"),
            degree=_answered("parents_education", "bachelors"),
        )
        .order_by()
        .values_list(
            *("application__cycle", "application__college", "trip__city", "trip__leaves_on"),
            *("abroad", "flight", "application__passport_case__is_first_passport", "no_degree", "degree", "rank"),
        )
        .annotate(number=Count("pk"))
    )
    found = []
    for cycle, college, city, leaves_on, abroad, flight, passport, no_degree, degree, rank, number in rows:
        said = {
            Mark.ABROAD: abroad,
            Mark.FLIGHT: flight,
            Mark.PASSPORT: passport,
            Mark.GENERATION: no_degree,
            Mark.CHOICE: rank == 1,
        }
        marks = frozenset(mark for mark, is_true in said.items() if is_true)
        found.append(Travelers(cycle, college, city, leaves_on, marks, bool(no_degree or degree), number))
    return tuple(found)


def _count_too_late(ids: list[int]) -> dict[int, int]:
    """Students with a seat whose first passport wasn't in hand when their group left without them."""
    not_there = ~Q(stage__in=HAS_PASSPORT) | Q(stage_changed_at__gte=F("application__placement__trip__departed_at"))
    rows = PassportCase.objects.filter(
        not_there,
        is_first_passport=True,
        application__cycle__in=ids,
        application__status=Status.CONFIRMED,
        application__placement__isnull=False,
        application__placement__travelled_at__isnull=True,
        application__placement__trip__departed_at__isnull=False,
    )
    return dict(rows.order_by().values_list("application__cycle").annotate(number=Count("pk")))


def _quote(cycle_ids: Iterable[int]) -> Quote | None:
    """The first story that the office chose, in the reader's language if there is one."""
    told = stories(Audience.PUBLIC, (get_language() or "en")[:2], cycles=list(cycle_ids))
    return Quote(told[0].quote, told[0].year) if told else None
