"""How many files visitors may send within an hour: nobody has said who they are, and each file costs a check.

Counted in the cache, by the clock's hour: for one draft, and for all that comes from one network, for drafts cost
nothing to begin. A person who has signed in is not counted.
"""

import hashlib
import ipaddress

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.base.errors import RuleViolation
from exchange.reference import facts

DRAFT, NETWORK = QUOTAS = ("upload.visitor_files_hour", "upload.network_files_hour")
HOUR = 60 * 60  # seconds
IPV6_PREFIX = 64  # one household has all the addresses below it


def spend(application: Application, network: str, files: int) -> None:
    """Count these files, before anything of them is kept. `network`: as `network_of` says it.

    RuleViolation: too_many_for_now.
    """
    if application.student_id:
        return
    most = facts.numbers(*QUOTAS)
    counts = [_count(DRAFT, application.code, files)]
    if network:
        counts.append(_count(NETWORK, network, files))
    if any(count > most[key] for key, count in zip(QUOTAS, counts, strict=False)):
        raise RuleViolation(
            "too_many_for_now",
            _(
                "Many files came from here in this hour, so we did not take this one. Sign in and send it again, or"
                " wait an hour. What you wrote and sent before is safe."
            ),
        )


def _count(quota: str, whose: str, files: int) -> int:
    hour = int(timezone.now().timestamp()) // HOUR
    key = f"{quota}:{hashlib.sha256(whose.encode()).hexdigest()[:32]}:{hour}"
    cache.add(key, 0, HOUR)
    try:
        return cache.incr(key, files)
    except ValueError:  # dropped between the two lines
        cache.set(key, files, HOUR)
        return files


def network_of(address: str) -> str:
    """What counts as one network: the address, of the long kind its first half. "" for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, IPV6_PREFIX), strict=False)) if found.version == 6 else str(found)
