"""Celery tasks of this app. Each calls one action and may run twice."""

from celery import Task, shared_task

from applications.apply.actions import bulk_act, draft, recommendation, reminder, upload_check
from applications.apply.actions import help as actions
from applications.cycle.actions import form_versions, interest
from applications.endorse import due as endorsing_due
from applications.interview.actions import interview_reminder
from applications.models import Cycle
from applications.reading import due as reading_due
from applications.release.actions import calls, scheduling
from exchange.background.queues import CHECKING
from exchange.models import User


@shared_task(name="applications.move_drafts")
def move_drafts(*, cycle_id: int, by_id: int) -> None:
    form_versions.move_all(Cycle.objects.get(pk=cycle_id), by=User.objects.get(pk=by_id))


@shared_task(name="applications.send_reminders")
def send_reminders() -> None:
    """Safe to run at any time and twice: each reminder goes out once."""
    interview_reminder.send_all()  # first, because a student with an interview tomorrow gets no other reminder today
    reminder.send_all()


@shared_task(name="applications.tell_interested")
def tell_interested() -> None:
    """Safe to run at any time and twice: each address gets one message."""
    interest.tell_all()


@shared_task(name="applications.look_after_offers")
def look_after_offers() -> None:
    """Asks the office to call students who haven't answered their offer. Safe to run at any time and twice."""
    calls.look_after()


@shared_task(name="applications.carry_out_scheduled")
def carry_out_scheduled() -> None:
    """Starts releases whose time has come. Safe to run at any time and twice."""
    scheduling.carry_out_due()


@shared_task(name="applications.remind_of_due_days")
def remind_of_due_days() -> None:
    """Reminds advisors and readers before and after the cycle's days. Safe to run twice: each goes out once."""
    for reminder_of_work in (*endorsing_due.REMINDERS, *reading_due.REMINDERS):
        reminder_of_work.send_all()


@shared_task(name="applications.end_help")
def end_help() -> None:
    """Tells students that a helper's time has run out. The helper's access has already ended by then."""
    actions.end_lapsed()


@shared_task(name="applications.remind_referees")
def remind_referees() -> None:
    recommendation.REMINDER.send_all()


@shared_task(name="applications.check_upload", bind=True, max_retries=3, **CHECKING)
def check_upload(self: Task, *, upload_id: int) -> None:
    """Retries after 20, 40 and 80 seconds while the virus scanner is unavailable, then leaves the file to
    `look_after_uploads`."""
    try:
        upload_check.check(upload_id)
    except upload_check.CANNOT_SCAN as error:
        raise self.retry(exc=error, countdown=20 * 2**self.request.retries) from error


@shared_task(name="applications.look_after_uploads")
def look_after_uploads() -> None:
    upload_check.look_after()


@shared_task(name="applications.remove_old_uploads")
def remove_old_uploads() -> None:
    upload_check.remove_old()


@shared_task(name="applications.purge_abandoned_drafts")
def purge_abandoned_drafts() -> None:
    draft.purge_abandoned()
    form_versions.purge_tests()


@shared_task(name="applications.do_bulk_acts")
def do_bulk_acts() -> None:
    """Does, and undoes, what staff confirmed for many students at once. Safe to run twice: each student comes once."""
    bulk_act.do_all()
