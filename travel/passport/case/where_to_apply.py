"""Passport days and acceptance facilities as they stand: free slots, documents to bring, old waits. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.base import roles
from exchange.base.calendar import Entry, calendar_file
from exchange.files import appointments
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import clock, short_day
from travel.models import AcceptanceFacility, FeeVoucher, PassportBooking, PassportCase, PassportDay, PassportSlot
from travel.models.passport_day import PassportBookingQuerySet
from travel.passport.plan.planning import BY_MAIL_ROUTES
from travel.states import BEFORE_APPLYING, HELPED

CHANGE_HOURS, REMIND_DAYS, EMAIL_HOURS = "passport_day.change_hours", "passport_day.remind_days", "reminder.email_hours"
REVIEW_DAYS = "facility.review_days"
Paper, Result = PassportBooking.Paper, PassportBooking.Result


def application_of(user: User) -> Application | None:
    """The student's application that is on the way to a trip; the newest if there are two."""
    mine = Application.objects.visible_to(user).filter(student=user, status__in=HELPED, cycle__closed_out_at=None)
    return mine.select_related("college", "cycle", "student", "passport_case__facility").order_by("-pk").first()


# --- Days -------------------------------------------------------------------------------------------


def change_time() -> timedelta:
    """How long before a slot's time it can still be booked, changed, or given to the waiting list."""
    return timedelta(hours=int(facts.number(CHANGE_HOURS)))


def free_slots(day: PassportDay) -> QuerySet[PassportSlot]:
    """Slots with room that are far enough ahead to book; each with `taken` and `free`."""
    soonest = timezone.now() + change_time()
    return with_counts(day.slots.all()).filter(free__gt=0, starts_at__gt=soonest).order_by("starts_at", "pk")


def with_counts(slots: QuerySet[PassportSlot]) -> QuerySet[Any]:
    """Annotates `taken` and `free`."""
    active = Count("bookings", filter=Q(bookings__cancelled_at__isnull=True))
    return slots.annotate(taken=active).annotate(free=F("capacity") - F("taken"))


def days_with_counts(days: QuerySet[PassportDay]) -> list[Any]:
    """Days for lists, each with `seats`, `first_at` and `last_at` of its slots, `taken`, `waits` and `settled`."""
    rows = PassportBooking.objects.filter(day__in=days).order_by().values("day")
    active = rows.filter(cancelled_at__isnull=True).annotate(
        taken=Count("pk", filter=Q(slot__isnull=False)),
        waits=Count("pk", filter=Q(slot__isnull=True)),
        settled=Count("pk", filter=~Q(result="")),
    )
    slots = (
        PassportSlot.objects.filter(day__in=days)
        .order_by()
        .values("day")
        .annotate(seats=Sum("capacity"), first=Min("starts_at"), last=Max("starts_at"))
    )
    found: list[Any] = list(days)
    by_day: dict[int, Any]
    seats: dict[int, Any]
    by_day, seats = {row["day"]: row for row in active}, {row["day"]: row for row in slots}
    for day in found:
        counts = by_day.get(day.pk, {})
        day.taken, day.waits, day.settled = (counts.get(name, 0) for name in ("taken", "waits", "settled"))
        booked = seats.get(day.pk, {})
        day.seats, day.first_at, day.last_at = booked.get("seats", 0), booked.get("first"), booked.get("last")
        day.unsettled = day.taken - day.settled
        day.free = max(0, day.seats - day.taken)
    return found


def applies_by_mail(case: PassportCase | None) -> bool:
    """Whether the student applies by mail or online, so that neither a facility nor a passport day is of use."""
    return case is not None and case.route in BY_MAIL_ROUTES


def can_come(application: Application) -> bool:
    """Whether the student still has a form to hand in, in person."""
    case = getattr(application, "passport_case", None)
    is_ahead = case is None or (case.stage in BEFORE_APPLYING and not applies_by_mail(case))
    return application.status in HELPED and is_ahead


def can_change(booking: PassportBooking) -> bool:
    slot = booking.slot
    return (
        booking.is_active and not booking.result and (slot is None or slot.starts_at > timezone.now() + change_time())
    )


def can_cancel(booking: PassportBooking) -> bool:
    """Whether the booking can be canceled, which is until its time: an hour before is better than not at all."""
    return booking.is_active and not booking.result and (booking.slot is None or not booking.slot.has_begun)


def place_in_line(booking: PassportBooking) -> int:
    """Place on the waiting list; 1 is next."""
    ahead = PassportBooking.objects.waiting().filter(day=booking.day_id)
    earlier = Q(waiting_since__lt=booking.waiting_since) | Q(waiting_since=booking.waiting_since, pk__lt=booking.pk)
    return ahead.filter(earlier).count() + 1


