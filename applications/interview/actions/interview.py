"""Inviting students to an interview, booking and changing a time, and recording whether the interview was held."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.cycle.actions.form_versions import lock
from applications.interview import interviews, open_times
from applications.interview.actions.interview_slots import (
    check_on,
    free,
    give_to_interviewers,
    take_from_interviewers,
    tell,
)
from applications.models import Application, Cycle, Interview, InterviewSlot
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.templatetags.ui import short_day


@transaction.atomic
def invite(cycle: Cycle, applications: Iterable[Application], *, book_by: datetime, by: User) -> list[Interview]:
    """Invite these students. A student who missed the interview, did not book in time, or whose interview was called
    off is invited again. Nothing changes for students who can still book or have a time.

    Returns the new invitations. RuleViolation: off, nobody, book_by_past, own_application, not_in_the_running; and, if
    there would be none for some of them, now or on the last day to book: no_time, too_soon, times_end_before.
    """
    cycle = lock(cycle)
    check_on(cycle)
    applications = list(applications)
    if not applications:
        raise RuleViolation("nobody", _("Select the students you want to meet."))
    if book_by <= timezone.now():
        raise RuleViolation("book_by_past", _("The last day to book has already passed. Choose a later one."))
    for each in applications:
        if each.student_id == by.pk:
            raise RuleViolation("own_application", _("Someone else has to invite you."))
        if each.status != Status.SUBMITTED:
            raise RuleViolation(
                "not_in_the_running", _("%(student)s is no longer being considered.") % {"student": each.student}
            )
    there = {row.application_id: row for row in Interview.objects.filter(application__in=applications)}
    asked = [each for each in applications if interviews.can_be_invited(there.get(each.pk))]
    _check_times(cycle, asked, book_by)
    new = []
    for application in asked:
        interview = there.get(application.pk) or Interview(application=application)
        interview.application = application
        if interview.pk:
            free(interview)
        interview.outcome, interview.called_off_at = "", None
        interview.invited_at, interview.invited_by, interview.book_by = timezone.now(), by, book_by
        interview.save()
        audit.record("interview.invite", application, by=by, changes={"book_by": str(book_by)})
        tell(interview, "interview_invited")
        new.append(interview)
    return new


def _check_times(cycle: Cycle, asked: Iterable[Application], book_by: datetime) -> None:
    outlook = open_times.Outlook(cycle, asked)
    if outlook.without:
        names = ", ".join(str(each.application.student) for each in outlook.without)
        raise RuleViolation("no_time", _("No one was invited: there’d be no time for %(names)s.") % {"names": names})
    wanted = timezone.localdate(book_by)
    last = outlook.last_day(wanted)
    if last is None:
        text = _("No one was invited: the open times are too soon, or promised to others. Add times.")
        raise RuleViolation("too_soon", text)
    if last < wanted:
        text = _("No one was invited: the last to book could find no time. Let them book until %(day)s, or add times.")
        raise RuleViolation("times_end_before", text % {"day": short_day(last)})


@transaction.atomic
def book(interview: Interview, slot: InterviewSlot, *, by: User) -> Interview:
    """Book a free time slot, or change to it. Booking the same slot again changes nothing.

    If two students book at once, the second waits for the first, because one time can be the only one of the other.
    RuleViolation: not_open, too_late, taken.
    """
    # the key stays, so that whoever starts an application doesn't wait
    Cycle.objects.select_for_update(of=("self",), no_key=True).get(pk=interview.application.cycle_id)
    interview = _locked(interview)
    if interview.slot_id == slot.pk:
        return interview
    if not interview.is_open:
        raise RuleViolation("not_open", _("There’s no longer an interview to book."))
    if interview.is_booked and not interviews.can_change(interview):
        raise RuleViolation("too_late", _("It’s too late to change the time here. Write to the exchange team."))
    if not interview.is_booked and interview.book_by <= timezone.now():
        raise RuleViolation("too_late", _("The last day to book has passed. Write to the exchange team today."))
    # the office changes or cancels a time without the cycle's lock
    InterviewSlot.objects.select_for_update(of=("self",)).get(pk=slot.pk)
    free_one = open_times.free_slots(interview).filter(pk=slot.pk).first()
    if free_one is None:
        raise RuleViolation("taken", _("This time is no longer available. Choose another one."))
    before = interview.slot.starts_at if interview.slot else None
    interview.slot, interview.booked_at = free_one, timezone.now()
    interview.sequence += 1
    interview.save(update_fields=["slot", "booked_at", "sequence"])
    give_to_interviewers(interview)
    changes = {"before": str(before or ""), "at": str(free_one.starts_at)}
    audit.record("interview.book", interview.application, by=by, changes=changes)
    tell(interview, "interview_booked", is_answer=True)
    return interview


def mark_of(interview: Interview) -> str:
    """What a page with the buttons of `settle` shows."""
    return edit_lock.fingerprint(interview, ("outcome", "called_off_at"))


@transaction.atomic
def settle(interview: Interview, outcome: str, *, by: User, seen: str = "") -> Interview:
    """Record that the interview was held or missed. It can be corrected later.

    RuleViolation: changed_meanwhile, not_booked, called_off, too_early, scored.
    """
    interview = _locked(interview)
    if interview.outcome == outcome:
        return interview
    edit_lock.check_button(seen, mark_of(interview))
    if interview.called_off_at:
        raise RuleViolation("called_off", _("This time was canceled."))
    if interview.slot is None:
        raise RuleViolation("not_booked", _("No time was booked, so there was no interview."))
    if not interview.slot.has_begun:
        raise RuleViolation("too_early", _("The interview hasn’t started yet."))
    if outcome == Interview.Outcome.MISSED:
        locked = interview.application.assignments.filter(is_interview=True, review__locked_at__isnull=False)
        if locked.exists():
            raise RuleViolation("scored", _("An interviewer has locked scores for it, so it did take place."))
        take_from_interviewers(interview)
    else:
        give_to_interviewers(interview)
    before, interview.outcome = interview.outcome, outcome
    interview.save(update_fields=["outcome"])
    changes = {"before": before, "outcome": outcome}
    audit.record("interview.settle", interview.application, by=by, changes=changes)
    return interview


@transaction.atomic
def call_off(interview: Interview, *, by: User | None) -> Interview:
    """Call the interview off: its time slot is free again, and the student is told. A second call changes nothing.

    RuleViolation: held.
    """
    interview = _locked(interview)
    if interview.called_off_at:
        return interview
    if interview.outcome == Interview.Outcome.HELD:
        raise RuleViolation("held", _("The interview took place, so it stays on record."))
    was_open = interview.is_open
    if interview.slot and not interview.slot.has_begun:
        free(interview)
    else:
        take_from_interviewers(interview)
    interview.called_off_at = timezone.now()
    interview.save(update_fields=["slot", "booked_at", "sequence", "called_off_at"])
    audit.record("interview.call_off", interview.application, by=by)
    if was_open:
        tell(interview, "interview_called_off")
    return interview


def free_given_up() -> int:
    """Free the time slots of students who are no longer in the running, and return how many."""
    out = Interview.objects.filter(called_off_at__isnull=True, outcome="", slot__starts_at__gt=timezone.now()).exclude(
        application__status=Status.SUBMITTED
    )
    return sum(call_off(interview, by=None).called_off_at is not None for interview in out)


def _locked(interview: Interview) -> Interview:
    """The current row with its application, locked until the end of the transaction."""
    rows = Interview.objects.select_for_update(of=("self",)).select_related(
        "application__cycle", "application__student"
    )
    return rows.get(pk=interview.pk)
