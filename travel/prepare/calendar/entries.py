"""What a student's calendar shows: checklist dates, appointments, and the legs of the trip. Reads only.

Calendars are shown on lock screens and shared with others, so an entry says no more than its title, time and place: no
booking reference, no document, no phone, no answer of the student's. UIDs stay the same for as long as a row exists.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.interview import interviews
from applications.models import Interview
from exchange.base.calendar import Entry
from exchange.files.appointments import entry_of
from exchange.models import User
from travel.base.itinerary import ShownLeg, is_with, shown
from travel.base.legs import Leg
from travel.models import (
    Attendance,
    ChecklistItem,
    EntryPermission,
    ItinerarySegment,
    OrientationSession,
    PassportBooking,
    PassportCase,
    Placement,
    VisaDayPerson,
)
from travel.passport.case import talks
from travel.passport.case import where_to_apply as passport_days

APPOINTMENT_MINUTES = 60  # nobody knows how long it takes


def entries_of(user: User) -> list[Entry]:
    """In the active language. Nine queries at any size."""
    going = Placement.objects.active().filter(application__student=user, returned_at__isnull=True)
    placements = list(going.select_related("application__passport_case", "trip__city", "entry_permission"))
    found = [
        *(*_checklist(placements), *_legs(placements), *_entry(placements), *_visa_days(placements)),
        *(*_sessions(placements), *_passport_days(user), *_interviews(user)),
    ]
    return sorted(found, key=lambda entry: (str(entry.day or timezone.localdate(entry.starts_at)), entry.uid))


def _checklist(placements: list[Placement]) -> Iterator[Entry]:
    by_key = {placement.pk: placement for placement in placements}
    # what the office or an advisor does is no entry of the student's, nor what nobody has to do any longer
    items = ChecklistItem.objects.filter(placement__in=by_key).open().of_students().select_related("step")
    for item in items:
        item.placement = by_key[item.placement_id]
        case: PassportCase | None = getattr(item.placement.application, "passport_case", None)
        if case and talks.is_asked_of(case, item) and (entry := item_entry(item)):
            yield entry


def item_entry(item: ChecklistItem) -> Entry | None:
    """All day on the day to do it by, then on the last safe day; None once both are past.

    An item has no counter of its changes: the days since the placement rise, so that a moved date always wins.
    """
    today = timezone.localdate()
    day = item.do_by if item.do_by >= today else item.last_safe_on
    if day < today:
        return None
    path = reverse("travel:checklist-item", kwargs={"code": item.placement.code, "key": item.step.key})
    since = today - timezone.localdate(item.placement.placed_at)
    return entry_of(f"item-{item.pk}", sequence=max(0, since.days), summary=item.step.title, path=path, day=day)


def _legs(placements: list[Placement]) -> Iterator[Entry]:
    rows = ItinerarySegment.objects.filter(
        trip__in={placement.trip_id for placement in placements}, published__isnull=False
    )
    segments = list(rows)
    for placement in placements:
        legs = [
            leg
            for row in segments
            if row.trip_id == placement.trip_id and (leg := row.told) and is_with(row.told_people, placement)
        ]
        yield from (leg_entry(each, placement) for each in shown(placement.trip, legs))


def leg_entry(each: ShownLeg, placement: Placement) -> Entry:
    leg: Leg = each.leg
    return entry_of(
        f"leg-{leg.code}",
        sequence=leg.version,
        summary=each.title,
        path=reverse("travel:itinerary", kwargs={"code": placement.code}),
        starts_at=leg.starts_at,
        minutes=int((leg.duration or timedelta(0)).total_seconds()) // 60,
        place=each.start_place or each.end_place,
        text=each.line,
    )


def _entry(placements: list[Placement]) -> Iterator[Entry]:
    """Appointments for a visa. The title says no more than that it's for the trip."""
    for placement in placements:
        row: EntryPermission | None = getattr(placement, "entry_permission", None)
        if row and row.appointment_at:
            yield entry_of(
                f"entry-{row.pk}",
                sequence=row.sequence,
                summary=_("Appointment for your trip"),
                path=reverse("travel:placement-entry", kwargs={"code": placement.code}),
                starts_at=row.appointment_at,
                minutes=APPOINTMENT_MINUTES,
                place=row.appointment_place,
            )


def _visa_days(placements: list[Placement]) -> Iterator[Entry]:
    asked = VisaDayPerson.objects.filter(placement__in=placements, day__called_off_at__isnull=True)
    for person in asked.exclude(answer=VisaDayPerson.Answer.CANNOT).select_related("day", "placement"):
        day = person.day
        yield entry_of(
            f"visa-day-{person.pk}",
            sequence=day.sequence,
            summary=_("Appointment for your trip, with your group"),
            path=reverse("travel:placement-entry", kwargs={"code": person.placement.code}),
            starts_at=day.starts_at,
            minutes=day.minutes,
            place=f"{day.place}, {day.address}",
        )


def _sessions(placements: list[Placement]) -> Iterator[Entry]:
    """Orientation: those ahead until the traveler has been to one, then that one."""
    keys = [placement.pk for placement in placements]
    mine = OrientationSession.objects.of(Placement.objects.filter(pk__in=keys)).held().prefetch_related("trips")
    came = list(Attendance.objects.filter(placement__in=keys).values_list("placement", "session"))
    there = list(mine)
    for placement in placements:
        theirs = {session for key, session in came if key == placement.pk}
        for session in there:
            if session.pk in theirs or (not theirs and session.is_for(placement.trip)):
                yield session_entry(session, placement)


def session_entry(session: OrientationSession, placement: Placement) -> Entry:
    """Canceled if the session was called off."""
    return entry_of(
        f"orientation-{session.code}",
        sequence=session.version,
        summary=_("Orientation for your trip"),
        path=reverse("travel:orientation", kwargs={"code": placement.code}),
        starts_at=None if session.called_off_at else session.starts_at,
        minutes=session.minutes,
        place=", ".join(filter(None, [session.place, session.address])),
        text=session.note,
    )


def _passport_days(user: User) -> Iterator[Entry]:
    booked = PassportBooking.objects.booked().filter(application__student=user, result="", day__called_off_at=None)
    return map(passport_days.entry_of, booked.select_related("day", "slot"))


def _interviews(user: User) -> Iterator[Entry]:
    mine = interviews.still_running(Interview.objects.filter(application__student=user, slot__isnull=False))
    return map(interviews.entry_of, mine.select_related("slot", "application__cycle"))
