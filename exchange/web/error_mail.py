"""Emails the addresses in ERROR_EMAILS about an error in our code: where it happened, never what a person typed.

Django's own handler would send the form, the cookies and the values of an error's message. Errors are grouped by
kind: a bug is its type and its place; a service that is away is its type alone, because it fails wherever it is asked.
"""

import hashlib
import logging
import threading
import time
from collections import Counter
from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError
from structlog import contextvars

from exchange.base import logs

PAUSE = (
    3600  # seconds in which one kind is told once, by all processes together; by each of them while the cache is away
)
KINDS_MAX = 500
AWAY = (ConnectionError, TimeoutError, OperationalError, InterfaceError)
logger = logging.getLogger(__name__)


class ErrorMailHandler(logging.Handler):
    """Sends in a thread of its own: an error page must not wait for the mail server."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._told: dict[str, float] = {}
        self._more: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if not settings.ADMINS or is_told(record):
            return
        kind, body = described(record)
        now = time.monotonic()
        if now - self._told.get(kind, -PAUSE) < PAUSE or len(self._told) >= KINDS_MAX:
            self._more[kind] += 1
            return
        self._told[kind] = now
        if more := self._more.pop(kind, 0):
            body = f"{body}\n\n{more} more of this kind in this process since the last mail"
        threading.Thread(target=send, args=(kind, body), daemon=True).start()


def is_told(record: logging.LogRecord) -> bool:
    """Whoever answered 503 has said why; and what can't be sent isn't told by sending."""
    return record.name == __name__ or getattr(record, "status_code", None) == HTTPStatus.SERVICE_UNAVAILABLE


def described(record: logging.LogRecord) -> tuple[str, str]:
    """The kind, and a text without any value: the type of the error and the lines of code."""
    number = contextvars.get_contextvars().get("request")
    lines = [f"{record.levelname} {record.name}", str(record.msg), *([f"request {number}"] if number else []), ""]
    kind = f"{record.name}:{record.lineno}"
    if record.exc_info and record.exc_info[0]:
        error, _value, trace = record.exc_info
        frames = logs.places(trace)
        lines += [error.__name__, *frames]
        if issubclass(error, AWAY):
            kind = error.__name__
        elif frames:
            kind = f"{error.__name__} at {frames[-1].partition(' ')[0]}"
    return kind, "\n".join(lines)


def send(kind: str, body: str) -> None:
    try:
        if cache.add(f"error-mail:{hashlib.sha256(kind.encode()).hexdigest()}", True, PAUSE):
            EmailMessage(f"[exchange] {kind}"[:200], body, to=list(settings.ADMINS)).send()
    except Exception as error:  # noqa: BLE001 -- nobody is left to tell
        logger.warning("could not mail an error: %s", type(error).__name__)
