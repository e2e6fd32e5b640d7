"""The service worker: keeps the pages of an application for times without a connection."""

import json
from functools import cache
from hashlib import sha256

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
    "exchange/js/upload-send.js",  # a file is chosen in a tunnel, too
)
SCRIPTS = "exchange/js/application.js"


@login_not_required
@require_safe
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """Its text names the files as they are served and holds the offline page in the language of the browser: a
    new release or another language makes another text, and the browser takes the new one."""
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
    with open(finders.find(WORKER), encoding="utf-8") as source:
        return jsmin(source.read())
