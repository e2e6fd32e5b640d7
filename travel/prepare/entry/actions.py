"""Actions on the permission to enter: what a traveler needs, where it stands, the appointment for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models.hold import is_held
from applications.states import Status
from exchange.base import audit, office_tasks, roles
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import OfficeTask, User
from travel.base import task_rows
from travel.models import EntryPermission, Placement, VisaDayPerson
from travel.passport.case.replan import follow_person
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist.evidence import Evidence
from travel.prepare.entry.state import SETTLED, TROUBLE, Entry, shown
from travel.prepare.going import locked, still_telling

PAGE = "entry"  # key of the step of a checklist that asks for it
State = EntryPermission.State
DATED = (State.APPLIED, State.GRANTED, State.REFUSED)
TASKS: Mapping[Entry, str] = {
    Entry.REFUSED: "travel.entry_refused",
    Entry.ENDS_EARLY: "travel.entry_ends_early",
    Entry.UNSURE: "travel.entry_unsure",
}


@dataclass(frozen=True, slots=True)
class Said:
    """`on`: when they applied, got it or were refused; None for the other states. `valid_until`: None if unknown."""

    state: str
    on: date | None = None
    valid_until: date | None = None


@transaction.atomic
def say(placement: Placement, said: Said, *, by: User) -> EntryPermission:
    """Store where it stands, from the student or the office; never why. Safe to repeat.

    A refusal, and a permission that ends before the return, open a task with an owner in this transaction, and the
    student is told who helps. RuleViolation: ("no_day"), ("future"), ("over") for a permission that has ended already,
    ("upside_down") for one that ends before it was granted, ("withdrawn"), ("trip_over").
    """
    placement = _locked(placement, by)
    _check(said)
    row = _row(placement) or EntryPermission(placement=placement)
    if row.pk and (row.state, row.state_on, row.valid_until) == (said.state, said.on, said.valid_until):
        return row
    row.state, row.state_on, row.valid_until = said.state, said.on, said.valid_until
    if said.state == State.NOT_NEEDED and row.appointment_at:
        row.appointment_at, row.appointment_place, row.sequence = None, "", row.sequence + 1
    row.said_at, row.said_by = timezone.now(), by
    row.save()
    audit.record("entry.say", placement, by=by)
    follow_person(placement, by=by)
    follow(row, placement, by=by)
    return row


@transaction.atomic
def appoint(placement: Placement, at: datetime, place: str, *, by: User) -> EntryPermission:
    """Store the appointment for the visa, in place of the one before. Safe to repeat.

    RuleViolation: ("past"), ("not_needed") unless something is needed, ("withdrawn"), ("trip_over").
    """
    placement = _locked(placement, by)
    row = _row(placement)
    if row is None or row.state == State.NOT_NEEDED:
        raise RuleViolation("not_needed", _("First say that you need a visa or authorization. Nothing was changed."))
    place = place.strip()
    if (row.appointment_at, row.appointment_place) == (at, place):
        return row
    if at <= timezone.now():
        raise RuleViolation("past", _("That time has passed. Enter the time of your next appointment."))
    row.appointment_at, row.appointment_place, row.sequence = at, place, row.sequence + 1
    row.save(update_fields=["appointment_at", "appointment_place", "sequence"])
    audit.record("entry.appoint", placement, by=by)
    return row


@transaction.atomic
def drop_appointment(placement: Placement, *, by: User) -> None:
    """There's no appointment any longer. Safe to repeat."""
    placement = _locked(placement, by)
    row = _row(placement)
    if row and row.appointment_at:
        row.appointment_at, row.appointment_place, row.sequence = None, "", row.sequence + 1
        row.save(update_fields=["appointment_at", "appointment_place", "sequence"])
        audit.record("entry.drop_appointment", placement, by=by)


def is_settled(placement: Placement) -> bool:
    """Whether nothing is left to do for this traveler. Needs the trip."""
    row = _row(placement)
    return row is not None and state_of(row, placement) in SETTLED


def state_of(row: EntryPermission | None, placement: Placement, *, rule_asks_nothing: bool = False) -> Entry:
    """Needs the trip."""
    return shown(
        row.state if row else None,
        valid_until=row.valid_until if row else None,
        returns_on=placement.trip.returns_on,
        rule_asks_nothing=rule_asks_nothing,
    )


