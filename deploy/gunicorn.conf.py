"""Gunicorn's configuration, in the demo as in production (docs/adr/0007)."""

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
control_socket_disable = True  # its socket would be outside the portal's folders
timeout = 60  # seconds; a page takes milliseconds, the director's PDF a second
graceful_timeout = 20
max_requests, max_requests_jitter = 5000, 500  # returns memory that a long-lived process has accumulated
preload_app = True  # processes share the memory of the loaded code

MMAP_THRESHOLD = -3  # of mallopt(3)


def when_ready(server):
    """Load what pages need before forking: the processes share that memory, and no first request is slow."""
    reverse("home")  # loads all views and the URL resolver
    caches["default"], storages["default"]  # noqa: B018 -- whichever drivers this installation has
    with suppress(AttributeError):  # a C library other than glibc
        # return large blocks at once; glibc would raise its threshold and keep them in an arena of each thread
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, 128 * 1024)
    gc.collect()
    gc.freeze()  # the collector never touches these objects again, so their pages stay shared
