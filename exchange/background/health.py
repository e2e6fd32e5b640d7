"""Liveness and readiness checks for load balancers and the person on call."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from health_check.base import HealthCheck
from health_check.checks import Database, Storage
from health_check.exceptions import ServiceUnavailable

logger = logging.getLogger(__name__)
SECONDS = 4  # for each check; a load balancer asks again soon, and a slow answer is no better than none


@dataclass
class Broker(HealthCheck):
    """Whether the queue of tasks accepts a connection (Redis, RabbitMQ) or a file (demo)."""

    def run(self) -> None:
        if settings.BROKER_URL.startswith("filesystem:"):
            if not os.access(settings.QUEUE_DIR / "messages", os.W_OK):
                raise ServiceUnavailable("the queue's folder cannot be written")
            return
        with current_app.connection_for_write(connect_timeout=SECONDS) as connection:
            connection.ensure_connection(max_retries=1, timeout=SECONDS)


CHECKS: dict[str, type[HealthCheck]] = {"database": Database, "broker": Broker, "storage": Storage}


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
    """Ready: 200 if every part works, else 503 with the names of those that fail; the reasons are in the log."""
    failing = _failing()
    parts = {name: "failing" if name in failing else "ok" for name in CHECKS}
    return JsonResponse({"status": "failing" if failing else "ok", **parts}, status=503 if failing else 200)


def _failing() -> set[str]:
    pool = ThreadPoolExecutor(max_workers=len(CHECKS))  # in parallel, so that one that hangs does not hide the others
    futures = {name: pool.submit(check().run) for name, check in CHECKS.items()}
    failing = set()
    for name, future in futures.items():
        try:
            future.result(timeout=SECONDS)
        except Exception:  # noqa: BLE001 -- whatever error a driver raises, the part is not ready
            logger.exception("not ready: %s", name)
            failing.add(name)
    pool.shutdown(wait=False, cancel_futures=True)
    return failing
