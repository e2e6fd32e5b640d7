"""Counts today's figures another way, to check `now`: row by row in Python, where `now` adds up in the database."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils import timezone

from applications.models import Application, Cycle, Endorsement, Offer
from applications.states import Status
from exchange.figures import releases
from exchange.figures.counts import Rules
from exchange.reference import facts
from travel.models import BudgetLine, MoneyPromise, PassportCase
from travel.outcomes.live import Points, told
from travel.outcomes.measures import TODAY
from travel.outcomes.now import WEEK, Danger, Line, Money, Now, decide_waiting, held_at
from travel.outcomes.population import Stage
from travel.passport.plan.planning import URGENT_DAYS
from travel.states import HAS_PASSPORT

OVER = {Status.WITHDRAWN, Status.DECLINED, Status.NOT_SELECTED, Status.WAITLISTED, Status.CONFIRMED}


def differing(kept: Now) -> list[str]:
    """The measures that come out otherwise."""
    rules = releases.rules()
    return [str(TODAY[name].title) for name, is_same in RECOUNTED.items() if not is_same(kept, rules)]


def _applied_is_same(kept: Now, rules: Rules) -> bool:
    if kept.applying is None:
        return True
    lines = [(kept.applying.line, kept.applying.until), (kept.applying.before, None)]
    return all(line is None or line.points == _points(line, day, rules.threshold) for line, day in lines)


def _waiting_is_same(kept: Now, rules: Rules) -> bool:
    if kept.applying is None:
        return True
    cycle = kept.applying.line.cycle
    return dict(kept.waiting) == decide_waiting(cycle, *_waiting(cycle, kept.made_at), rules)


def _dangers_are_same(kept: Now, rules: Rules) -> bool:
    return list(kept.dangers) == list(_dangers(rules.threshold, timezone.localdate(kept.made_at)))


def _money_is_same(kept: Now, _rules: Rules) -> bool:
    return sorted(kept.money, key=_place) == sorted(_money(), key=_place)


# each of today's measures
RECOUNTED: Mapping[str, Callable[[Now, Rules], bool]] = {
    "applied": _applied_is_same,
    "waiting": _waiting_is_same,
    "in_danger": _dangers_are_same,
    "money": _money_is_same,
}


def _place(row: Money) -> tuple[str, str]:
    return row.trip, row.fund


def _points(line: Line, until: dt.date | None, threshold: int) -> Points:
    cycle = Cycle.objects.get(code=line.cycle)
    opened, closes = timezone.localdate(cycle.opens_at), timezone.localdate(cycle.closes_at)
    days = [
        timezone.localdate(application.submitted_at)
        for application in Application.objects.real().filter(cycle=cycle)
        if application.submitted_at
    ]
    points: Points = [(0, 0)]
    for week in range(1, line.weeks + 1):
        last = opened + dt.timedelta(days=WEEK * week - 1)
        if until is not None and until < closes and last > until:
            break
        total = len(days) if week == line.weeks else sum(day <= last for day in days)
        if total >= points[-1][1] + threshold:
            points.append((week, total))
    return points


def _waiting(code: str, now: dt.datetime) -> tuple[dict[Stage, int], int]:
    """How many wait at each stage, and how many of those who sent one don't."""
    waits, rest = dict.fromkeys(held_at(Cycle.objects.get(code=code), now), 0), 0
    for application in Application.objects.real().filter(cycle__code=code).select_related("cycle"):
        stage = _stage(application)
        if not _is_over(application) and stage in waits:
            waits[stage] += 1
        elif stage is not Stage.STARTED:
            rest += 1
    return waits, rest


def _is_over(application: Application) -> bool:
    endorsement = Endorsement.objects.filter(application=application).first()
    has_answered = endorsement is not None and endorsement.result != Endorsement.Result.ENDORSED
    return application.status in OVER or (has_answered and application.status == Status.SUBMITTED)


def _stage(application: Application) -> Stage:
    """`counting.furthest`, for one application."""
    placement = getattr(application, "placement", None)
    case = getattr(application, "passport_case", None)
    offers = list(Offer.objects.filter(application=application))
    withdrawn = application.status == Status.WITHDRAWN
    if placement and (placement.returned_at or placement.travelled_at):
        return Stage.TRAVELED
    if placement and case and case.stage in HAS_PASSPORT:
        return Stage.PASSPORT
    confirmed = any(offer.reply == Offer.Reply.CONFIRMED for offer in offers)
    if application.status == Status.CONFIRMED or (withdrawn and confirmed):
        return Stage.CONFIRMED
    if application.status in (Status.SELECTED, Status.DECLINED) or (withdrawn and offers):
        return Stage.SELECTED
    endorsement = Endorsement.objects.filter(application=application).first()
    if endorsement and endorsement.result == Endorsement.Result.ENDORSED:
        return Stage.READ if application.reads_locked >= application.cycle.reads_each else Stage.ENDORSED
    return Stage.SUBMITTED if application.submitted_at else Stage.STARTED


def _dangers(threshold: int, today: dt.date) -> Iterable[Danger]:
    last = today + dt.timedelta(days=int(facts.number(URGENT_DAYS)))
    by_trip: dict[Any, list[PassportCase]] = {}
    for case in PassportCase.objects.select_related("application", "trip"):
        trip = case.trip
        if trip is None or trip.departed_at or trip.closed_at or trip.leaves_on < today:
            continue
        if case.application.status == Status.CONFIRMED and hasattr(case.application, "placement"):
            by_trip.setdefault(trip, []).append(case)
    for trip in sorted(by_trip, key=lambda each: (each.leaves_on, each.code)):
        near = [
            case
            for case in by_trip[trip]
            if case.stage not in HAS_PASSPORT and case.last_safe_on and case.last_safe_on <= last
        ]
        yield Danger(trip.code, told(len(near), len(by_trip[trip]), threshold), len(by_trip[trip]))


def _money() -> Iterable[Money]:
    planned: Counter[tuple[str, str]] = Counter()
    actual: Counter[tuple[str, str]] = Counter()
    whole: dict[tuple[str, str], bool] = {}
    for line in BudgetLine.objects.select_related("trip", "sponsor"):
        key = line.trip.code, line.sponsor.name if line.sponsor else ""
        planned[key] += round(line.planned * 100)
        actual[key] += round((line.actual or 0) * 100)
        whole[key] = whole.get(key, True) and line.actual is not None
    sums: Counter[tuple[str, str]] = Counter()
    paid: Counter[tuple[str, str]] = Counter()
    for promise in MoneyPromise.objects.select_related("rule", "placement__trip"):
        key = promise.placement.trip.code, promise.rule.fund
        sums[key] += promise.cents - promise.canceled_cents
        paid[key] += sum(each.cents for each in promise.lines.filter(payment__paid_on__isnull=False))
    for key, cents in sums.items():
        planned[key] += cents
        actual[key] += paid[key]
        whole[key] = whole.get(key, True) and paid[key] >= cents
    for key, cents in planned.items():
        if cents or actual[key]:
            yield Money(*key, cents, actual[key], whole[key])
