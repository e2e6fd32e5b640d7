"""How gunicorn serves the portal, in the demo as in production (docs/adr/0007)."""

import gc
import os

from django.urls import get_resolver

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))  # one for each core
threads = 4  # each holds one database connection
control_socket_disable = True  # it would write outside the portal's folders
timeout = 60  # seconds; a page takes milliseconds, the director's PDF a second
graceful_timeout = 20
max_requests, max_requests_jitter = 5000, 500  # gives back what a long-lived process has gathered
preload_app = True  # the processes share the memory of the code


def when_ready(server):
    """Load all pages before the processes are forked: they share that memory, and nobody's first page waits."""
    get_resolver().url_patterns  # noqa: B018 -- reading it loads them
    gc.collect()
    gc.freeze()  # what is there now is never looked at again, so it stays shared
