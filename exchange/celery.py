"""The Celery app; its settings are the CELERY_* settings of Django."""

import gc
import os
import sys
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")

app = Celery("exchange")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def stop_if_wrong(**_kwargs: Any) -> None:
    """A worker or beat with a wrong configuration ends here. SystemExit, because Celery only logs other exceptions."""
    from exchange import checks  # noqa: PLC0415 -- needs `exchange`, which imports this module

    try:
        checks.stop_if_wrong()
    except ImproperlyConfigured as error:
        sys.exit(str(error))


def limit_database(**_kwargs: Any) -> None:
    from exchange import postgresql  # noqa: PLC0415 -- as above

    postgresql.limit(settings.DATABASES["default"], postgresql.WORKER)


def begin_task(task_id: str, task: Any, **_kwargs: Any) -> None:
    from exchange.background import worker_life  # noqa: PLC0415 -- as above

    worker_life.begin(task_id, task)


def end_task(task_id: str, **_kwargs: Any) -> None:
    """A worker is alive: it has just finished a task."""
    from exchange.background import worker_life  # noqa: PLC0415 -- as above

    worker_life.end(task_id)


def know_queues(instance: Any, **_kwargs: Any) -> None:
    from exchange.background import worker_life  # noqa: PLC0415 -- as above

    worker_life.is_of(instance.app.amqp.queues.consume_from)


def limit_memory(**_kwargs: Any) -> None:
    from exchange.background import worker_life  # noqa: PLC0415 -- as above

    worker_life.limit_memory()


def share_memory(**_kwargs: Any) -> None:
    """Before the processes of a worker are forked: what is loaded stays shared, because collections leave it alone."""
    gc.collect()
    gc.freeze()


signals.celeryd_after_setup.connect(know_queues)
signals.celeryd_after_setup.connect(share_memory)
signals.worker_process_init.connect(limit_memory)
signals.celeryd_init.connect(limit_database)
signals.beat_init.connect(limit_database)
signals.task_prerun.connect(begin_task)
signals.task_postrun.connect(end_task)
signals.celeryd_init.connect(stop_if_wrong)
signals.beat_init.connect(stop_if_wrong)
