"""The Celery app; its settings are the CELERY_* settings of Django."""

import gc
import os
import socket
import sys
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from structlog import contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")

# Of the connection by which a worker takes tasks and says that they're done. A broker that froze answers late, and
# whoever stopped waiting never learns that a task was done: its place stays taken, and a worker without places takes
# nothing more. A machine that is gone is noticed by the keepalive instead.
PATIENT = {
    "socket_timeout": None,
    "socket_keepalive": True,
    "socket_keepalive_options": {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3},
}


HURRIED = 0.4  # seconds that a page waits for the broker; a worker may wait longer


class App(Celery):
    def connection_for_read(self, url: str | None = None, **kwargs: Any) -> Any:
        if settings.BROKER_URL.startswith("redis"):
            kwargs["transport_options"] = PATIENT | (kwargs.get("transport_options") or {})
        return super().connection_for_read(url, **kwargs)


app = App("exchange")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def stop_if_wrong(**_kwargs: Any) -> None:
    """A worker or beat with a wrong configuration ends here. SystemExit, because Celery only logs other exceptions."""
    from exchange import checks  # noqa: PLC0415 -- needs `exchange`, which imports this module

    try:
        checks.stop_if_wrong()
    except ImproperlyConfigured as error:
        sys.exit(str(error))


def hurry() -> None:
    """Called as a web process starts, before it publishes anything."""
    app.conf.broker_connection_timeout = HURRIED
    if settings.BROKER_URL.startswith("redis"):
        limits = {"socket_connect_timeout": HURRIED, "socket_timeout": HURRIED}
        app.conf.broker_transport_options = app.conf.broker_transport_options | limits


def limit_database(**_kwargs: Any) -> None:
    from exchange import postgresql  # noqa: PLC0415 -- as above

    postgresql.limit(settings.DATABASES["default"], postgresql.WORKER)


def name_request(headers: dict[str, Any] | None = None, **_kwargs: Any) -> None:
    """A task's lines in the log have the number of the request, or of the task, that started it."""
    number = contextvars.get_contextvars().get("request")
    if headers is not None and number:
        headers["started_by"] = number


def begin_task(task_id: str, task: Any, **_kwargs: Any) -> None:
    from exchange.background import worker_life  # noqa: PLC0415 -- as above

    sent = getattr(task.request, "started_by", None) or (task.request.headers or {}).get("started_by")
    number = sent or contextvars.get_contextvars().get("request") or task_id.replace("-", "")
    task.request.named = contextvars.bind_contextvars(request=number, task=task.name)
    worker_life.begin(task_id, task)


def end_task(task_id: str, task: Any, **_kwargs: Any) -> None:
    """A worker is alive: it has just finished a task."""
    from exchange.background import worker_life  # noqa: PLC0415 -- as above

    worker_life.end(task_id)
    contextvars.reset_contextvars(**getattr(task.request, "named", {}))


def know_queues(instance: Any, **_kwargs: Any) -> None:
    from exchange.background import worker_life  # noqa: PLC0415 -- as above

    worker_life.is_of(instance.app.amqp.queues.consume_from)


def listen(sender: Any, **_kwargs: Any) -> None:
    from exchange.background import listening  # noqa: PLC0415 -- as above

    listening.watch_over(tuple(sender.app.amqp.queues.consume_from))


def limit_memory(**_kwargs: Any) -> None:
    from exchange.background import worker_life  # noqa: PLC0415 -- as above

    worker_life.limit_memory()


def share_memory(**_kwargs: Any) -> None:
    """Before the processes of a worker are forked: what is loaded stays shared, because collections leave it alone."""
    gc.collect()
    gc.freeze()


signals.celeryd_after_setup.connect(know_queues)
signals.celeryd_after_setup.connect(share_memory)
signals.worker_ready.connect(listen)
signals.worker_process_init.connect(limit_memory)
signals.celeryd_init.connect(limit_database)
signals.beat_init.connect(limit_database)
signals.before_task_publish.connect(name_request)
signals.task_prerun.connect(begin_task)
signals.task_postrun.connect(end_task)
signals.celeryd_init.connect(stop_if_wrong)
signals.beat_init.connect(stop_if_wrong)
