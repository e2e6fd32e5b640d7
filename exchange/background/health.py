"""Liveness and readiness checks for load balancers: whether this machine can serve pages.

Everything else that may fail is on the status page (`exchange.background.status`): pages work without it.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exchange.background import status

SECONDS = 0.9  # a load balancer asks again soon


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: uses no other service, so that a slow database does not get the web server restarted."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: 200 if the database answers, else 503; the reason is in the log."""
    fails = "database" in status.probe({"database": status.PROBES["database"]}, seconds=SECONDS)
    state = "failing" if fails else "ok"
    return JsonResponse({"status": state, "database": state}, status=503 if fails else 200)
