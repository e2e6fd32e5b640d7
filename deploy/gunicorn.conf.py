"""How gunicorn serves the portal, in the demo as in production (docs/adr/0007)."""

import ctypes
import gc
import os
from contextlib import suppress

from django.core.cache import caches
from django.core.files.storage import storages
from django.urls import reverse

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))  # one for each core
threads = 4  # each holds one database connection
control_socket_disable = True  # it would write outside the portal's folders
timeout = 60  # seconds; a page takes milliseconds, the director's PDF a second
graceful_timeout = 20
max_requests, max_requests_jitter = 5000, 500  # gives back what a long-lived process has gathered
preload_app = True  # the processes share the memory of the code

MMAP_THRESHOLD = -3  # of mallopt(3)


def when_ready(server):
    """Load what pages need before the processes are forked: they share that memory, and nobody's first page waits."""
    reverse("home")  # loads all pages, and the table that addresses are looked up in
    caches["default"], storages["default"]  # noqa: B018 -- whichever drivers this installation has
    with suppress(AttributeError):  # a C library of another make
        # what is large is given back at once; glibc would learn to keep it, in a place of its own for each thread
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, 128 * 1024)
    gc.collect()
    gc.freeze()  # what is there now is never looked at again, so it stays shared
