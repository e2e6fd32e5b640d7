"""The one task that delivers email and texts, and the sweep behind it."""

from celery import Task, shared_task


@shared_task(name="exchange.deliver_message", bind=True, max_retries=6)
def deliver_message(self: Task, *, message_id: int) -> None:
    """Retries an unreachable server after 10, 20, 40 ... seconds, then gives the message up."""
    from exchange import messages  # noqa: PLC0415 -- edge: messages imports tasks

    try:
        messages.deliver(message_id)
    except OSError as error:
        if self.request.retries >= self.max_retries:
            messages.give_up(message_id)
            raise
        raise self.retry(exc=error, countdown=10 * 2**self.request.retries) from error


@shared_task(name="exchange.deliver_waiting_messages")
def deliver_waiting_messages() -> None:
    from exchange import messages  # noqa: PLC0415 -- edge: messages imports tasks

    messages.deliver_waiting()
