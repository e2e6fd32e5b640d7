"""Actions of students for passport days: book, wait, change and cancel. Free slots go to the waiting list.

Every action on a day's slots locks the day's row first, so that two students who want the last one wait for each other.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.templatetags.ui import short_day
from travel.models import PassportBooking, PassportCase, PassportDay, PassportSlot
from travel.passport.case import where_to_apply as passport_days
from travel.passport.case.actions import move_stage
from travel.passport.case.replan import locked, open_case
from travel.states import BEFORE_APPLYING, HELPED, PassportStage


@transaction.atomic
def book(slot: PassportSlot, application: Application, *, by: User) -> PassportBooking:
    """Book a slot, or change to it; the passport moves to "appointment booked". The same slot again changes nothing.

    RuleViolation: called_off, not_helped, withdrawn, applied_already, by_mail, booked_elsewhere, too_late, full.
    """
    day = locked_day(slot.day)
    case = _check_may_come(day, application, by=by)
    booking = _active(day, application)
    if booking and booking.slot_id == slot.pk:
        return booking
    if booking and not passport_days.can_change(booking):
        raise RuleViolation("too_late", _("It’s too late to change your time here. Call your advisor."))
    free = passport_days.free_slots(day).filter(pk=slot.pk).first()
    if free is None:
        raise RuleViolation(
            "full", _("This time is full or no longer available. Choose another one, or join the waitlist.")
        )
    booking = booking or PassportBooking(day=day, application=application)
    was_here = booking.slot_id is not None
    _take(booking, free)
    _leave_other_lists(booking, by=by)
    audit.record("passport_day.book", application, by=by, changes={"at": str(free.starts_at)})
    _follow(case, booking, by=by)
    tell(booking, "passport_day_booked", is_answer=True)
    if was_here:
        move_up(day, by=by)
    return booking


@transaction.atomic
def wait(day: PassportDay, application: Application, *, by: User) -> PassportBooking:
    """Join the waiting list of a day. A second time changes nothing.

    RuleViolation: those of `book`; has_room where a slot is free, over.
    """
    day = locked_day(day)
    _check_may_come(day, application, by=by)
    booking = _active(day, application)
    if booking:
        return booking
    if not day.is_ahead:
        raise RuleViolation("over", _("This passport day is over. Choose another one."))
    if passport_days.free_slots(day).exists():
        raise RuleViolation("has_room", _("A spot is open now. Choose a time."))
    booking = PassportBooking.objects.create(day=day, application=application, waiting_since=timezone.now())
    audit.record("passport_day.wait", application, by=by, changes={"day": str(day.on)})
    return booking


@transaction.atomic
def cancel(booking: PassportBooking, *, by: User | None) -> PassportBooking:
    """Give up the slot or the place on the waiting list; the next in line moves up. RuleViolation: too_late.

    Safe to repeat.
    """
    day = locked_day(booking.day)
    booking = locked_booking(booking)
    if not booking.is_active:
        return booking
    if not passport_days.can_cancel(booking):
        raise RuleViolation("too_late", _("This time has already started. Call your advisor."))
    give_up(booking, by=by)
    audit.record("passport_day.cancel", booking.application, by=by, changes={"day": str(day.on)})
    move_up(day, by=by)
    return booking


@transaction.atomic
def bring(booking: PassportBooking, papers: Iterable[str], *, by: User) -> PassportBooking:
    """Store the documents the student has ticked. Unticking one also removes the advisor's "ready to go".

    RuleViolation: over.
    """
    booking = locked_booking(booking)
    kinds = {paper.value for paper in passport_days.needed(booking.day)}
    brings = sorted(kinds & set(papers))
    if brings == booking.brings:
        return booking
    if not booking.is_active or booking.result:
        raise RuleViolation("over", _("You can no longer check off documents for this passport day."))
    was_ready = booking.ready_at is not None
    if not set(booking.brings) <= set(brings):
        booking.ready_at = booking.ready_by = None
    booking.brings = brings
    booking.save(update_fields=["brings", "ready_at", "ready_by"])
    changes = {"count": len(brings), "of": len(kinds), "was_ready": was_ready}
    audit.record("passport_day.bring", booking.application, by=by, changes=changes)
    return booking


def move_up(day: PassportDay, *, by: User | None) -> int:
    """Give free slots to those who have waited longest, and tell them. The caller has locked the day's row."""
    moved = 0
    if day.called_off_at:
        return moved
    for waiting in PassportBooking.objects.waiting().filter(day=day).select_related("application"):
        free = passport_days.free_slots(day).first()
        if free is None:
            return moved
        case = PassportCase.objects.select_for_update(of=("self",)).filter(application=waiting.application_id).first()
        booking = locked_booking(waiting)
        if not booking.is_waiting:
            continue
        if case is None or not _can_still_come(booking, case):
            give_up(booking, by=by)
            continue
        _take(booking, free)
        audit.record("passport_day.move_up", booking.application, by=by, changes={"at": str(free.starts_at)})
        _follow(case, booking, by=by)
        tell(booking, "passport_day_moved_up")
        moved += 1
    return moved


