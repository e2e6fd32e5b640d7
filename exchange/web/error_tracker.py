"""Sends an error in our code to the service at SENTRY_DSN: its kind and its place, never what a person typed.

The SDK's own integrations collect requests, people, variables and queries, and would have to be scrubbed. Here an event
is made of what is known to be nobody's, as the mail about it (`error_mail`); the SDK only carries it, in a thread of
its own.
"""

import functools
import logging
import traceback
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from structlog import contextvars

from exchange.base import logs
from exchange.web import error_mail

if TYPE_CHECKING:
    from sentry_sdk.types import Event


class TrackerHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        own = record.name.startswith(("sentry_sdk", "urllib3"))  # what can't be sent isn't told by sending
        if not settings.SENTRY_DSN or own or error_mail.is_told(record):
            return
        try:
            _client(settings.SENTRY_DSN).capture_event(cast("Event", event_of(record)))
        except Exception:  # noqa: BLE001 -- whoever met the error gets their page
            self.handleError(record)


@functools.cache
def _client(address: str) -> Any:
    import sentry_sdk  # noqa: PLC0415 -- heavy: 7 MB, for portals with such a service

    return sentry_sdk.Client(
        dsn=address,
        default_integrations=False,
        auto_enabling_integrations=False,
        max_breadcrumbs=0,
        include_local_variables=False,
        server_name="portal",
    )


def event_of(record: logging.LogRecord) -> dict[str, Any]:
    """The text before its values were put in, the type of the error, and the lines of code."""
    kind, _body = error_mail.described(record)
    number = contextvars.get_contextvars().get("request")
    event: dict[str, Any] = {
        "level": record.levelname.lower(),
        "logger": record.name,
        "logentry": {"message": str(record.msg)},
        "fingerprint": [kind],
        "tags": {"request": number} if number else {},
    }
    if record.exc_info and record.exc_info[0]:
        error, _value, trace = record.exc_info
        event["exception"] = {
            "values": [{"type": error.__name__, "module": error.__module__, "stacktrace": {"frames": _frames(trace)}}]
        }
    return event


def _frames(trace: TracebackType | None) -> list[dict[str, Any]]:
    return [
        {
            "filename": frame.filename.removeprefix(f"{logs.ROOT}/"),
            "function": frame.name,
            "lineno": frame.lineno,
            "in_app": logs.is_ours(frame.filename),
        }
        for frame in traceback.extract_tb(trace)
    ]
