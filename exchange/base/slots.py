"""Slots for what follows an event. The package in which something happens knows only the slot; what follows stands in
one list for each event, in `travel/events.py`, which fills the slots once models are ready.
"""

from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured


class Slot[Follower]:
    """What follows one event, in order."""

    def __init__(self, event: str) -> None:
        self.event = event
        self._followers: tuple[Follower, ...] | None = None

    def fill(self, *followers: Follower) -> None:
        self._followers = followers

    def __iter__(self) -> Iterator[Follower]:
        if self._followers is None:
            raise ImproperlyConfigured(f"travel/events.py has no list of what follows: {self.event}")
        return iter(self._followers)
