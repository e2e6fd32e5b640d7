"""Each request has a number, which every line of the log about it has, also those of the tasks that it started."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from structlog import contextvars

from exchange.web import pace, request_metrics

HEADER = "X-Request-ID"
NUMBER = re.compile(r"[0-9a-f]{32}")  # as nginx makes them; anything else is no number of our proxy's
logger = logging.getLogger(__name__)


class _Asked:
    """Counts the queries of one request."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        self.count += 1
        return execute(*given)


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
        begun, asked, waited = time.perf_counter(), _Asked(), pace.waited(request)
        with connection.execute_wrapper(asked):
            response = self.get_response(request)
        response.headers[HEADER] = number
        match, seconds = request.resolver_match, time.perf_counter() - begun
        if match or response.status_code >= 400:
            known = request.__dict__.get("_cached_user")  # no query for a page that didn't ask who it is
            view, method, status = match.view_name if match else None, str(request.method), response.status_code
            about = {
                "method": method,
                "view": view,
                "status": status,
                "ms": round(seconds * 1000),
                "queries": asked.count,
                "person": known.pk if known else None,
            }
            logger.info("answered", extra=about)
            request_metrics.count(view, method, status, seconds, asked.count, waited)
        return response
