"""Go or no-go: an advisory of level 3 or 4 asks the office about each trip to the city that isn't home yet.

Opening the question tells no student anything; only a change of the trip does (`travel.placement.actions.trip_change`).
"""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import task_rows
from travel.models import CityStanding, GoDecision, Trip

ASKS = (CityStanding.Value.LEVEL_3, CityStanding.Value.LEVEL_4)
Result = GoDecision.Result
TASK = "travel.go_decision"


def open_for(standing: CityStanding, *, by: User) -> None:
    """Ask about the trips to this city; a level that changed asks again. In the caller's transaction."""
    if standing.kind != CityStanding.Kind.ADVISORY:
        return
    trips = Trip.objects.filter(city=standing.city_id, closed_at=None, returned_at=None)
    for trip in trips.select_for_update(of=("self",)).select_related("city"):
        _ask(trip, standing, by=by)


def ask_about(trip: Trip, *, by: User) -> None:
    """The same for a trip that is new, or goes to another city now."""
    current = CityStanding.objects.current().filter(city=trip.city_id, kind=CityStanding.Kind.ADVISORY).first()
    if current:
        _ask(trip, current, by=by)


def _ask(trip: Trip, standing: CityStanding, *, by: User) -> None:
    last = GoDecision.objects.filter(trip=trip, replaced_at=None).select_related("standing").first()
    if last and (last.standing.value, last.standing.city_id) == (standing.value, standing.city_id):
        return
    if last:
        _replace(last, by=by)
    if standing.value in ASKS:
        decision = GoDecision.objects.create(trip=trip, standing=standing)
        audit.record("trip.ask_go", trip, by=by, changes={"level": standing.value})
        _open_task(decision, task_rows.due_on(), by=by)


@transaction.atomic
def decide(decision: GoDecision, *, result: str, reason: str, wait_until: date | None = None, by: User) -> GoDecision:
    """Record the decision and who took it. Another one later is a row of its own; the same again changes nothing.

    RuleViolation: changed_meanwhile, reason_needed, wait_until.
    """
    decision = (
        GoDecision.objects.select_for_update(of=("self",)).select_related("trip__city", "standing").get(pk=decision.pk)
    )
    reason, wait_until = reason.strip(), wait_until if result == Result.WAIT else None
    if (decision.result, decision.reason, decision.wait_until) == (result, reason, wait_until):
        return decision
    if decision.replaced_at:
        text = _("The advisory or the decision has changed since. Open the trip’s page and look again.")
        raise RuleViolation("changed_meanwhile", text)
    if not reason:
        raise RuleViolation("reason_needed", _("Say why. It stays on record."))
    if result == Result.WAIT and not (wait_until and wait_until > timezone.localdate()):
        raise RuleViolation("wait_until", _("Choose a day after today on which you look again."))
    if decision.result:
        _replace(decision, by=by)
        decision = GoDecision(trip=decision.trip, standing=decision.standing)
    decision.result, decision.reason, decision.wait_until = result, reason, wait_until
    decision.decided_at, decision.decided_by = timezone.now(), by
    decision.save()
    office_tasks.drop(key_of(decision), by=by)
    if wait_until:
        _open_task(decision, wait_until, by=by)
    audit.record("trip.decide_go", decision.trip, by=by, reason=reason, changes={"result": result})
    return decision


def _replace(decision: GoDecision, *, by: User) -> None:
    decision.replaced_at = timezone.now()
    decision.save(update_fields=["replaced_at"])
    office_tasks.drop(key_of(decision), by=by)


def _open_task(decision: GoDecision, day: date, *, by: User) -> None:
    trip, source = decision.trip, key_of(decision)
    level = decision.standing.value.removeprefix("level_")
    office_tasks.open(
        f"{source}:{day}",
        TASK,
        due_on=day,
        about=key_of(trip),
        path=decision.get_absolute_url(),
        params=task_rows.city_of(trip) | {"level": level},
        source=source,
        by=by,
    )
