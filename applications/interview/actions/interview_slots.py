"""The office opens time slots for interviews, changes them and calls them off."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.cycle.actions.form_versions import lock
from applications.interview import interviews, open_times
from applications.models import Assignment, Cycle, Interview, InterviewSlot
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import clock, short_day, the_time

CHANGEABLE = ("starts_at", "minutes", "place", "link")


@transaction.atomic
def plan(
    cycle: Cycle,
    *,
    starts: Iterable[datetime],
    minutes: int,
    place: str,
    link: str,
    interviewers: Sequence[User],
    by: User,
) -> list[InterviewSlot]:
    """Open a time slot at each of these times; doing the same again adds none. Each interviewer gets one message.

    RuleViolation: off, none, past, interviewer_busy.
    """
    cycle = lock(cycle)
    check_on(cycle)
    starts = sorted(starts)
    if not starts:
        raise RuleViolation("none", _("No interview fits between these times. Allow more time."))
    if starts[0] <= timezone.now():
        raise RuleViolation("past", _("The first of these times has already passed."))
    new = [at for at in starts if not _is_there(cycle, at, minutes, interviewers)]
    _check_busy(new, minutes, interviewers)
    slots = InterviewSlot.objects.bulk_create(
        InterviewSlot(cycle=cycle, starts_at=at, minutes=minutes, place=place, link=link) for at in new
    )
    for slot in slots:
        slot.interviewers.set(interviewers)
    if slots:
        audit.record("interview.plan", cycle, by=by, changes={"count": len(slots), "first": str(slots[0].starts_at)})
        for person in interviewers:
            context = {"cycle": cycle, "count": len(slots), "slot": slots[0]}
            outbox.queue("applications/interview_slots", to=person, context=context)
    return slots


def _is_there(cycle: Cycle, at: datetime, minutes: int, interviewers: Sequence[User]) -> bool:
    """Whether the same slot exists already, because the button was pressed twice."""
    same = cycle.interview_slots.filter(starts_at=at, minutes=minutes, called_off_at__isnull=True)
    wanted = {person.pk for person in interviewers}
    return any({person.pk for person in slot.interviewers.all()} == wanted for slot in same)


def check_on(cycle: Cycle) -> None:
    """RuleViolation("off") if the cycle has no interviews."""
    if not cycle.has_interviews:
        raise RuleViolation("off", _("This cycle doesn’t have interviews. Turn them on in its setup first."))


def _check_busy(
    starts: Iterable[datetime], minutes: int, people: Iterable[User], but: InterviewSlot | None = None
) -> None:
    """RuleViolation if an interviewer would be in two interviews at once, in any cycle."""
    starts = list(starts)
    if not starts:
        return
    length = timedelta(minutes=minutes)
    day = timedelta(days=1)  # no interview is longer
    near = InterviewSlot.objects.filter(
        interviewers__in=list(people), called_off_at__isnull=True, starts_at__range=(starts[0] - day, starts[-1] + day)
    ).distinct()
    for other in near.exclude(pk=but.pk) if but else near:
        if any(other.starts_at < at + length and at < other.ends_at for at in starts):
            raise RuleViolation(
                "interviewer_busy",
                _("One of the interviewers has another interview on %(day)s at %(the_time)s.")
                % {"day": short_day(other.starts_at), "the_time": the_time(clock(other.starts_at))},
            )


def fingerprint(slot: InterviewSlot) -> str:
    """What a form carries of the slot that it was opened with."""
    return edit_lock.fingerprint(slot, CHANGEABLE, sorted(person.code for person in slot.interviewers.all()))


@transaction.atomic
def change(
    slot: InterviewSlot,
    *,
    starts_at: datetime,
    minutes: int,
    place: str,
    link: str,
    interviewers: Sequence[User],
    by: User,
    seen: str = "",
) -> InterviewSlot:
    """Change a slot's time, place or interviewers. The student who booked it is told of a new time or place.

    `seen`: `fingerprint` as the form was opened; "" checks nothing. RuleViolation: called_off, past, interviewer_busy,
    too_close (an interviewer must not meet that student), changed_meanwhile.
    """
    slot = _locked(slot)
    _check_changeable(slot, starts_at, seen)
    _check_busy([starts_at], minutes, interviewers, but=slot)
    interview = Interview.objects.select_for_update(of=("self",)).filter(slot=slot).first()
    if interview:
        _check_close(interview, interviewers)
    said = {"starts_at": starts_at, "minutes": minutes, "place": place, "link": link}
    changed = [name for name in CHANGEABLE if getattr(slot, name) != said[name]]
    for name in changed:
        setattr(slot, name, said[name])
    slot.save(update_fields=changed)
    slot.interviewers.set(interviewers)
    audit.record("interview.change_slot", slot, by=by, changes={"fields": changed})
    # a student who is out of the running keeps the slot until the hourly clean-up, and gets no message
    if interview and interview.is_open:
        give_to_interviewers(interview)
        if changed:
            interview.sequence += 1
            interview.save(update_fields=["sequence"])
            interview.slot = slot
            tell(interview, "interview_changed")
    return slot


def _check_changeable(slot: InterviewSlot, starts_at: datetime, seen: str) -> None:
    if slot.called_off_at:
        raise RuleViolation("called_off", _("This time was canceled."))
    if slot.has_begun or starts_at <= timezone.now():
        raise RuleViolation("past", _("This time has already passed."))
    edit_lock.check(seen, fingerprint(slot))


def _check_close(interview: Interview, people: Sequence[User]) -> None:
    if close := open_times.conflicted(interview.application, people):
        raise RuleViolation(
            "too_close", _("%(name)s can’t interview the student who booked this time.") % {"name": close[0]}
        )


@transaction.atomic
def call_off(slot: InterviewSlot, *, by: User) -> InterviewSlot:
    """Call a slot off. The student who booked it is told and asked to book again. A second call changes nothing.

    RuleViolation: past.
    """
    slot = _locked(slot)
    if slot.called_off_at:
        return slot
    if slot.has_begun:
        raise RuleViolation("past", _("This time has already passed."))
    interview = Interview.objects.select_for_update(of=("self",)).filter(slot=slot).first()
    slot.called_off_at = timezone.now()
    slot.save(update_fields=["called_off_at"])
    audit.record("interview.call_off_slot", slot, by=by)
    if interview:
        free(interview)
        interview.save(update_fields=["slot", "booked_at", "sequence"])
        interview.book_by = max(interview.book_by, _new_last_day(interview))
        interview.save(update_fields=["book_by"])
        if interview.is_open:
            tell(interview, "interview_time_gone", slot=slot)
    return slot


def _new_last_day(interview: Interview) -> datetime:
    """No later than their last open time can be booked. Without one, the office has to add one, which takes a while."""
    by = timezone.now() + timedelta(days=int(facts.number(interviews.BOOK_DAYS)))
    last = open_times.free_slots(interview).last()
    return min(by, last.starts_at - interviews.change_time()) if last else by


def _locked(slot: InterviewSlot) -> InterviewSlot:
    return InterviewSlot.objects.select_for_update(of=("self",)).get(pk=slot.pk)


# --- Shared with bookings (interview.py) ------------------------------------------------------------


def free(interview: Interview) -> None:
    """Free the interview's slot. Does not save."""
    take_from_interviewers(interview)
    interview.slot = interview.booked_at = None
    interview.sequence += 1


