"""Lets actions act on a day that has passed, with codes that anyone can repeat.

Most of the demo's history is written as rows, because actions are slow for thousands. What happens a few times goes
through the actions; inside `past`, what asks Django for the time gets the given one, defaults of fields included.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

from django.db.models import Max
from django.utils import timezone

from exchange.base import codes
from exchange.models import Message
from travel.demo.book import Draw


class _Clock(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class _Codes:
    """Stands for the module `secrets`."""

    def __init__(self, draw: Draw) -> None:
        self.choice = draw.choice

    def token_urlsafe(self, _bytes: int) -> str:
        return "".join(self.choice(codes.ALPHABET) for _ in range(43))


@contextmanager
def past(when: datetime, draw: Draw, *, is_sent: bool = True) -> Iterator[None]:
    """`is_sent`: the messages of what is done inside were sent a minute later, as they would have been by now."""

    class Then(datetime, metaclass=_Clock):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return when.astimezone(tz)

    last = Message.objects.aggregate(last=Max("pk"))["last"] or 0
    with _replaced(timezone, "datetime", Then), _replaced(codes, "secrets", _Codes(draw)):
        yield
    if is_sent:
        sent = {"claimed_at": when, "send_after": None, "sent_at": when + timedelta(minutes=1), "attempts": 1}
        Message.objects.filter(pk__gt=last, dropped_at=None).update(**sent)


@contextmanager
def _replaced(module: ModuleType, name: str, stands_in: Any) -> Iterator[None]:
    before = vars(module)[name]
    vars(module)[name] = stands_in
    try:
        yield
    finally:
        vars(module)[name] = before
