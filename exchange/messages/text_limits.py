"""What texts may cost: to which numbers they go, and how many in a day.

A text to a satellite phone costs dollars, and whoever types a number into a sign-in page decides where it goes. So
texts go to mobile numbers of listed countries only (facts `text.country.*`), and stop at ceilings (facts): per number,
and of the whole installation in any 24 hours, with an alarm before that (`text_alarm`). Both are counted from rows of
the outbox, so they hold without a cache. Codes are limited per network, too (`text_code` in ACCOUNT_RATE_LIMITS).
"""

from collections.abc import Callable, Collection
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from exchange.messages import phone_numbers
from exchange.models import Fact, Message
from exchange.models.record import MessageQuerySet
from exchange.reference import facts

COUNTRY = "text.country."
NUMBER_DAY, ALL_DAY = "text.number_day", "text.all_day"
DAY = timedelta(days=1)
Reason = Message.Reason


_more_countries: list[Callable[[], frozenset[str]]] = []


def register_countries(countries_now: Callable[[], frozenset[str]]) -> None:
    """Add regions whose numbers get texts for a while, such as where a group is now."""
    _more_countries.append(countries_now)


def are_on() -> bool:
    """Whether this installation sends texts at all."""
    return bool(settings.TEXT_BACKEND)


def countries() -> frozenset[str]:
    """Regions whose numbers get texts, such as {"US"}; none where texts are off."""
    if not are_on():
        return frozenset()
    keys = Fact.objects.current().filter(key__startswith=COUNTRY, value__gt=0).values_list("key", flat=True)
    listed = frozenset(key.removeprefix(COUNTRY).upper() for key in keys)
    return listed.union(*(more() for more in _more_countries))


def takes(number: str, allowed: Collection[str]) -> bool:
    """Whether this E.164 number can get texts and is of one of these regions."""
    return phone_numbers.is_mobile(number) and phone_numbers.region_of(number) in allowed


def reason_against(number: str, *, is_urgent: bool = False) -> Message.Reason | None:
    """Why no text may go to this number now, whatever it says. No ceiling holds an urgent one."""
    if not are_on():
        return Reason.OFF
    if not takes(number, countries()):
        return Reason.COUNTRY
    if is_urgent:
        return None
    is_over = sent_lately().filter(address=number).count() >= facts.number(NUMBER_DAY)
    return Reason.LIMIT if is_over else None


def are_used_up() -> bool:
    """Whether the installation has sent as many texts in 24 hours as it may."""
    return sent_lately().count() >= facts.number(ALL_DAY)


def sent_lately() -> MessageQuerySet:
    """Texts of the last 24 hours. The alarm counts the same."""
    return Message.objects.filter(channel=Message.Channel.TEXT, sent_at__gt=timezone.now() - DAY)