def unsettled(user: User) -> QuerySet[PassportBooking]:
    """Bookings of past days without a recorded result, among those this person may see."""
    return without_result().visible_to(user)


def without_result() -> PassportBookingQuerySet:
    booked = PassportBooking.objects.booked()
    return booked.filter(result="", day__on__lt=timezone.localdate(), application__status__in=HELPED)


# --- What to bring ----------------------------------------------------------------------------------


def needed(day: PassportDay) -> list[PassportBooking.Paper]:
    """The documents that everyone applying in person brings; a photo only if the day doesn't take one."""
    return [paper for paper in Paper if not (paper == Paper.PHOTO and day.has_photos)]


def lacking(booking: PassportBooking) -> list[PassportBooking.Paper]:
    return [paper for paper in needed(booking.day) if paper.value not in booking.brings]


# --- Words ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BookingStanding:
    label: str
    tone: str


TONES = {Result.ARRIVED: "now", Result.APPLIED: "good", Result.TURNED_AWAY: "stop", Result.MISSED: "stop"}


def standing_of(booking: PassportBooking) -> BookingStanding:
    """The booking's status, for a status tag."""
    if not booking.is_active:
        return BookingStanding(_("canceled"), "neutral")
    if booking.result:
        result = Result(booking.result)
        return BookingStanding(str(result.label), TONES[result])
    if booking.slot is None:
        return BookingStanding(_("on the waitlist"), "wait")
    when = {"day": short_day(booking.slot.starts_at), "time": clock(booking.slot.starts_at)}
    return BookingStanding(_("booked: %(day)s, %(time)s") % when, "good" if booking.ready_at else "now")


def calendar_of(booking: PassportBooking) -> bytes:
    """The calendar file of a booking as it stands, in the current language."""
    return calendar_file(entry_of(booking))


def entry_of(booking: PassportBooking) -> Entry:
    slot, day = booking.slot if booking.is_active else None, booking.day
    return appointments.entry_of(
        f"passport-{booking.code}",
        sequence=booking.sequence,
        summary=_("Passport day: apply for your passport"),
        path=day.get_absolute_url(),
        starts_at=slot.starts_at if slot else None,
        minutes=slot.minutes if slot else 0,
        place=f"{day.place}, {day.address}",
    )


# --- Counters ---------------------------------------------------------------------------------------


def oldest_wait_day(review_days: int | None = None) -> date:
    """A wait last asked about before this day is old. Pass the fact's value if it was read already."""
    days = int(facts.number(REVIEW_DAYS)) if review_days is None else review_days
    return timezone.localdate() - timedelta(days=days)


def facilities_to_call(user: User) -> QuerySet[AcceptanceFacility]:
    """Facilities whose wait this staff member should ask about again."""
    old = AcceptanceFacility.objects.waits_before(oldest_wait_day())
    return old if roles.is_coordinator(user) else old.filter(colleges__in=roles.advisor_college_ids(user)).distinct()


def near(facilities: Iterable[AcceptanceFacility], college_id: int | None) -> list[AcceptanceFacility]:
    """Facilities near the college first, then by their wait. Pass them with their colleges prefetched."""

    def is_far(each: AcceptanceFacility) -> bool:
        return college_id not in {college.pk for college in each.colleges.all()}

    return sorted(facilities, key=lambda each: (is_far(each), each.wait_days, each.name))


@dataclass(frozen=True, slots=True)
class Counter:
    """Where a student applies, as their passport page shows it."""

    facility: AcceptanceFacility | None
    booking: PassportBooking | None
    standing: BookingStanding | None
    days: list[PassportDay]
    is_by_mail: bool = False


def counter_of(case: PassportCase, user: User) -> Counter | None:
    """None once the student has applied, on a route by mail and before a talk, except to give back a booking.

    A retired facility counts as none.
    """
    if case.stage not in BEFORE_APPLYING:
        return None
    bookings = PassportBooking.objects.active().filter(application=case.application_id, result="")
    booking = bookings.filter(day__on__gte=timezone.localdate()).select_related("day", "slot").first()
    if case.route == PassportCase.Route.UNKNOWN and case.expires_on and not booking:
        return None  # a student who has had a passport usually renews by mail, so the questions come first
    if case.route == PassportCase.Route.TALK and not booking:
        return None  # they may need no US passport at all
    if applies_by_mail(case):
        return Counter(None, booking, standing_of(booking), [], is_by_mail=True) if booking else None
    days = [] if booking else list(PassportDay.objects.visible_to(user).ahead()[:1])
    facility = case.facility if case.facility and not case.facility.retired_at else None
    return Counter(facility, booking, standing_of(booking) if booking else None, days)


# --- Vouchers ---------------------------------------------------------------------------------------


def paid_by_program(application: Application) -> list[FeeVoucher]:
    return list(FeeVoucher.objects.held().filter(application=application).order_by("fee"))
