"""The waiting list as it was told: who stands on it, in which place now, and how many seats are free.

Places close up: a student sees how many are ahead, whatever number the committee wrote down. Reads only.
"""

from django.db.models import OuterRef, QuerySet, Subquery

from applications.models import Cycle, Decision
from applications.states import Status

TAKEN = (Status.SELECTED, Status.CONFIRMED)


def told(cycle_id: int) -> QuerySet[Decision]:
    """The newest released decision of each waitlisted application, in the order of the list."""
    mine = Decision.objects.filter(application=OuterRef("application"), released_at__isnull=False)
    newest = Subquery(mine.order_by("-released_at", "-pk").values("pk")[:1])
    waiting = Decision.objects.filter(
        pk=newest, application__cycle=cycle_id, application__status=Status.WAITLISTED, result=Status.WAITLISTED
    )
    return waiting.order_by("waitlist_position", "application__code")


def place_of(decision: Decision) -> int | None:
    """How many are ahead, and one: 1 is next. None where the committee gave no place."""
    if decision.waitlist_position is None:
        return None
    ahead = told(decision.application.cycle_id).filter(waitlist_position__lt=decision.waitlist_position)
    return ahead.count() + 1


def free_seats(cycle: Cycle) -> int:
    """Seats that nobody has been offered or that were given back; none where the cycle has no number of seats."""
    if cycle.seats is None:
        return 0
    return max(0, cycle.seats - cycle.applications.filter(status__in=TAKEN).count())