def give_to_interviewers(interview: Interview) -> None:
    """Each interviewer of the booked slot gets an additional reading, with the student's name. Other interviewers lose
    theirs, unless it is locked."""
    people = list(interview.slot.interviewers.all()) if interview.slot else []
    take_from_interviewers(interview, but=people)
    there = set(Assignment.objects.filter(application=interview.application_id).values_list("reader_id", flat=True))
    now = timezone.now()
    Assignment.objects.bulk_create(
        Assignment(
            application_id=interview.application_id,
            reader=person,
            assigned_by_id=interview.invited_by_id,
            assigned_at=now,
            released_at=now,
            is_interview=True,
        )
        for person in people
        if person.pk not in there
    )


def take_from_interviewers(interview: Interview, but: Iterable[User] = ()) -> None:
    """Delete the interviewers' readings. Locked ones stay, because that interview was held."""
    mine = Assignment.objects.filter(
        application=interview.application_id, is_interview=True, review__locked_at__isnull=True
    )
    mine.exclude(reader__in=list(but)).delete()


def tell(interview: Interview, event: str, *, is_answer: bool = False, **more: object) -> None:
    context = {"interview": interview, "application": interview.application, "cycle": interview.application.cycle}
    outbox.queue(
        f"applications/{event}", to=interview.application.person, context={**context, **more}, is_answer=is_answer
    )
