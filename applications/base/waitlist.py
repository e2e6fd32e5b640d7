"""The released waitlist: who is on it, in which place now, how many seats are free, and whether it's over.

A place is counted, not stored: a student sees how many are ahead, whatever number the committee recorded. Read-only.
"""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from applications.models import Application, Cycle, Decision, ScheduledRelease
from applications.states import Status

TAKEN = (Status.SELECTED, Status.CONFIRMED)
type HaveLeft = Callable[[Cycle], bool]
_tellers: list[HaveLeft] = []


def register(teller: HaveLeft) -> None:
    """`teller`: whether all of a cycle's trips have left. `travel`, which knows them, calls it in AppConfig.ready."""
    _tellers.append(teller)


def is_over(cycle: Cycle) -> bool:
    """Whether no spot can open any more, because all trips have left. Two queries."""
    return any(teller(cycle) for teller in _tellers)


def told(cycle_id: int) -> QuerySet[Decision]:
    """The newest released decision of each waitlisted application, in the waitlist's order."""
    mine = Decision.objects.filter(application=OuterRef("application"), released_at__isnull=False)
    newest = Subquery(mine.order_by("-released_at", "-pk").values("pk")[:1])
    waiting = Decision.objects.filter(
        pk=newest, application__cycle=cycle_id, application__status=Status.WAITLISTED, result=Status.WAITLISTED
    )
    return waiting.order_by("waitlist_position", "application__code")


def place_of(decision: Decision) -> int | None:
    """The place on the waitlist; 1 is next. None if the committee gave no position."""
    if decision.waitlist_position is None:
        return None
    ahead = told(decision.application.cycle_id).filter(waitlist_position__lt=decision.waitlist_position)
    return ahead.count() + 1


def spoken_for(cycle: Cycle) -> QuerySet[Application]:
    """Selected by a decision that is not released yet."""
    return cycle.applications.filter(_still_open())


def with_a_seat(cycle: Cycle) -> QuerySet[Application]:
    """Selected, whether released or not, or confirmed."""
    return cycle.applications.filter(Q(status__in=TAKEN) | _still_open())


def _still_open() -> Q:
    private = Decision.objects.unreleased().filter(application=OuterRef("pk"), result=Status.SELECTED)
    return Q(status__in=(Status.SUBMITTED, Status.WAITLISTED)) & Q(Exists(private))


def free_seats(cycle: Cycle) -> int:
    """Seats that nobody has; 0 if the cycle has no number of seats."""
    if cycle.seats is None:
        return 0
    return max(0, cycle.seats - with_a_seat(cycle).count())


def open_spots(cycle: Cycle) -> int:
    """Free seats that no offer will take, of those that wait for their time."""
    waiting = ScheduledRelease.objects.waiting().filter(cycle=cycle, kind=ScheduledRelease.Kind.SPOTS)
    soon = sum(len(each.details.get("codes", [])) for each in waiting)
    return max(0, free_seats(cycle) - soon)


def over_with(application: Application) -> int:
    """By how many the seats would be exceeded if this application got one; 0 if the cycle has no number of seats."""
    if application.cycle.seats is None:
        return 0
    others = with_a_seat(application.cycle).exclude(pk=application.pk).count()
    return max(0, others + 1 - application.cycle.seats)
