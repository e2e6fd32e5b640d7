"""The configuration of gunicorn, for the demo and for production (docs/adr/0032)."""

import ctypes
import gc
import itertools
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.cache import caches
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import translation
from prometheus_client import values

from exchange.base.outage import Places

# the folder itself, not a link to it: this process goes on loading its own release after the link leads to the next
chdir = str(Path(__file__).resolve().parent.parent)
bind = os.environ.get("BIND", "127.0.0.1:8000")  # not asked where systemd passes a socket
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))  # one per core
threads = 4  # per worker; each holds one database connection
control_socket_disable = True  # its file would be outside the portal's folders
timeout = 60  # seconds; a page takes milliseconds, the director's PDF a second
graceful_timeout = 20
max_requests, max_requests_jitter = 5000, 500  # restarts workers, so that memory does not grow
preload_app = True  # workers share the memory of the loaded code

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # of mallopt(3)
LARGE = 1 << 20  # bytes; the text of a long list is a quarter of this, and is copied seven times


# Each process writes its figures to the file of its place, from 0 on. One that takes over a place goes on with its
# file, so there are never more files than processes (exchange/web/request_metrics.py).
os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="exchange-metrics-")
place = 0
values.ValueClass = values.MultiProcessValue(lambda: place)


def pre_fork(server, worker):
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(number for number in itertools.count() if number not in taken)


def post_fork(server, worker):
    global place
    place = worker.place
    Places.threads = threads


def on_exit(server):
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def when_ready(server):
    """Load what pages need before the workers are forked, so that they share its memory and no first page waits."""
    reverse("home")  # loads all views and the URL patterns
    for language, _name in settings.LANGUAGES:  # each catalog once, for all
        with translation.override(language):
            translation.gettext("Save")
    caches["default"], storages["default"]  # noqa: B018 -- loads the drivers of this installation
    with suppress(AttributeError):  # a C library other than glibc
        # Larger blocks are given back at once; by default glibc raises this threshold and keeps them, per thread.
        # Smaller ones are kept: to map and clear their pages again on each request takes longer than to fill them.
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, LARGE)
        library.mallopt(TRIM_THRESHOLD, LARGE)
    gc.collect()
    gc.freeze()  # keeps these objects out of garbage collection, so that their memory stays shared
