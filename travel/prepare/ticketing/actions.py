"""Actions on the list for the airline: a student gives their details, the office opens or downloads them.

Each opening is an event with its purpose that the student reads; the list is downloaded once, and again with a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from applications.base import disclosures
from applications.models import Disclosure
from applications.models.hold import is_held
from applications.standing import Act, may
from applications.states import Status
from exchange.base import audit, office_tasks, roles
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.models import Event, User
from exchange.reference import facts
from travel.base import names, task_rows
from travel.base.names import FullName, Result, UnreadableName
from travel.base.trip_stage import placed_standing
from travel.models import Placement, TicketingDetails, TicketingExport, Trip
from travel.models.ticketing import Marker
from travel.passport.ticket_names.words import machine_words, unreadable
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist.evidence import Evidence
from travel.prepare.going import locked

PAGE = "ticketing"  # key of the step of a checklist that asks for it
ASK_DAYS, KEEP_DAYS = "ticketing.ask_days", "ticketing.keep_days"
VIEW, EXPORT = "ticketing.view", "ticketing.export"
# reasons a coordinator may open one student's details for; stored with each look, and shown to the student
LOOKED_FOR = {
    "question": gettext_lazy("because the airline or agency asked"),
    "check": gettext_lazy("to compare them with the ticket"),
    "help": gettext_lazy("because you asked for help"),
}
LONGEST_LIFE = 120  # years


@dataclass(frozen=True, slots=True)
class Details:
    """As the passport prints them."""

    name: FullName
    born: date
    marker: str

    @classmethod
    def of(cls, row: TicketingDetails) -> "Details":
        words = row.words
        name = FullName(words["surnames"], words["given"])
        return cls(name, date.fromisoformat(words["born"]), words["marker"])

    def as_json(self) -> dict[str, str]:
        said = {"surnames": self.name.surnames, "given": self.name.given}
        return {**said, "born": self.born.isoformat(), "marker": str(self.marker)}


@dataclass(frozen=True, slots=True)
class Look:
    """One opening, as the student reads it."""

    at: datetime
    what_for: str


@dataclass(frozen=True, slots=True)
class Made:
    """A list that was made: what it holds, and its record."""

    export: TicketingExport
    rows: list[tuple[Placement, Details]]


def opens_on(trip: Trip) -> date:
    """The day from which students are asked."""
    return trip.leaves_on - timedelta(days=int(facts.number(ASK_DAYS)))


@sensitive_variables("details")
@transaction.atomic
def give(placement: Placement, details: Details, *, by: User) -> TicketingDetails:
    """Store what the student typed, in place of what was there. Safe to repeat.

    A change after the list was sent opens a task. RuleViolation: ("too_early") before the day from which we ask,
    ("gone") once the group has left, ("unreadable") for a name that no ticket can hold, ("born"), ("withdrawn").
    """
    placement = _locked(placement)
    trip, today = placement.trip, timezone.localdate()
    if not may(placed_standing(placement), Act.CHECKLIST):
        raise RuleViolation("gone", _("Your group has left, so we don’t need this now. Nothing was changed."))
    if today < opens_on(trip):
        raise RuleViolation("too_early", _("We don’t ask for this yet. Nothing was saved."))
    if not machine_words(details.name)[0]:
        raise RuleViolation("unreadable", unreadable())
    if not today.year - LONGEST_LIFE <= details.born.year or details.born >= today:
        raise RuleViolation("born", _("Check your date of birth."))
    row = TicketingDetails.objects.filter(placement=placement).first() or TicketingDetails(placement=placement)
    if row.pk and row.words == details.as_json():
        return row
    row.said, row.told_at = details.as_json(), timezone.now()
    row.save()
    audit.record("ticketing.give", placement, by=by, changes={"after_sending": row.sent_at is not None})
    _follow(row, placement, by=by)
    return row


@transaction.atomic
def remove(placement: Placement, *, by: User) -> None:
    """Delete them at the student's request. Safe to repeat."""
    placement = _locked(placement)
    row = TicketingDetails.objects.without_words().filter(placement=placement).first()
    if row is None:
        return
    was_sent = row.sent_at is not None
    row.delete()
    audit.record("ticketing.remove", placement, by=by, changes={"after_sending": was_sent})
    checklist.unfulfil(placement, evidence=Evidence.PAGE, key=PAGE, by=by)
    if was_sent:
        _open(placement, "travel.ticketing_changed", by=by)


def is_there(placement: Placement) -> bool:
    """Whether the student has given everything; not while they'd like to talk first."""
    row = TicketingDetails.objects.filter(placement=placement).first()
    return row is not None and row.words["marker"] != Marker.TALK


@transaction.atomic
def look(row: TicketingDetails, *, what_for: str, by: User) -> Details:
    """One student's details for a coordinator; the look and its reason are recorded where the student reads them.

    RuleViolation: ("no_purpose") without a reason in LOOKED_FOR, ("own") for one's own.
    """
    if what_for not in LOOKED_FOR:
        raise RuleViolation("no_purpose", _("Say what you need it for."))
    if row.placement.application.student_id == by.pk:
        raise RuleViolation("own", _("These details are your own. Someone else has to open them."))
    audit.record(VIEW, row.placement, by=by, changes={"what_for": what_for})
    return Details.of(row)


