"""The service worker, which keeps the pages of an application available without a connection."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from rjsmin import jsmin

from exchange.web.static_files import served

WORKER = "exchange/js/sw.js"
FILES = (
    "exchange/css/app.css",
    "exchange/fonts/bricolage-grotesque-700.woff2",
    "exchange/js/app.js",
    "exchange/js/upload-send.js",  # so that a file can be chosen while offline
)
SCRIPTS = "exchange/js/application.js"


@login_not_required
@require_safe
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker's script, with the addresses of static files and the offline page in the browser's language.

    A new release or another language gives another text, so the browser installs the new worker.
    """
    files = [*(static(name) for name in FILES), *served(SCRIPTS)]
    known = {
        "STATIC": settings.STATIC_URL,
        "FILES": files,
        "VERSION": sha256("".join(files).encode()).hexdigest()[:12],
        "OFFLINE": render_to_string("exchange/web/offline.html", {"home": get_script_prefix()}),
    }
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
    response = HttpResponse(head + _worker(), content_type="text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = get_script_prefix()
    return response


@cache
def _worker() -> str:
    path = finders.find(WORKER)
    if path is None:
        raise FileNotFoundError(WORKER)
    script: str = jsmin(Path(path).read_text(encoding="utf-8"))
    return script
