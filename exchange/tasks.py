"""The one task that delivers email and texts, and the sweep behind it."""

from celery import Task, shared_task


@shared_task(name="exchange.deliver_message", bind=True, max_retries=6)
def deliver_message(self: Task, *, message_id: int) -> None:
    """Retries after 10, 20, 40 ... seconds; the last try marks the row as given up."""
    from exchange import messages  # noqa: PLC0415 -- edge: messages imports tasks

    try:
        messages.deliver(message_id)
    except messages.CANNOT_SEND as error:
        raise self.retry(exc=error, countdown=10 * 2**self.request.retries) from error


@shared_task(name="exchange.deliver_waiting_messages")
def deliver_waiting_messages() -> None:
    from exchange import messages  # noqa: PLC0415 -- edge: messages imports tasks

    messages.deliver_waiting()
