"""Counts a cycle's groups, and decides which of their steps may be shown by now. Reads only; owns no table.

Nothing is shown while people still move between steps, because one day's page subtracted from the next would reveal
a single person. So started and submitted show once the cycle is closed; endorsed, read and selected once results are
released and nobody waits for a seat; confirmed once every offer is answered. Only released results are counted.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone

from applications.models import Answer, Application, Cycle, Lever, Offer
from applications.selection import levers
from applications.states import IN_THE_CYCLE, OPEN_FOR_EDITING, Status
from exchange.background.cached_figures import cached
from exchange.models import College, User
from exchange.reference import facts
from travel.models import Trip
from travel.outcomes.disclosure import Shown
from travel.outcomes.fairness import Ended, Fairness, FairnessRules, Step, fairness
from travel.outcomes.figures import COUNTED, By, Mark, Outcomes, OutcomeStage, Share
from travel.outcomes.outcomes import furthest, report

COLLEGE, LANGUAGE = "college", "language"
YES, NO, UNKNOWN = "yes", "no", "unknown"
FACTS = ("disclosure.threshold", "fairness.interval_percent", "fairness.line_percent")
KEEP_SECONDS = 300
STEPS = {
    OutcomeStage.STARTED: Step.STARTED,
    OutcomeStage.SUBMITTED: Step.SUBMITTED,
    OutcomeStage.ENDORSED: Step.ENDORSED,
    OutcomeStage.SELECTED: Step.SELECTED,
    OutcomeStage.CONFIRMED: Step.CONFIRMED,
}
# What the outcomes show about travelers, by the lever that asks the same.
SAID_OF_TRAVELERS = {Lever.Kind.FIRST_TRIP: Mark.ABROAD, Lever.Kind.FIRST_GENERATION: Mark.GENERATION}

type Groups = dict[str, dict[str, dict[Step, int]]]


class Moment(IntEnum):
    """How far a cycle has come; each moment allows more to be shown."""

    OPEN = 0
    CLOSED = 1
    RELEASED = 2
    SETTLED = 3  # nobody can move up from the waitlist
    ANSWERED = 4


SAID_BY_NOW = {
    Moment.OPEN: (),
    Moment.CLOSED: (Step.STARTED, Step.SUBMITTED),
    Moment.RELEASED: (Step.STARTED, Step.SUBMITTED),
    Moment.SETTLED: tuple(step for step in Step if step < Step.CONFIRMED),
    Moment.ANSWERED: tuple(Step),
}


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """`counted_at`: None means just now."""

    cycle: Cycle
    moment: Moment
    rules: FairnessRules
    fairness: Fairness
    levers: Mapping[str, Lever]
    colleges: Mapping[str, College]
    counted_at: datetime | None


def counted_of(cycle: Cycle, *, by: User | AnonymousUser) -> GroupCounts:
    numbers = facts.numbers(*FACTS)
    rules = FairnessRules(
        threshold=int(numbers["disclosure.threshold"]),
        confidence=min(0.99, max(0.5, float(numbers["fairness.interval_percent"]) / 100)),
        line=float(numbers["fairness.line_percent"]) / 100,
    )
    moment, asked = moment_of(cycle), levers.for_cycle(cycle)
    key = f"fairness:{cycle.pk}:{moment}:{rules.threshold}:{rules.confidence}:{rules.line}"
    found = cached(key, lambda: _fairness(cycle, moment, asked, rules), by=by, seconds=KEEP_SECONDS)
    return GroupCounts(
        cycle,
        moment,
        rules,
        found.value,
        levers={lever.kind: lever for lever in asked},
        colleges={str(college.pk): college for college in College.objects.all()},
        counted_at=found.counted_at if found.is_slow else None,
    )


def moment_of(cycle: Cycle) -> Moment:
    """A decision that isn't released doesn't count: the status moves only with the release."""
    if cycle.closes_at > timezone.now():
        return Moment.OPEN
    told = IN_THE_CYCLE - OPEN_FOR_EDITING - {Status.SUBMITTED}
    if not cycle.applications.filter(status__in=told).exists():
        return Moment.CLOSED
    if _somebody_may_move_up(cycle):
        return Moment.RELEASED
    waits = Offer.objects.unanswered().filter(application__cycle=cycle, application__status=Status.SELECTED)
    return Moment.SETTLED if waits.exists() else Moment.ANSWERED


def _somebody_may_move_up(cycle: Cycle) -> bool:
    """Whether a promotion may still come: one day's page less the day before's would show that person's groups."""
    if not cycle.applications.filter(status=Status.WAITLISTED).exists():
        return False
    trips = Trip.objects.filter(cycle=cycle)
    return trips.filter(leaves_on__gte=timezone.localdate()).exists() or not trips.exists()


