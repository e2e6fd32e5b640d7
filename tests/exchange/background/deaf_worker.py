"""A worker whose places are all taken by tasks that it no longer knows: `celery worker --include …deaf_worker`."""

from typing import Any

from celery import signals

from tests.exchange.background.slow_tasks import sleep  # noqa: F401 -- a task that waits for it


@signals.worker_ready.connect
def lose_all_places(sender: Any, **_kwargs: Any) -> None:
    sender.task_consumer.channel.qos.can_consume = lambda: False
