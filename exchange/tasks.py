"""Celery tasks: delivering a message, running a job, and the periodic ones that look after both."""

from celery import Task, shared_task

from exchange.background import jobs
from exchange.messages import outbox
from exchange.people import attempts


@shared_task(name="exchange.deliver_message", bind=True, max_retries=6)
def deliver_message(self: Task, *, message_id: int) -> None:
    """Retries after 10, 20, 40, ... seconds; the last attempt marks the row as failed."""
    try:
        outbox.deliver(message_id)
    except outbox.CANNOT_SEND as error:
        raise self.retry(exc=error, countdown=10 * 2**self.request.retries) from error


@shared_task(name="exchange.deliver_waiting_messages")
def deliver_waiting_messages() -> None:
    outbox.deliver_waiting()


@shared_task(name="exchange.run_job")
def run_job(*, job_id: int) -> None:
    """May run twice or be killed: a claim on the row says which worker has it (`exchange.background.jobs`)."""
    jobs.run(job_id)


@shared_task(name="exchange.look_after_jobs")
def look_after_jobs() -> None:
    jobs.look_after()


@shared_task(name="exchange.clear_sessions")
def clear_sessions() -> None:
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415 -- needs the apps to be ready

    SessionStore.clear_expired()


@shared_task(name="exchange.watch_sign_ins")
def watch_sign_ins() -> None:
    attempts.watch()


@shared_task(name="exchange.forget_attempts")
def forget_attempts() -> None:
    attempts.forget()
