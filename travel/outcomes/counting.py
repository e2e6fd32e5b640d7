"""Counts people by cycle, for `release_plan` to decide what may be said of them. Reads only; nothing here is shown.

A cycle is counted once all its groups are home. Before that, one day's figures subtracted from the next would show a
single person.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone

from applications.models import Answer, Application, Cycle, Endorsement, Lever, Lottery, Offer, ScoresFile
from applications.selection import levers
from applications.states import Status
from travel.models import PassportCase, Placement, SurveyAnswer, Trip
from travel.outcomes.following.counting import after
from travel.outcomes.measures import LANGUAGE, NO, UNKNOWN
from travel.outcomes.population import (
    WEEKS,
    YES,
    By,
    CycleCounts,
    Furthest,
    Mark,
    Place,
    Said,
    Stage,
    Step,
    SurveyCounts,
    Waits,
)
from travel.reflection.survey import Days
from travel.states import HAS_PASSPORT

DAYS = 7  # in a week
# A lever that asks what a mark asks: both are counted by the lever's answers.
MARK_OF = {Lever.Kind.FIRST_TRIP.value: Mark.ABROAD, Lever.Kind.FIRST_GENERATION.value: Mark.GENERATION}
NO_DEGREE = ("no_college", "some_college")


def ready() -> list[Cycle]:
    """Cycles that can be counted, oldest first."""
    return list(Cycle.objects.public().filter(is_home()).order_by("closes_at", "pk"))


def is_home() -> Q:
    """Somebody has returned, and no group of the cycle is away or still to leave."""
    trips = Trip.objects.filter(cycle=OuterRef("pk"))
    back = Placement.objects.filter(application__cycle=OuterRef("pk"), returned_at__isnull=False)
    still_out = Q(departed_at__isnull=False) | Q(leaves_on__gte=timezone.localdate())
    return Q(Exists(back)) & ~Q(Exists(trips.filter(still_out, returned_at__isnull=True)))


def counts_of(cycle: Cycle) -> CycleCounts:
    """One cycle, counted now."""
    people = Application.objects.real().filter(cycle=cycle).order_by().annotate(furthest=furthest())
    asked = {lever.kind: lever for lever in levers.for_cycle(cycle)}
    travelers = _travelers(cycle)
    file = ScoresFile.objects.filter(cycle=cycle).first()
    later = after(cycle, travelers)
    lotteries = {each.code: each.entries.split() for each in Lottery.objects.drawn().filter(cycle=cycle)}
    return CycleCounts(
        cycle=cycle.code,
        furthest=_furthest(people),
        groups=_groups(people, asked),
        travelers=by_place(travelers),
        marks={mark: by_place(marked(travelers, mark, asked)) for mark in Mark},
        too_late=too_late(cycle),
        same_as={kind: mark for kind, mark in MARK_OF.items() if kind in asked},
        in_file=file.applications if file else None,
        lotteries={code: len(entries) for code, entries in lotteries.items()},
        drawn_were_read=_were_read(people, [code for entries in lotteries.values() for code in entries]),
        survey=survey_of(cycle, travelers),
        follow_up=later.follow_up,
        compared=later.compared,
        waits=waits_of(travelers),
    )


# --- How far people came ----------------------------------------------------------------------------


def furthest() -> Case:
    """The furthest stage of an application. A withdrawn one keeps what it had reached.

    READ: endorsed and scored by as many readers as the cycle asks for, so that each stage includes all later ones.
    """
    withdrawn = Q(status=Status.WITHDRAWN)
    offers = Offer.objects.filter(application=OuterRef("pk"))
    confirmed = offers.filter(reply=Offer.Reply.CONFIRMED)
    endorsed = Q(endorsement__result=Endorsement.Result.ENDORSED)
    stages: list[tuple[Stage, Q]] = [
        (Stage.TRAVELED, Q(placement__returned_at__isnull=False) | Q(placement__travelled_at__isnull=False)),
        (Stage.PASSPORT, Q(placement__isnull=False, passport_case__stage__in=HAS_PASSPORT)),
        (Stage.CONFIRMED, Q(status=Status.CONFIRMED) | withdrawn & Q(Exists(confirmed))),
        (Stage.SELECTED, Q(status__in=[Status.SELECTED, Status.DECLINED]) | withdrawn & Q(Exists(offers))),
        (Stage.READ, endorsed & Q(reads_locked__gte=F("cycle__reads_each"))),
        (Stage.ENDORSED, endorsed),
        (Stage.SUBMITTED, Q(submitted_at__isnull=False)),
    ]
    whens = [When(condition, then=Value(int(stage))) for stage, condition in stages]
    return Case(*whens, default=Value(int(Stage.STARTED)), output_field=IntegerField())


def _furthest(people: QuerySet[Any]) -> Furthest:
    rows = people.values_list("furthest").annotate(number=Count("pk"))
    return {Stage(stage): number for stage, number in rows}


def _were_read(people: QuerySet[Any], codes: Collection[str]) -> bool:
    return not codes or people.filter(code__in=codes, furthest__gte=Stage.READ).count() == len(codes)


def _groups(people: QuerySet[Any], asked: Mapping[str, Lever]) -> dict[str, dict[str, Furthest]]:
    """Everybody once by each way of grouping; one query per way, however many people."""
    found = {By.COLLEGE.value: _by(people, "college__code"), LANGUAGE: _by(people, "answer_language")}
    for kind, lever in asked.items():
        found[kind] = _by(people.annotate(group=_group_of(lever)), "group")
    return found


def _by(people: QuerySet[Any], name: str) -> dict[str, Furthest]:
    found: defaultdict[str, dict[Stage, int]] = defaultdict(dict)
    for group, stage, number in people.values_list(name, "furthest").annotate(number=Count("pk")).order_by(name):
        found[UNKNOWN if group in (None, "") else str(group)][Stage(stage)] = number
    return dict(found)


def _group_of(lever: Lever) -> Subquery | Case:
    answers = Answer.objects.filter(application=OuterRef("pk"), question__key=lever.question_key)
    if lever.kind == Lever.Kind.DISTRICT:
        is_one = reduce(or_, (Q(value=value) for value in lever.values), Q(pk__in=()))
        return Subquery(answers.filter(is_one).values("value")[:1])
    is_one = Q(pk__in=levers.members(lever).values("pk"))
    return Case(
        When(is_one, then=Value(YES)),
        When(Exists(answers), then=Value(NO)),
        default=Value(UNKNOWN),
        output_field=CharField(),
    )


# --- Travelers --------------------------------------------------------------------------------------


def _travelers(cycle: Cycle) -> QuerySet[Placement]:
    """The same people as those whose furthest stage is TRAVELED."""
    went = Q(travelled_at__isnull=False) | Q(returned_at__isnull=False)
    return Placement.objects.filter(went, application__cycle=cycle, application__is_test=False).order_by()


def by_place(travelers: QuerySet[Placement]) -> Mapping[Place, int]:
    rows = travelers.values_list("application__college__code", "trip__city__code").annotate(number=Count("pk"))
    found: Counter[Place] = Counter()
    for college, city, number in rows:
        found[college or UNKNOWN, city] += number
    return found


def marked(travelers: QuerySet[Placement], mark: Mark, asked: Mapping[str, Lever]) -> QuerySet[Placement]:
    lever = next((asked[kind] for kind, same in MARK_OF.items() if same is mark and kind in asked), None)
    if lever is not None:
        return travelers.filter(application__in=levers.members(lever))
    match mark:
        case Mark.ABROAD:
            return travelers.filter(_answered("first_abroad", [True]))
        case Mark.FLIGHT:
            return travelers.filter(_answered("first_flight", [True]))
        case Mark.GENERATION:
            return travelers.filter(_answered("parents_education", NO_DEGREE))
        case Mark.PASSPORT:
            return travelers.filter(application__passport_case__is_first_passport=True)
        case Mark.CHOICE:
            return travelers.filter(rank=1)


def _answered(key: str, values: Iterable[object]) -> Exists:
    is_one = reduce(or_, (Q(value=value) for value in values))
    return Exists(Answer.objects.filter(is_one, application=OuterRef("application"), question__key=key))


def is_survey_over(cycle: Cycle) -> bool:
    """Whether travelers were asked, and none can answer any longer."""
    if not cycle.survey_items.exists():
        return False
    days, today = Days.load(), timezone.localdate()
    trips = Trip.objects.filter(cycle=cycle, placements__in=_travelers(cycle)).distinct()
    return all(days.last_on(trip) < today for trip in trips)


def survey_of(cycle: Cycle, travelers: QuerySet[Placement]) -> SurveyCounts | None:
    """What travelers answered, once none of them can answer any longer. An item counts with both of its ratings."""
    if not is_survey_over(cycle):
        return None
    items = list(cycle.survey_items.all())
    rated = SurveyAnswer.objects.filter(response__placement__in=travelers, before__isnull=False, now__isnull=False)
    compared = Case(
        When(now__gt=F("before"), then=Value(Said.MORE.value)),
        When(now__lt=F("before"), then=Value(Said.LESS.value)),
        default=Value(Said.SAME.value),
        output_field=CharField(),
    )
    said: dict[int, dict[Said, int]] = {item.pk: {} for item in items}
    rows = rated.annotate(said=compared).values_list("item", "said").annotate(number=Count("pk")).order_by()
    for item, which, number in rows:
        said[item][Said(which)] = number
    answered = rated.aggregate(number=Count("response", distinct=True))["number"]
    return SurveyCounts(answered, {item.name: said[item.pk] for item in items})


def waits_of(travelers: QuerySet[Placement]) -> Waits:
    """How long each traveler's steps took, in bands of weeks; a step without both of its days is in none."""
    offers = Offer.objects.filter(application=OuterRef("application"), reply=Offer.Reply.CONFIRMED).order_by("-made_at")
    moments = travelers.annotate(
        offered=Subquery(offers.values("made_at")[:1]), answered=Subquery(offers.values("answered_at")[:1])
    ).values_list("application__submitted_at", "offered", "answered", "application__passport_case__checked_at")
    found: dict[Step, Counter[int]] = {step: Counter() for step in Step}
    for times in moments.iterator():
        for step, (begun, done) in zip(Step, pairwise(times), strict=True):
            if begun and done:
                days = (timezone.localdate(done) - timezone.localdate(begun)).days
                band = next((weeks for weeks in sorted(WEEKS) if days <= weeks * DAYS), None)
                if band:
                    found[step][band] += 1
    return found


def too_late(cycle: Cycle) -> int:
    """Students with a spot whose first passport wasn't in hand when their group left without them."""
    not_there = ~Q(stage__in=HAS_PASSPORT) | Q(stage_changed_at__gte=F("application__placement__trip__departed_at"))
    return PassportCase.objects.filter(
        not_there,
        is_first_passport=True,
        application__cycle=cycle,
        application__is_test=False,
        application__status=Status.CONFIRMED,
        application__placement__isnull=False,
        application__placement__travelled_at__isnull=True,
        application__placement__returned_at__isnull=True,
        application__placement__trip__departed_at__isnull=False,
    ).count()
