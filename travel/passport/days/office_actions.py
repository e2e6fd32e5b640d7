"""Actions of staff for passport days: the office plans, changes and calls them off; staff record who came."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import College, User
from travel.base.actions import check_shown, differing
from travel.models import PassportBooking, PassportCase, PassportDay, PassportSlot
from travel.passport.case import where_to_apply as passport_days
from travel.passport.case.actions import move_stage
from travel.passport.days.actions import back_to_papers, give_up, locked_booking, locked_day, move_up, tell
from travel.states import BEFORE_APPLYING, HELPED, MOVES, PassportStage

Result = PassportBooking.Result
TOLD = ("place", "address")
SETTLED = ("result", "missing")  # what the list at the door shows of somebody
SHOWN = ("place", "address", "agents", "has_photos", "note_en", "note_es")


def seen_of(day: PassportDay) -> str:
    """Fingerprint of what the form shows of it (edit lock)."""
    return edit_lock.fingerprint(day, SHOWN, sorted(college.code for college in day.colleges.all()))


@transaction.atomic
def plan(*, colleges: Sequence[College], by: User, **values: Any) -> PassportDay:
    """Announce a passport day; its slots are opened with `open_times`. RuleViolation: past, nobody, there_already."""
    if values["on"] < timezone.localdate():
        raise RuleViolation("past", _("That day has passed. Choose a later day."))
    if not colleges:
        raise RuleViolation("nobody", _("Select the colleges whose students can come."))
    try:
        with transaction.atomic():
            day = PassportDay.objects.create(**values)
    except IntegrityError:
        raise RuleViolation("there_already", _("There’s already a passport day at this place on that day.")) from None
    day.colleges.set(colleges)
    audit.record("passport_day.plan", day, by=by, changes={"on": str(day.on)})
    return day


@transaction.atomic
def change(day: PassportDay, *, colleges: Sequence[College], by: User, seen: str = "", **values: Any) -> PassportDay:
    """Change the place, agents or colleges; students with a slot are told of a new place.

    The date can't change: another date is another passport day, and students book again.
    RuleViolation: called_off, nobody, changed_meanwhile.
    """
    day = locked_day(day)
    if day.called_off_at:
        raise RuleViolation("called_off", _("This passport day was canceled."))
    if not colleges:
        raise RuleViolation("nobody", _("Select the colleges whose students can come."))
    changed = differing(day, values)
    if changed or set(day.colleges.all()) != set(colleges):
        edit_lock.check(seen, seen_of(day))
    for name in changed:
        setattr(day, name, values[name])
    if changed:
        try:
            with transaction.atomic():
                day.save(update_fields=changed)
        except IntegrityError as error:
            text = _("There’s already a passport day at this place on that date. Nothing was changed.")
            raise RuleViolation("there_already", text) from error
    if not changed and set(day.colleges.all()) == set(colleges):
        return day
    day.colleges.set(colleges)
    audit.record("passport_day.change", day, by=by, changes={"fields": changed})
    if set(changed) & set(TOLD):
        for booking in _booked(day):
            booking.sequence += 1
            booking.save(update_fields=["sequence"])
            booking.day = day
            tell(booking, "passport_day_changed")
    return day


@transaction.atomic
def open_times(
    day: PassportDay, *, starts: Iterable[datetime], minutes: int, capacity: int, by: User
) -> list[PassportSlot]:
    """Open slots, or change the capacity of existing ones; the waiting list moves up.

    RuleViolation: called_off, none, past, too_few for fewer than have booked.
    """
    day = locked_day(day)
    starts = sorted(starts)
    if day.called_off_at:
        raise RuleViolation("called_off", _("This passport day was canceled."))
    if not starts:
        raise RuleViolation("none", _("No times fit between these two. Leave more time between them."))
    if starts[0] <= timezone.now():
        raise RuleViolation("past", _("The first of these times has already passed."))
    there = {slot.starts_at: slot for slot in passport_days.with_counts(day.slots.all())}
    changed = []
    for at in starts:
        slot: Any = there.get(at) or PassportSlot(day=day, starts_at=at)
        if slot.pk and slot.taken > capacity:
            raise RuleViolation("too_few", _("One of these times already has more bookings than that."))
        if slot.pk and (slot.minutes, slot.capacity) == (minutes, capacity):
            continue
        slot.minutes, slot.capacity = minutes, capacity
        slot.save()
        changed.append(slot)
    if changed:
        audit.record("passport_day.open_times", day, by=by, changes={"count": len(changed), "capacity": capacity})
        move_up(day, by=by)
    return changed


@transaction.atomic
def call_off(day: PassportDay, *, by: User) -> PassportDay:
    """Call off a day. Students with a slot or on the waiting list are told, and their passports go back to gathering.

    Safe to repeat. RuleViolation: past.
    """
    day = locked_day(day)
    if day.called_off_at:
        return day
    if day.on < timezone.localdate():
        raise RuleViolation("past", _("This day has already passed."))
    day.called_off_at = timezone.now()
    day.save(update_fields=["called_off_at"])
    audit.record("passport_day.call_off", day, by=by)
    rows = PassportBooking.objects.active().filter(day=day).select_for_update(of=("self",))
    for booking in rows.select_related("day", "application__student", "slot"):
        give_up(booking, by=by)
        if booking.application.status in HELPED:
            tell(booking, "passport_day_called_off")
    return day


def _booked(day: PassportDay) -> Iterable[PassportBooking]:
    rows = PassportBooking.objects.booked().filter(day=day, result="", application__status__in=HELPED)
    return rows.select_related("slot", "application__student")


@transaction.atomic
def confirm_ready(booking: PassportBooking, *, by: User) -> PassportBooking:
    """Record that staff have gone through the documents with the student, who is told. Safe to repeat.

    RuleViolation: over, papers_lacking.
    """
    booking = locked_booking(booking)
    if booking.ready_at:
        return booking
    if not booking.is_active or booking.slot is None or booking.result:
        raise RuleViolation("over", _("This student doesn’t have a spot on this passport day."))
    if passport_days.lacking(booking):
        raise RuleViolation("papers_lacking", _("The student hasn’t checked off every document yet."))
    booking.ready_at, booking.ready_by = timezone.now(), by
    booking.save(update_fields=["ready_at", "ready_by"])
    audit.record("passport_day.confirm_ready", booking.application, by=by)
    tell(booking, "passport_day_ready")
    return booking


@transaction.atomic
def settle(
    booking: PassportBooking, result: str, *, missing: Iterable[str] = (), by: User, seen: str = ""
) -> PassportBooking:
    """Record the result: arrived, applied (which moves the passport on), turned away with what was missing, or missed.

    It can be corrected; the same result again changes nothing.
    RuleViolation: changed_meanwhile, own, not_booked, too_early, say_what.
    """
    locked_day(booking.day)
    booking = locked_booking(booking)
    lacks = sorted(set(missing) & set(PassportBooking.Paper.values)) if result == Result.TURNED_AWAY else []
    if booking.result == result and booking.missing == lacks:
        return booking
    check_shown(booking, SETTLED, seen)
    if booking.application.student_id == by.pk:
        raise RuleViolation("own", _("This booking is your own. Someone else has to record the result."))
    if not booking.is_active or booking.slot is None:
        raise RuleViolation("not_booked", _("This student doesn’t have a spot on that day."))
    if booking.day.on > timezone.localdate():
        raise RuleViolation("too_early", _("This passport day hasn’t happened yet."))
    if result == Result.TURNED_AWAY and not lacks:
        raise RuleViolation("say_what", _("Select what was missing. The student will see it and can fix it."))
    before = booking.result
    booking.result, booking.missing = Result(result), lacks
    booking.settled_at, booking.settled_by = timezone.now(), by
    booking.save(update_fields=["result", "missing", "settled_at", "settled_by"])
    changes = {"before": before, "result": result}
    audit.record("passport_day.settle", booking.application, by=by, changes=changes)
    _move_passport(booking, before, by=by)
    return booking


def _move_passport(booking: PassportBooking, before: str, *, by: User) -> None:
    """Move the passport to match the result, unless the student has already moved it on."""
    case = PassportCase.objects.filter(application=booking.application_id).first()
    if case is None or booking.application.status not in HELPED:
        return
    if booking.result == Result.APPLIED:
        if case.stage in BEFORE_APPLYING:
            if PassportStage.APPLIED not in MOVES[PassportStage(case.stage)]:
                move_stage(case, PassportStage.GATHERING, by=by)
            move_stage(case, PassportStage.APPLIED, by=by)
        return
    if before == Result.APPLIED and case.stage == PassportStage.APPLIED:
        move_stage(case, PassportStage.GATHERING, by=by)
    if booking.result in (Result.TURNED_AWAY, Result.MISSED):
        back_to_papers(booking, by=by)
        tell(booking, f"passport_day_{booking.result}")
