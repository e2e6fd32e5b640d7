"""The service worker, which keeps the pages of an application available without a connection."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exchange.web.static_files import served
from exchange.web.workers import worker

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
    """The worker's script, with the addresses of static files and the offline page in the browser's language."""
    offline = render_to_string("exchange/web/offline.html", {"home": get_script_prefix()})
    files = [*(static(name) for name in FILES), *served(SCRIPTS)]
    response = worker(WORKER, files, STATIC=settings.STATIC_URL, OFFLINE=offline)
    response.headers["Service-Worker-Allowed"] = get_script_prefix()
    return response
