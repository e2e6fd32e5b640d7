"""`/metrics`: what the portal does, for Prometheus, from the networks that METRICS_NETWORKS names.

Nothing in it is about a person: pages, counts, ages in seconds, bytes. The names of figures are part of what operators
rely on (`deploy/alerts.yml`).
"""

import shutil
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from exchange.background import clock, lookout, queues, waiting, worker_life
from exchange.base import outage
from exchange.models import Backup, Heartbeat, Message
from exchange.models.record import MessageQuerySet
from exchange.web import request_metrics

NAMES = {queues.ORDINARY: "ordinary"}  # its own name is Celery's default
SIGNS = {
    worker_life.WORKER: "worker",
    worker_life.URGENT: "urgent_worker",
    worker_life.HEAVY: "heavy_worker",
    clock.BEAT: "scheduler",
}


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read(request):
        raise Http404
    now = CollectorRegistry()
    now.register(_Now())
    body = generate_latest(request_metrics.registry()) + generate_latest(now)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    address = get_adapter(request).get_client_ip(request)
    return bool(address) and any(ip_address(address) in network for network in settings.METRICS_NETWORKS)


class _Now:
    """Asked when it's collected."""

    def collect(self) -> Iterator[Metric]:
        yield from figures(timezone.now())


def figures(now: datetime) -> Iterator[Metric]:
    """What rows and the disk say at this moment. Seventeen queries."""
    yield _each(
        "exchange_queue_age_seconds",
        "How long the oldest work has waited that nobody tried.",
        "queue",
        {NAMES.get(queue, queue): age.total_seconds() for queue, age in waiting.ages(now).items()},
    )
    signs = dict(Heartbeat.objects.filter(name__in=SIGNS).values_list("name", "at"))
    yield _each(
        "exchange_sign_age_seconds",
        "Since the last sign of a part of the background work.",
        "part",
        {SIGNS[name]: (now - at).total_seconds() for name, at in signs.items()},
    )
    messages = Message.objects.order_by()
    yield _each("exchange_messages_waiting", "Messages to be sent.", "channel", _by_channel(messages.waiting()))
    given_up = _by_channel(messages.for_a_person())
    yield _each("exchange_messages_given_up", "Messages that a person has to look at.", "channel", given_up)
    yield _each(
        "exchange_service_away",
        "1 if the process that answers knows that a remote service is away.",
        "service",
        {service.removeprefix("The "): float(is_away) for service, is_away in outage.away().items()},
    )
    if until := lookout.certificate_ends_at():
        left = (until - now).total_seconds() / 86_400
        yield _one("exchange_certificate_days_left", "Until the certificate of the site ends.", left)
    if last := Backup.objects.last_good_at():
        yield _one("exchange_backup_age_seconds", "Since the last good backup.", (now - last).total_seconds())
    disk = shutil.disk_usage(settings.DATA_DIR)
    yield _one("exchange_disk_free_ratio", "What is free of the disk of DATA_DIR, from 0 to 1.", disk.free / disk.total)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            yield _one("exchange_database_bytes", "Size of the database.", cursor.fetchone()[0])


def _by_channel(messages: MessageQuerySet) -> dict[str, float]:
    found = dict(messages.values_list("channel").annotate(count=Count("pk")))
    return {channel: found.get(channel, 0) for channel in Message.Channel.values}


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _each(name: str, text: str, label: str, found: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in found.items():
        family.add_metric([str(key)], value)
    return family
