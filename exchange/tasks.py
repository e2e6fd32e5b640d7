"""Celery tasks: delivering a message, running a job, and the periodic ones that look after both, and after backups."""

from contextlib import suppress
from datetime import timedelta

from celery import shared_task

from exchange.background import dispatch, jobs
from exchange.background.queues import SENDING, WAITED_FOR
from exchange.files import storage
from exchange.keeping import alarm, destination, log_closings, taking
from exchange.messages import outbox, text_alarm
from exchange.people.second import second
from exchange.people.sign_in import attempts


@shared_task(name="exchange.deliver_message", **SENDING)
def deliver_message(*, message_id: int) -> None:
    """One try. What can't be sent is tried again by the sweep (`exchange.messages.retries`)."""
    outbox.deliver(message_id)


@shared_task(name="exchange.deliver_messages", **SENDING)
def deliver_messages(*, message_ids: list[int]) -> None:
    """Some of those that the sweep found."""
    outbox.deliver_each(message_ids)


@shared_task(name="exchange.deliver_waiting_messages", **SENDING)
def deliver_waiting_messages() -> None:
    outbox.deliver_waiting()


@shared_task(name="exchange.deliver_urgent_message", **SENDING)
def deliver_urgent_message(*, message_id: int) -> None:
    """Like `deliver_message`, in a queue that nothing else fills (docs/adr/0031)."""
    outbox.deliver(message_id)


@shared_task(name="exchange.deliver_urgent_messages", **SENDING)
def deliver_urgent_messages(*, message_ids: list[int]) -> None:
    outbox.deliver_each(message_ids)


@shared_task(name="exchange.deliver_waiting_urgent_messages", **SENDING)
def deliver_waiting_urgent_messages() -> None:
    outbox.deliver_waiting(are_urgent=True)


@shared_task(name="exchange.watch_texts")
def watch_texts() -> None:
    text_alarm.look_after()


@shared_task(name="exchange.run_job")
def run_job(*, job_id: int) -> None:
    """May run twice or be killed: a claim on the row says which worker has it (`exchange.background.jobs`)."""
    jobs.run(job_id)


@shared_task(name="exchange.run_heavy_job", **WAITED_FOR)
def run_heavy_job(*, job_id: int) -> None:
    """Like `run_job`, in the queue of its own (docs/adr/0031)."""
    jobs.run(job_id)


@shared_task(name="exchange.note_heavy_worker")
def note_heavy_worker() -> None:
    """Sent by beat, so that the worker of heavy jobs gives a sign although nobody needs it."""


@shared_task(name="exchange.look_after_jobs")
def look_after_jobs() -> None:
    jobs.look_after()


@shared_task(name="exchange.run_kept_task")
def run_kept_task(*, kept_id: int) -> None:
    dispatch.run_kept(kept_id)


@shared_task(name="exchange.delete_file")
def delete_file(*, name: str) -> None:
    """A file that its act couldn't delete, because the storage was away."""
    storage.delete(name)


@shared_task(name="exchange.publish_kept_tasks")
def publish_kept_tasks() -> None:
    dispatch.publish_kept()


@shared_task(name="exchange.clear_sessions")
def clear_sessions() -> None:
    """What ends by its time, and what waited for it."""
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415 -- needs the apps to be ready

    SessionStore.clear_expired()
    second.drop_expired()


@shared_task(name="exchange.watch_sign_ins")
def watch_sign_ins() -> None:
    attempts.watch()


@shared_task(name="exchange.forget_attempts")
def forget_attempts() -> None:
    attempts.forget()


@shared_task(name="exchange.close_log")
def close_log() -> None:
    """Every night, before the backup."""
    log_closings.close()


# the first one of a large bucket may take hours; the systemd timer takes it without a worker
@shared_task(name="exchange.take_backup", soft_time_limit=6 * 3600, time_limit=6 * 3600 + 60)
def take_backup(*, at_once: bool = False) -> None:
    """Every night, unless the systemd timer has taken it; or `at_once`. How it ended is in its row."""
    if destination.is_set_up():
        with suppress(destination.UnderWayError):
            taking.take(unless_younger_than=None if at_once else timedelta(hours=taking.NIGHTLY_HOURS))


@shared_task(name="exchange.tell_if_backup_is_late")
def tell_if_backup_is_late() -> None:
    alarm.tell_if_late()
