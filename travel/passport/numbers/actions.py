"""Actions for document numbers, which are asked for only where the visa or the airline needs them."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from applications.models.hold import is_held
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, User
from exchange.reference import facts
from travel.models import DocumentNumber, NumberNeed, Placement, Trip
from travel.passport.case.replan import refuse_ended

KEEP_DAYS = "number.keep_days"
VIEW = "number.view"
# reasons a coordinator may look at a number for; stored with each look, and shown to the student
LOOKED_FOR = {
    "visa_form": gettext_lazy("to fill in the visa form"),
    "booking": gettext_lazy("to give it to the airline"),
    "question": gettext_lazy("because the consulate or the airline asked again"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a number by a coordinator, as the student sees it."""

    at: date
    what_for: str


@transaction.atomic
def ask(trip: Trip, purpose: str, *, reason_en: str, reason_es: str, by: User) -> NumberNeed:
    """Ask a trip's students for a document number, with this reason. Asking twice is the same as once.

    RuleViolation("is_home") once the trip is home.
    """
    trip = Trip.objects.select_for_update(of=("self",)).get(pk=trip.pk)
    if trip.returned_at is not None:
        raise RuleViolation("is_home", _("This trip is over, so no number is needed."))
    need = trip.number_needs.open().filter(purpose=purpose).first()
    if need:
        return need
    need = NumberNeed.objects.create(trip=trip, purpose=purpose, reason_en=reason_en, reason_es=reason_es, asked_by=by)
    audit.record("number.ask", trip, by=by, reason=reason_en, changes={"purpose": str(purpose)})
    for placement in Placement.objects.active().filter(trip=trip).select_related("application__student"):
        path = reverse("travel:placement-numbers", args=[placement.code])
        outbox.queue("travel/number_asked", to=placement.application.person, context={"path": path})
    return need


@transaction.atomic
def end(need: NumberNeed, *, by: User) -> int:
    """Stop asking, and delete at once the numbers given for this need. Returns how many were deleted."""
    need = NumberNeed.objects.select_for_update(of=("self",)).get(pk=need.pk)
    if need.ended_at is not None:
        return 0
    need.ended_at, need.ended_by = timezone.now(), by
    need.save(update_fields=["ended_at", "ended_by"])
    removed, _by_model = DocumentNumber.objects.filter(placement__trip=need.trip_id, purpose=need.purpose).delete()
    audit.record("number.end", need.trip, by=by, changes={"purpose": need.purpose, "removed": removed})
    return removed


@sensitive_variables("number")
@transaction.atomic
def give(placement: Placement, purpose: str, number: str, *, by: User) -> DocumentNumber:
    """Store the student's number, replacing an earlier one. Giving the same number again changes nothing.

    RuleViolation("not_asked") where the trip doesn't need it, ("withdrawn") for a student who no longer goes.
    """
    placement = _locked(placement)
    refuse_ended(placement.application)
    if not placement.trip.number_needs.open().filter(purpose=purpose).exists():
        raise RuleViolation("not_asked", _("We don’t need this number, so nothing was saved."))
    given = DocumentNumber.objects.filter(placement=placement, purpose=purpose).first()
    if given and given.number == number:
        return given
    given = given or DocumentNumber(placement=placement, purpose=purpose)
    given.number, given.given_at = number, timezone.now()
    given.expires_on = last_day(placement.trip, int(facts.number(KEEP_DAYS)))
    given.save()
    audit.record("number.give", placement, by=by, changes={"purpose": str(purpose)})
    return given


@transaction.atomic
def remove(placement: Placement, purpose: str, *, by: User) -> None:
    """Delete a number at the student's request. Removing it twice is the same as once."""
    placement = _locked(placement)
    removed, _by_model = DocumentNumber.objects.filter(placement=placement, purpose=purpose).delete()
    if removed:
        audit.record("number.remove", placement, by=by, changes={"purpose": str(purpose)})


@transaction.atomic
def look(number: DocumentNumber, *, what_for: str, by: User) -> DocumentNumber:
    """Return the number to a coordinator, and record the look and its reason where the student can see them.

    RuleViolation: ("no_purpose") without a reason in LOOKED_FOR, ("own_number") for their own number.
    """
    if what_for not in LOOKED_FOR:
        raise RuleViolation("no_purpose", _("Say what you need the number for."))
    if number.placement.application.student_id == by.pk:
        raise RuleViolation("own_number", _("This number is your own. Someone else has to look at it."))
    audit.record(VIEW, number.placement, by=by, changes={"purpose": number.purpose, "what_for": what_for})
    return number


@transaction.atomic
def purge(*, today: date | None = None, dry_run: bool = False) -> int:
    """Delete expired numbers, and those of students who no longer go or whose trip doesn't ask; returns how many.

    Safe to repeat. The expiry is worked out anew from the trip and the fact, so a moved return changes it.
    """
    today, keep = today or timezone.localdate(), int(facts.number(KEEP_DAYS))
    asked = set(NumberNeed.objects.open().values_list("trip", "purpose"))
    over = []
    kept = DocumentNumber.objects.without_number().select_related("placement__trip", "placement__application")
    kept = kept.filter(~is_held("placement__application__"))
    for number in kept.order_by("pk"):
        last = last_day(number.placement.trip, keep)
        is_asked = (number.placement.trip_id, number.purpose) in asked
        if last < today or not is_asked or number.placement.application.status != Status.CONFIRMED:
            over.append(number)
        elif number.expires_on != last and not dry_run:
            DocumentNumber.objects.filter(pk=number.pk).update(expires_on=last)
    if not dry_run:
        for number in over:
            audit.record("number.purge", number.placement, by=None, changes={"purpose": number.purpose})
        DocumentNumber.objects.filter(pk__in=[number.pk for number in over]).delete()
    return len(over)


def last_day(trip: Trip, keep_days: int) -> date:
    return trip.home_on + timedelta(days=keep_days)


def looks_at(placement: Placement) -> list[Look]:
    """Every look at this student's numbers, newest first."""
    events = Event.objects.filter(
        action=VIEW, target_model=Placement._meta.label_lower, target_id=placement.pk
    ).order_by("-at", "-pk")
    return [Look(event.at, str(LOOKED_FOR.get(event.changes.get("what_for", ""), ""))) for event in events]


def _locked(placement: Placement) -> Placement:
    rows = Placement.objects.select_for_update(of=("self",)).select_related("application__student", "trip")
    return rows.get(pk=placement.pk)
