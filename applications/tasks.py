"""Work behind the pages of the application; each calls one action and may run twice."""

from celery import Task, shared_task


@shared_task(name="applications.move_drafts")
def move_drafts(*, cycle_id: int, by_id: int) -> None:
    from applications.cycle.actions import form_versions  # noqa: PLC0415 -- edge: the action imports tasks
    from applications.models import Cycle  # noqa: PLC0415 -- edge
    from exchange.models import User  # noqa: PLC0415 -- edge

    form_versions.move_all(Cycle.objects.get(pk=cycle_id), by=User.objects.get(pk=by_id))


@shared_task(name="applications.send_reminders")
def send_reminders() -> None:
    """Safe to run at any time and twice: each reminder goes out once."""
    from applications.apply.actions import reminder  # noqa: PLC0415 -- edge
    from applications.interview.actions import interview_reminder  # noqa: PLC0415 -- edge

    interview_reminder.send_all()  # first: who meets somebody tomorrow gets no other reminder today
    reminder.send_all()


@shared_task(name="applications.look_after_offers")
def look_after_offers() -> None:
    """Asks for a call where a student is silent; safe to run at any time and twice."""
    from applications.release.actions import calls  # noqa: PLC0415 -- edge

    calls.look_after()


@shared_task(name="applications.end_help")
def end_help() -> None:
    """What ran out of time is refused anyway; this tells the student."""
    from applications.apply.actions import help as actions  # noqa: PLC0415 -- edge

    actions.end_lapsed()


@shared_task(name="applications.remind_referees")
def remind_referees() -> None:
    from applications.apply.actions import recommendation  # noqa: PLC0415 -- edge

    recommendation.remind_due()


@shared_task(name="applications.check_upload", bind=True, max_retries=3)
def check_upload(self: Task, *, upload_id: int) -> None:
    """While the virus scanner is away it tries again after 20, 40 and 80 seconds; then `look_after_uploads` does."""
    from applications.apply.actions import upload_check  # noqa: PLC0415 -- edge: the action imports tasks

    try:
        upload_check.check(upload_id)
    except upload_check.CANNOT_SCAN as error:
        raise self.retry(exc=error, countdown=20 * 2**self.request.retries) from error


@shared_task(name="applications.look_after_uploads")
def look_after_uploads() -> None:
    from applications.apply.actions import upload_check  # noqa: PLC0415 -- edge: the action imports tasks

    upload_check.look_after()


@shared_task(name="applications.remove_old_uploads")
def remove_old_uploads() -> None:
    from applications.apply.actions import upload_check  # noqa: PLC0415 -- edge: the action imports tasks

    upload_check.remove_old()


@shared_task(name="applications.purge_abandoned_drafts")
def purge_abandoned_drafts() -> None:
    from applications.apply.actions import draft  # noqa: PLC0415 -- edge
    from applications.cycle.actions import form_versions  # noqa: PLC0415 -- edge

    draft.purge_abandoned()
    form_versions.purge_tests()