@transaction.atomic
def export(trip: Trip, kind: str, *, reason: str = "", by: User) -> Made:
    """Make the list for the airline or agency: once, and again only with a reason. Each student reads that it was sent.

    RuleViolation: ("gone") once the group has left, ("no_reason") for a second list, ("nobody"), ("own") if the
    coordinator is on it.
    """
    trip = Trip.objects.select_for_update(of=("self",)).get(pk=trip.pk)
    if trip.departed_at or trip.closed_at:
        raise RuleViolation("gone", _("This group has left or isn’t going, so no list is needed."))
    is_first = not TicketingExport.objects.filter(trip=trip).exists()
    if not is_first and not reason.strip():
        raise RuleViolation("no_reason", _("The list was sent before. Say why it’s needed again."))
    found = listed(trip)
    ready = [(row.placement, Details.of(row)) for row in found if row.words["marker"] != Marker.TALK]
    if not ready:
        raise RuleViolation("nobody", _("No one has given their details yet, so there’s nothing to send."))
    if any(placement.application.student_id == by.pk for placement, _details in ready):
        raise RuleViolation("own", _("You’re on this list yourself. Someone else has to make it."))
    now = timezone.now()
    going = Placement.objects.active().filter(trip=trip).count()
    made = TicketingExport.objects.create(
        trip=trip,
        kind=kind,
        count=len(ready),
        missing=going - len(ready),
        is_first=is_first,
        reason="" if is_first else reason.strip()[:300],
        at=now,
        by=by,
    )
    on_it = [placement for placement, _details in ready]
    TicketingDetails.objects.filter(placement__in=on_it).update(sent_at=now)
    audit.record(EXPORT, trip, by=by, reason=made.reason, changes={"count": len(ready), "kind": str(kind)})
    audit.record_many(VIEW, ((each, {"what_for": "list"}) for each in on_it), by=by)
    disclosures.record([each.application_id for each in on_it], Disclosure.Kind.TICKETING, by=by)
    return Made(made, ready)


def listed(trip: Trip) -> list[TicketingDetails]:
    """What students who go have given, by name. Decrypts: for the list, and for pages that only compare."""
    rows = TicketingDetails.objects.filter(placement__in=Placement.objects.active().filter(trip=trip))
    people = "placement__application__student", "placement__application__college", "placement__ticket_name"
    return list(rows.select_related(*people).order_by("placement__application__student__full_name", "pk"))


def compared(details: Details, ticket: FullName | None) -> Result | None:
    """Whether the ticket has the name that the student typed; None while there's no name on the ticket."""
    if ticket is None:
        return None
    try:
        return names.compare(details.name, ticket).result
    except UnreadableName:
        return Result.DIFFERENT


def looks_at(placement: Placement) -> list[Look]:
    """Every opening, newest first."""
    label = Placement._meta.label_lower
    events = Event.objects.filter(action=VIEW, target_model=label, target_id=placement.pk).order_by("-at", "-pk")
    words: Mapping[str, object] = {**LOOKED_FOR, "list": _("for the list to the airline or agency")}
    return [Look(event.at, str(words.get(event.changes.get("what_for", ""), ""))) for event in events]


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete details so many days after the return, and at once of students who don't go; returns how many.

    By the day of return too, so that they go even if nobody recorded that the group is home. Safe to repeat.
    """
    before = timezone.localdate() - timedelta(days=days)
    home = Q(placement__trip__returns_on__lt=before) | Q(placement__trip__closed_at__isnull=False)
    gone = ~Q(placement__application__status=Status.CONFIRMED)
    over = TicketingDetails.objects.without_words().filter(home | gone, ~is_held("placement__application__"))
    rows = list(over.select_related("placement").order_by("pk"))
    if not dry_run:
        audit.record_many("ticketing.forget", ((row.placement, {}) for row in rows), by=None)
        TicketingDetails.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


# --- What follows -----------------------------------------------------------------------------------


def _follow(row: TicketingDetails, placement: Placement, *, by: User) -> None:
    talk = row.words["marker"] == Marker.TALK
    step = checklist.unfulfil if talk else checklist.fulfil
    step(placement, evidence=Evidence.PAGE, key=PAGE, by=by)
    if talk:
        _open(placement, "travel.ticketing_talk", by=by)
    else:
        office_tasks.drop(_source(placement, "travel.ticketing_talk"), by=by)
    if row.is_changed_since_sent:
        _open(placement, "travel.ticketing_changed", by=by)


def _open(placement: Placement, kind: str, *, by: User) -> None:
    """One open task of a kind per traveler, for whoever sent the list last."""
    source = _source(placement, kind)
    office_tasks.drop(source, by=by)
    last = TicketingExport.objects.filter(trip=placement.trip_id).select_related("by").first()
    owner = last.by if last and last.by.is_active and roles.is_coordinator(last.by) else None
    office_tasks.open(
        f"{kind}:{placement.code}:{timezone.now().timestamp()}",
        kind,
        due_on=timezone.localdate() if kind == "travel.ticketing_changed" else task_rows.due_on(),
        about=key_of(placement.trip),
        path=reverse("travel:trip-ticketing", args=[placement.trip.code]),
        person=placement.application.person,
        params=task_rows.city_of(placement.trip),
        source=source,
        owner=owner,
        by=by,
    )


def _source(placement: Placement, kind: str) -> str:
    return f"{kind}:{placement.code}"


def _locked(placement: Placement) -> Placement:
    return Placement.objects.with_people().get(pk=locked(placement).pk)
