"""Emails the addresses in ERROR_EMAILS about an error in our code: where it happened, never what a person typed.

Django's own handler would send the form, the cookies and the values of an error's message.
"""

import logging
import threading
import time
from http import HTTPStatus

from django.conf import settings
from django.core.mail import EmailMessage
from structlog import contextvars

from exchange.base import logs

PAUSE = 3600  # seconds in which the same place is told once, by each process
PLACES_MAX = 500
logger = logging.getLogger(__name__)


class ErrorMailHandler(logging.Handler):
    """Sends in a thread of its own: an error page must not wait for the mail server."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._told: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        is_known = (
            getattr(record, "status_code", None) == HTTPStatus.SERVICE_UNAVAILABLE
        )  # who answered so, has told why
        if not settings.ADMINS or record.name == __name__ or is_known:
            return
        place, body = described(record)
        now = time.monotonic()
        if now - self._told.get(place, -PAUSE) < PAUSE or len(self._told) >= PLACES_MAX:
            return
        self._told[place] = now
        threading.Thread(target=send, args=(place, body), daemon=True).start()


def described(record: logging.LogRecord) -> tuple[str, str]:
    """Where the error happened, and a text without any value: the type of the error and the lines of code."""
    number = contextvars.get_contextvars().get("request")
    lines = [f"{record.levelname} {record.name}", str(record.msg), *([f"request {number}"] if number else []), ""]
    place = f"{record.name}:{record.lineno}"
    if record.exc_info and record.exc_info[0]:
        kind, _error, trace = record.exc_info
        frames = logs.places(trace)
        lines += [kind.__name__, *frames]
        if frames:
            place = f"{kind.__name__} at {frames[-1].partition(' ')[0]}"
    return place, "\n".join(lines)


def send(place: str, body: str) -> None:
    try:
        EmailMessage(f"[exchange] {place}"[:200], body, to=list(settings.ADMINS)).send()
    except Exception as error:  # noqa: BLE001 -- nobody is left to tell
        logger.warning("could not mail an error: %s", type(error).__name__)
