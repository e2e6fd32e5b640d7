"""Limit on the files that people may upload in an hour, because each file costs a check.

Counted in the cache by clock hour: of visitors for each draft and for each network, because drafts cost nothing to
start, and of people who have signed in for each person, whatever their files are for.
"""

import hashlib
import ipaddress

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.reference import facts

DRAFT, NETWORK = QUOTAS = ("upload.visitor_files_hour", "upload.network_files_hour")
PERSON = "upload.person_files_hour"
HOUR = 60 * 60  # seconds
IPV6_PREFIX = 64  # a household has a whole network of this size


def spend(application: Application, network: str, files: int, *, by: User | None) -> None:
    """Count these files, before any of them is stored. `network`: from `network_of`.

    Raises RuleViolation: too_many_for_now.
    """
    if person := by or application.student:
        spend_of(person, files)
        return
    most = facts.numbers(*QUOTAS)
    counts = [_count(DRAFT, application.code, files)]
    if network:
        counts.append(_count(NETWORK, network, files))
    if any(count > most[key] for key, count in zip(QUOTAS, counts, strict=False)):
        raise RuleViolation(
            "too_many_for_now",
            _(
                "We got a lot of files from here in the last hour, so we didn’t take this one. Sign in and send"
                " it again, or wait an hour. What you wrote and sent before is safe."
            ),
        )


def spend_of(person: User, files: int = 1) -> None:
    """Count files of somebody who has signed in, before any is stored. Raises RuleViolation: too_many_for_now."""
    if _count(PERSON, str(person.pk), files) > facts.number(PERSON):
        raise RuleViolation(
            "too_many_for_now",
            _(
                "You’ve sent a lot of files in the last hour, so we didn’t take this one. Send it again in an hour."
                " What you wrote and sent before is safe."
            ),
        )


def _count(quota: str, whose: str, files: int) -> int:
    hour = int(timezone.now().timestamp()) // HOUR
    key = f"{quota}:{hashlib.sha256(whose.encode()).hexdigest()[:32]}:{hour}"
    cache.add(key, 0, HOUR)
    try:
        return cache.incr(key, files)
    except ValueError:  # the key expired since `add`
        cache.set(key, files, HOUR)
        return files


def network_of(address: str) -> str:
    """The network of an address: an IPv4 address itself, or an IPv6 address's /64. "" if it is not an address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, IPV6_PREFIX), strict=False)) if found.version == 6 else str(found)