def look_again() -> int:
    """Compare permissions with returns that were moved since; returns how many end too early now. Safe to repeat."""
    out = Placement.objects.active().filter(trip__returned_at__isnull=True)
    granted = EntryPermission.objects.filter(state=State.GRANTED, valid_until__isnull=False, placement__in=out)
    return sum(_look_again(pk) for pk in granted.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _look_again(pk: int) -> bool:
    placement = locked(Placement.objects.get(entry_permission=pk))
    row = EntryPermission.objects.get(pk=pk)
    return follow(row, _with_people(placement), by=None)


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete permissions and who came to visa days, so many days after the return, and at once of who doesn't go.

    Returns of how many students. Safe to repeat.
    """
    before = timezone.now() - timedelta(days=days)
    over = Placement.objects.filter(
        Q(entry_permission__isnull=False) | Q(consulate_days__isnull=False),
        Q(trip__returned_at__lte=before) | ~Q(application__status=Status.CONFIRMED),
        ~is_held("application__"),
    )
    placements = list(over.order_by("pk").distinct())
    if not dry_run:
        for placement in placements:
            audit.record("entry.forget", placement, by=None)
        EntryPermission.objects.filter(placement__in=placements).delete()
        VisaDayPerson.objects.filter(placement__in=placements).delete()
    return len(placements)


def helper_of(placement: Placement, by: User | None = None) -> User | None:
    """The person of the office who takes care of a problem: who noted it, else who placed the student, else anyone."""
    for person in (by, placement.placed_by):
        if person and person.is_active and roles.is_coordinator(person):
            return person
    return roles.coordinators().order_by("pk").first()


# --- What follows -----------------------------------------------------------------------------------


def follow(row: EntryPermission, placement: Placement, *, by: User | None) -> bool:
    """Bring checklist and tasks in line with the row; tells of trouble once. Whether a task was opened."""
    now = state_of(row, placement)
    step = checklist.fulfil if now in SETTLED else checklist.unfulfil
    step(placement, evidence=Evidence.PAGE, key=PAGE, by=by)
    source = f"travel.entrypermission:{placement.code}"
    key = f"entry:{placement.code}:{row.said_at.timestamp()}:{placement.trip.returns_on}"
    if now in TASKS and OfficeTask.objects.filter(key=key).exists():
        return False
    office_tasks.drop(source, by=by)
    if now not in TASKS:
        return False
    student, trip = placement.application.person, placement.trip
    owner = helper_of(placement, by) if now in TROUBLE else None
    office_tasks.open(
        key,
        TASKS[now],
        due_on=timezone.localdate() if now in TROUBLE else task_rows.due_on(),
        about=key_of(trip),
        path=reverse("travel:entry-record", args=[placement.code]),
        person=student,
        params=task_rows.city_of(trip),
        source=source,
        owner=owner,
        by=by,
    )
    if now in TROUBLE:
        _tell(placement, owner, by=by)
    return True


def _tell(placement: Placement, owner: User | None, *, by: User | None) -> None:
    context = {"placement": placement, "trip": placement.trip, "helper": owner}
    outbox.queue("travel/entry_trouble", to=placement.application.person, context=context)
    if owner and owner != by:
        outbox.queue("travel/entry_trouble_office", to=owner, context=context)


def _check(said: Said) -> None:
    today = timezone.localdate()
    if (said.state in DATED) != (said.on is not None):
        raise RuleViolation("no_day", _("Enter the day. Nothing was changed."))
    if said.on and said.on > today:
        raise RuleViolation("future", _("That day hasn’t come yet. Check the date."))
    if said.valid_until and said.state != State.GRANTED:
        raise RuleViolation("no_day", _("Only a permission that was granted has a last day. Nothing was changed."))
    if said.valid_until and said.on and said.valid_until < said.on:
        raise RuleViolation("upside_down", _("It ends before it was granted. Check both dates."))
    if said.valid_until and said.valid_until < today:
        raise RuleViolation("over", _("This permission has already ended. Check its last day."))


def _row(placement: Placement) -> EntryPermission | None:
    return EntryPermission.objects.filter(placement=placement).first()


def _locked(placement: Placement, by: User) -> Placement:
    """The office can still note what happened once the student can't."""
    return _with_people(locked(placement) if roles.is_coordinator(by) else still_telling(placement))


def _with_people(placement: Placement) -> Placement:
    return Placement.objects.with_people().select_related("placed_by").get(pk=placement.pk)