def _fairness(cycle: Cycle, moment: Moment, asked: list[Lever], rules: FairnessRules) -> Fairness:
    allowed = SAID_BY_NOW[moment]
    if not allowed:
        return Fairness({}, None)
    groups = count(cycle, asked)
    published = report(cycle.code).outcomes if cycle.published_at else None
    if published is None:
        return fairness(groups, rules, allowed=allowed)
    # this cycle's outcomes are published: steps they hide stay hidden here
    shown = {STEPS[stage] for stage in STEPS if published.stages[stage] is not None} | {Step.READ}
    withheld = {
        str(kind): _too_close(groups[kind], published, published.shares[mark], rules.threshold)
        for kind, mark in SAID_OF_TRAVELERS.items()
        if kind in groups
    }
    withheld[COLLEGE] = _too_close_at_colleges(groups[COLLEGE], published, rules.threshold)
    return fairness(groups, rules, allowed=shown & set(allowed), withheld=withheld)


def _too_close(groups: Mapping[str, Ended], published: Outcomes, said: Share, threshold: int) -> list[Step]:
    """Steps from which travelers could be subtracted, in the group and outside it, leaving few.

    `said`: how many of the travelers were in the group, exactly or by a share in whole percent.
    """
    if said.rate.shown is not Shown.EXACT or said.rate.percent is None:
        return []  # a range leaves as many counts open as the threshold
    traveled, margin = said.count, 0
    if traveled is None:
        traveled, margin = round(said.rate.percent * published.travelers / 100), 1 + published.travelers // 200
    close = []
    for step in Step:
        reached = {group: sum(n for each, n in ended.items() if each >= step) for group, ended in groups.items()}
        everybody, inside = sum(reached.values()), reached.get(YES, 0)
        left = (inside - traveled, everybody - inside - (published.travelers - traveled))
        if everybody != published.travelers and any(-margin <= each < threshold + margin and each for each in left):
            close.append(step)
    return close


def _too_close_at_colleges(groups: Mapping[str, Ended], published: Outcomes, threshold: int) -> list[Step]:
    """Steps from which a published count of a college's travelers could be subtracted, leaving few or nobody."""
    close: set[Step] = set()
    for mark in COUNTED:
        shown = published.breakdowns.get((mark, By.COLLEGE))
        for college, number in (shown.counts if shown else {}).items():
            ended = groups.get(str(college), {})
            reached = {step: sum(n for each, n in ended.items() if each >= step) for step in Step}
            close |= {step for step in Step if number and 0 <= reached[step] - number < threshold}
    return sorted(close)


# --- Counting ---------------------------------------------------------------------------------------


def count(cycle: Cycle, asked: list[Lever]) -> Groups:
    """Counts everyone once by each way of grouping; one query per way, however many people."""
    people = Application.objects.real().filter(cycle=cycle).order_by()
    people = people.annotate(
        furthest=furthest(),
        is_read=Case(
            When(reads_locked__gte=F("cycle__reads_each"), then=True), default=False, output_field=BooleanField()
        ),
    )
    found: Groups = {COLLEGE: _by(people, "college"), LANGUAGE: _by(people, "answer_language")}
    for lever in asked:
        found[lever.kind] = _by(people.annotate(group=_group_of(lever)), "group")
    return found


def _by(people: QuerySet[Application], name: str) -> dict[str, dict[Step, int]]:
    found: defaultdict[str, dict[Step, int]] = defaultdict(lambda: dict.fromkeys(Step, 0))
    for group, stage, is_read, number in people.values_list(name, "furthest", "is_read").annotate(Count("pk")):
        found[UNKNOWN if group is None else str(group)][_step(OutcomeStage(stage), is_read)] += number
    return dict(found)


def _step(stage: OutcomeStage, is_read: bool) -> Step:
    """READ: by as many readers as the cycle asks for, and endorsed, so that each step includes all later ones."""
    if stage is OutcomeStage.ENDORSED and is_read:
        return Step.READ
    return STEPS.get(stage, Step.CONFIRMED)


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
