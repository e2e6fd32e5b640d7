"""Work behind the pages of the application; each calls one action and may run twice."""

from celery import shared_task


@shared_task(name="applications.move_drafts")
def move_drafts(*, cycle_id: int, by_id: int) -> None:
    from applications.actions import form_versions  # noqa: PLC0415 -- edge: the action imports tasks
    from applications.models import Cycle  # noqa: PLC0415 -- edge
    from exchange.models import User  # noqa: PLC0415 -- edge

    form_versions.move_all(Cycle.objects.get(pk=cycle_id), by=User.objects.get(pk=by_id))


@shared_task(name="applications.send_reminders")
def send_reminders() -> None:
    """Safe to run at any time and twice: each reminder goes out once."""
    from applications.actions import reminder  # noqa: PLC0415 -- edge

    reminder.send_all()


@shared_task(name="applications.end_help")
def end_help() -> None:
    """What ran out of time is refused anyway; this tells the student."""
    from applications.actions import help as actions  # noqa: PLC0415 -- edge

    actions.end_lapsed()
