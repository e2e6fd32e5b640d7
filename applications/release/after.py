"""What other apps do once a cycle's results are out: `travel` registers itself, because this app cannot import it."""

from collections.abc import Callable

from applications.models import Cycle

type Follower = Callable[[Cycle], None]
_followers: list[Follower] = []


def register(follower: Follower) -> None:
    """Called after the commit of a release, in the worker; must neither wait nor fail."""
    _followers.append(follower)


def tell(cycle: Cycle) -> None:
    for each in _followers:
        each(cycle)
