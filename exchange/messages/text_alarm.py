"""Tells the office before a day's texts are used up: somebody may run up a bill, or a release needs more."""

from django.db import transaction
from django.utils import timezone

from exchange.base import roles
from exchange.messages import outbox, text_limits
from exchange.models import Message
from exchange.reference import facts

PERCENT = "text.alarm_percent"
TEMPLATE = "exchange/texts_limit"


@transaction.atomic
def look_after() -> int:
    """Tell the office when texts come to the fact's share of the day's ceiling, and when they are used up; each once in
    24 hours. Called by beat. Returns how many people were written to.
    """
    if not text_limits.are_on():
        return 0
    number = facts.numbers(text_limits.ALL_DAY, PERCENT)
    sent, limit, percent = text_limits.sent_lately().count(), int(number[text_limits.ALL_DAY]), int(number[PERCENT])
    level = 100 if sent >= limit else percent if sent * 100 >= limit * percent else 0
    batch = f"texts_limit:{level}"
    lately = Message.objects.filter(template=TEMPLATE, batch=batch, queued_at__gt=timezone.now() - text_limits.DAY)
    if not level or lately.exists():
        return 0
    context = {"sent": sent, "limit": limit, "is_used_up": level == 100}
    office = list(roles.coordinators())
    for person in office:
        outbox.queue(TEMPLATE, to=person, context=context, batch=batch)
    return len(office)
