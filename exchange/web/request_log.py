"""Each request has a number, which every line of the log about it has, also those of the tasks that it started."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from structlog import contextvars

HEADER = "X-Request-ID"
NUMBER = re.compile(r"[0-9a-f]{32}")  # as nginx makes them; anything else is no number of our proxy's
logger = logging.getLogger(__name__)


class RequestLogMiddleware:
    """The first of all: it also counts the time of the others. A line names the page, not its address, which may be a
    private link, and the person by number; a static file has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        number = given if NUMBER.fullmatch(given) else uuid.uuid4().hex
        contextvars.clear_contextvars()  # of this thread's last request
        contextvars.bind_contextvars(request=number)
        begun = time.perf_counter()
        response = self.get_response(request)
        response.headers[HEADER] = number
        match = request.resolver_match
        if match or response.status_code >= 400:
            known = request.__dict__.get("_cached_user")  # no query for a page that didn't ask who it is
            about = {
                "method": request.method,
                "view": match.view_name if match else None,
                "status": response.status_code,
                "ms": round((time.perf_counter() - begun) * 1000),
                "person": known.pk if known else None,
            }
            logger.info("answered", extra=about)
        return response
