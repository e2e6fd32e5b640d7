"""A story of a traveler for the outcomes page."""

from collections.abc import Iterable

from django.utils.translation import get_language

from applications.models import Cycle
from travel.reflection.stories import Audience, Told, stories


def quote_of(cycles: Iterable[Cycle]) -> Told | None:
    """The first story of these cycles that the office chose, in the reader's language if there is one."""
    keys = [cycle.pk for cycle in cycles]
    told = stories(Audience.PUBLIC, (get_language() or "en")[:2], cycles=keys)
    return told[0] if told else None
