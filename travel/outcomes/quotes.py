"""A sentence of a traveler for the outcomes page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language

from applications.models import Cycle
from travel.reflection.stories import Audience, stories


@dataclass(frozen=True, slots=True)
class Quote:
    text: str
    year: int


def quote_of(cycles: Iterable[str]) -> Quote | None:
    """The first story of these cycles (codes) that the office chose, in the reader's language if there is one."""
    keys = list(Cycle.objects.filter(code__in=cycles).values_list("pk", flat=True))
    told = stories(Audience.PUBLIC, (get_language() or "en")[:2], cycles=keys)
    return Quote(told[0].quote, told[0].year) if told else None
