"""What watch asks of other machines now and then: how long the certificate is valid, and which libraries are weak.

No page may wait for that, so the answers are rows (`Heartbeat`): the moment at which the certificate ends, when a
weakness was first heard of, and when each was asked last.
"""

import json
import logging
import socket
import ssl
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import metadata
from urllib.parse import urlsplit

from cryptography import x509
from django.conf import settings
from django.db import Error, transaction
from django.utils import timezone

from exchange.background import clock
from exchange.models import Heartbeat

logger = logging.getLogger(__name__)
SECONDS = 10  # for each step of a conversation
ANSWER_MAX = 5_000_000  # bytes
CERTIFICATE, LIBRARIES = "certificate", "libraries"
ENDS = "ends:certificate"
ASKED, WEAK = "asked:", "weak:"


def look() -> None:
    """Ask what is due. Never fails: whatever another machine answers, watch goes on."""
    for name, (every, ask) in ASKING.items():
        try:
            if _is_due(name, every):
                clock.note(f"{ASKED}{name}")  # first, so that one who doesn't answer isn't asked every minute
                ask()
        except Error as error:
            logger.error("the database does not answer: %s", error)
        except Exception:  # noqa: BLE001 -- see above
            logger.warning("cannot find out about: %s", name, exc_info=True)


def ping() -> None:
    """Tell the operator's own service that watch has looked: it raises the alarm when nothing comes. Never fails."""
    if not settings.WATCH_PING_URL:
        return
    try:
        with urllib.request.urlopen(settings.WATCH_PING_URL, timeout=SECONDS):  # noqa: S310 -- a setting, and https
            pass
    except Exception:  # noqa: BLE001 -- whatever it answers: that nothing came is what it tells of
        logger.warning("cannot reach WATCH_PING_URL")


def _is_due(name: str, every: timedelta) -> bool:
    last = asked_at(name)
    return last is None or timezone.now() - last >= every


def asked_at(name: str) -> datetime | None:
    return Heartbeat.objects.filter(name=f"{ASKED}{name}").values_list("at", flat=True).first()


def certificate_ends_at() -> datetime | None:
    return Heartbeat.objects.filter(name=ENDS).values_list("at", flat=True).first()


def weak_libraries() -> list[str]:
    names = Heartbeat.objects.filter(name__startswith=WEAK).order_by("name").values_list("name", flat=True)
    return [name.removeprefix(WEAK) for name in names]


def _ask_certificate() -> None:
    """At the portal's public address: what counts is what people's browsers get, not a file."""
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https" or not site.hostname:
        return
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # one that has ended must be read, too
    with (
        socket.create_connection((site.hostname, site.port or 443), timeout=SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=site.hostname) as secure,
    ):
        found = secure.getpeercert(binary_form=True)
    if found:
        clock.note(ENDS, x509.load_der_x509_certificate(found).not_valid_after_utc)


def _ask_libraries() -> None:
    if settings.ADVISORIES_URL:
        _keep({f"{WEAK}{name}"[:80] for name in libraries_with_a_weakness()})


def libraries_with_a_weakness() -> set[str]:
    """Sends names and versions of the installed libraries to the database of weaknesses at ADVISORIES_URL.

    OSError if it is away; ValueError, KeyError if it answers in another form.
    """
    installed = {each.name: each.version for each in metadata.distributions()}
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in installed.items()
    ]
    request = urllib.request.Request(  # noqa: S310 -- the address is a setting, and https
        settings.ADVISORIES_URL,
        data=json.dumps({"queries": queries}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 -- as above
        results = json.loads(answer.read(ANSWER_MAX))["results"]
    return {name for name, found in zip(installed, results, strict=True) if found.get("vulns")}


@transaction.atomic
def _keep(weak: set[str]) -> None:
    Heartbeat.objects.filter(name__startswith=WEAK).exclude(name__in=weak).delete()
    for name in weak:
        Heartbeat.objects.get_or_create(name=name, defaults={"at": timezone.now()})


ASKING: dict[str, tuple[timedelta, Callable[[], None]]] = {
    CERTIFICATE: (timedelta(hours=1), _ask_certificate),
    LIBRARIES: (timedelta(days=1), _ask_libraries),
}
