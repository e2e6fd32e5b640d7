"""Ceilings for one network, which students of a campus share. On the day of an orientation they're higher: the office
names the day on the page of a college. What is sent to one recipient is counted by `sign_in_codes`.
"""

from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils import timezone

from exchange.models import College

AT_ORIENTATION = "_at_orientation"  # after an action's name in ACCOUNT_RATE_LIMITS


def may(request: HttpRequest, action: str, *, dry_run: bool = False) -> bool:
    """Whether this network may do it once more, which counts unless it's a `dry_run`. One query, only past the usual
    ceiling.
    """
    if ratelimit.consume(request, action=action, dry_run=dry_run):
        return True
    is_on = College.objects.filter(orientation_on=timezone.localdate()).exists()
    return is_on and bool(ratelimit.consume(request, action=f"{action}{AT_ORIENTATION}", dry_run=dry_run))
