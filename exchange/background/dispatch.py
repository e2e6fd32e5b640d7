"""Publishes background tasks by name, so that no action imports the tasks that call it (docs/adr/0032).

Publishing neither raises nor waits for long. What a broker didn't take is found by beat:

- `send` is for a row that is due until its task has run, such as a message, a job or an upload. Beat has a task that
  looks for such rows.
- `keep_and_send` is for work that no row tells of: it writes a row, which is deleted when the task has run.

tests/exchange/background/test_dispatch.py checks that every name sent is the name of a task.
"""

import functools
from datetime import timedelta

from celery import current_app
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from exchange.base.outage import AwayError, Outage
from exchange.models import KeptTask

broker = Outage("The broker of background work")
# a kept task that was published this long ago and hasn't ended was lost, with its worker or in the broker
LOST_AFTER = timedelta(minutes=15)
ATTEMPTS = 10
AWAY = (OperationalError, ChannelError, OSError)


def send(name: str, expires: float | None = None, /, **kwargs: object) -> bool:
    """Publish the task `name`, such as "exchange.run_job". False if the broker is away, or failed a moment ago.

    `expires`: seconds after which no worker begins it any longer.
    """
    task = current_app.signature(name, kwargs=kwargs, expires=expires)
    if current_app.conf.task_always_eager:  # tests: what fails is the task
        task.delay()
        return True
    try:
        with broker.attempt(*AWAY):
            task.delay()
    except AwayError:
        return False
    return True


def send_after_commit(name: str, **kwargs: object) -> None:
    transaction.on_commit(functools.partial(send, name, **kwargs), robust=True)


def keep_and_send(name: str, **kwargs: object) -> None:
    """Write the task as a row of the caller's transaction, and publish it after the commit. It may run twice."""
    row = KeptTask.objects.create(name=name, kwargs=kwargs)
    transaction.on_commit(functools.partial(_publish, row), robust=True)


def _publish(row: KeptTask) -> bool:
    # noted first: a fast worker may have deleted the row before `send` returns
    KeptTask.objects.filter(pk=row.pk).update(published_at=timezone.now(), attempts=F("attempts") + 1)
    if send("exchange.run_kept_task", kept_id=row.pk):
        return True
    KeptTask.objects.filter(pk=row.pk).update(published_at=None, attempts=F("attempts") - 1)
    return False


def run_kept(kept_id: int) -> bool:
    """Run a kept task in this worker, and delete its row and others that asked for the same before it began.

    False if it has run already. The task's errors are raised.
    """
    row = KeptTask.objects.filter(pk=kept_id).first()
    if row is None:
        return False
    same = list(KeptTask.objects.filter(name=row.name, kwargs=row.kwargs).values_list("pk", flat=True))
    current_app.tasks[row.name](**row.kwargs)
    KeptTask.objects.filter(pk__in=same).delete()
    return True


def publish_kept(limit: int = 100) -> int:
    """Called by beat: publish kept tasks that were not published, or were lost since. Returns how many."""
    now = timezone.now()
    never_published = Q(published_at__isnull=True, created_at__lt=now - timedelta(seconds=30))
    lost = never_published | Q(published_at__lt=now - LOST_AFTER)
    rows = KeptTask.objects.filter(lost, attempts__lt=ATTEMPTS).order_by("created_at")[:limit]
    return sum(_publish(row) for row in rows)
