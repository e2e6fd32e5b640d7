"""Ceilings of mail to addresses that no account has: whoever types one into a sign-in page decides where it goes.

As texts have them (`text_limits`): per address and of the whole installation in any 24 hours (facts), counted from rows
of the outbox, so they hold without a cache; per network `unknown_account` in ACCOUNT_RATE_LIMITS.
"""

from datetime import timedelta

from django.utils import timezone

from exchange.models import Message
from exchange.reference import facts

UNKNOWN_ACCOUNT = "exchange/unknown_account"
ADDRESS_DAY, ALL_DAY = "unknown_mail.address_day", "unknown_mail.all_day"
DAY = timedelta(days=1)


def batch_today() -> str:
    """The batch of such mail: messages are found by it with an index."""
    return _batch(timezone.now().date().isoformat())


def may_write_to(address: str) -> bool:
    now, limits = timezone.now(), facts.numbers(ADDRESS_DAY, ALL_DAY)
    days = [_batch((now - ago).date().isoformat()) for ago in (timedelta(0), DAY)]
    lately = Message.objects.filter(batch__in=days, queued_at__gt=now - DAY)
    if lately.filter(address__iexact=address).count() >= limits[ADDRESS_DAY]:
        return False
    return lately.count() < limits[ALL_DAY]


def _batch(day: str) -> str:
    return f"unknown_account:{day}"
