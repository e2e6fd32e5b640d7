"""Phones save less often while this machine is busy, which is told by how long a request waited for a thread.

The proxy notes when it had the whole request. A save that waited is answered as ever, and with `Retry-After`: the
page's script collects what is typed for so long and sends it in one request. Without a proxy nobody is asked to wait.
"""

import functools
import math
import re
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-Start"  # of the proxy, in place of what the client sent
NOTED = re.compile(r"t=(\d{10}\.\d{3})")
BUSY = 0.25  # seconds; an idle machine takes a thousandth
PAUSE_PER_SECOND, LONGEST = 20, 60  # seconds


def waited(request: HttpRequest) -> float:
    """Seconds from the proxy to here; 0 where nobody noted them, or by another clock."""
    noted = NOTED.fullmatch(request.headers.get(HEADER, ""))
    return max(0.0, time.time() - float(noted[1])) if noted else 0.0


def pause_after(seconds: float) -> int:
    """How many seconds a phone should leave until its next save, if this one waited for so long; 0: as it likes."""
    return min(math.ceil(seconds * PAUSE_PER_SECOND), LONGEST) if seconds >= BUSY else 0


def asks_for_pauses(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Of a view that a script calls again and again by itself."""

    @functools.wraps(view)
    def paced(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        pause = pause_after(waited(request))
        response = view(request, *args, **kwargs)
        if pause:
            response.headers["Retry-After"] = str(pause)
        return response

    return paced