def locked_day(day: PassportDay) -> PassportDay:
    return PassportDay.objects.select_for_update(of=("self",)).get(pk=day.pk)


def locked_booking(booking: PassportBooking) -> PassportBooking:
    """The booking's current row with its people, locked until the end of the transaction."""
    rows = PassportBooking.objects.select_for_update(of=("self",))
    return rows.select_related("day", "slot", "application__student", "application__cycle").get(pk=booking.pk)


def _active(day: PassportDay, application: Application) -> PassportBooking | None:
    rows = PassportBooking.objects.active().select_for_update(of=("self",)).filter(day=day, application=application)
    return rows.select_related("day", "slot", "application__student").first()


def _check_may_come(day: PassportDay, application: Application, *, by: User) -> PassportCase:
    """The student's passport case, locked, so that two actions of one student wait for each other."""
    if day.called_off_at:
        raise RuleViolation("called_off", _("This passport day was canceled."))
    case = locked(open_case(application, by=by))
    if case.stage not in BEFORE_APPLYING:
        raise RuleViolation(
            "applied_already", _("You’ve already applied for your passport, so you don’t need a spot here.")
        )
    if passport_days.applies_by_mail(case):
        raise RuleViolation(
            "by_mail",
            _(
                "You’re applying by mail or online, so you don’t need a spot here. Passport days are for students"
                " who apply in person."
            ),
        )
    other = _elsewhere(day, application)
    if other:
        raise RuleViolation(
            "booked_elsewhere",
            _("You have a spot on %(day)s. Cancel that one first.") % {"day": short_day(other.day.on)},
        )
    return case


def _elsewhere(day: PassportDay, application: Application) -> PassportBooking | None:
    """The student's booking for another day that is still to come."""
    booked = PassportBooking.objects.booked().filter(
        application=application, result="", day__on__gte=timezone.localdate()
    )
    return booked.exclude(day=day).select_related("day").first()


def _can_still_come(booking: PassportBooking, case: PassportCase) -> bool:
    is_on_the_way = booking.application.status in HELPED and case.stage in BEFORE_APPLYING
    return (
        is_on_the_way
        and not passport_days.applies_by_mail(case)
        and _elsewhere(booking.day, booking.application) is None
    )


def _take(booking: PassportBooking, slot: PassportSlot) -> None:
    booking.slot, booking.booked_at, booking.waiting_since = slot, timezone.now(), None
    booking.sequence += 1
    booking.save()


def give_up(booking: PassportBooking, *, by: User | None) -> None:
    """Clear the booking; a passport that was booked for it goes back to gathering papers."""
    had_slot = booking.slot_id is not None
    booking.slot = booking.booked_at = booking.waiting_since = None
    booking.cancelled_at = timezone.now()
    booking.sequence += 1
    booking.save()
    if had_slot:
        back_to_papers(booking, by=by)


def _leave_other_lists(booking: PassportBooking, *, by: User) -> None:
    """Take a student who now has a slot off the waiting lists of other days."""
    others = PassportBooking.objects.waiting().filter(application=booking.application_id).exclude(pk=booking.pk)
    for other in others.select_for_update(of=("self",)):
        give_up(other, by=by)


def _follow(case: PassportCase, booking: PassportBooking, *, by: User | None) -> None:
    """Move the passport to "appointment booked" on the day of the booking."""
    move_stage(case, PassportStage.BOOKED, appointment_on=booking.day.on, by=by)


def back_to_papers(booking: PassportBooking, *, by: User | None) -> None:
    """Move the passport back to gathering, if its appointment was this day's; the student's own appointment stays."""
    case = PassportCase.objects.filter(application=booking.application_id).first()
    if case is None or booking.application.status not in HELPED:
        return
    if case.stage == PassportStage.BOOKED and case.appointment_on == booking.day.on:
        move_stage(case, PassportStage.GATHERING, by=by)


def tell(booking: PassportBooking, event: str, *, is_answer: bool = False, **more: object) -> None:
    context = {"booking": booking, "day": booking.day, "slot": booking.slot, "application": booking.application}
    outbox.queue(f"travel/{event}", to=booking.application.person, context={**context, **more}, is_answer=is_answer)
