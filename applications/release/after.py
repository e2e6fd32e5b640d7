"""The slot for what follows once a cycle's results are out. Called after the commit, in the worker: nothing there may
wait or fail."""

from collections.abc import Callable

from applications.models import Cycle
from exchange.base.slots import Slot

RELEASED: Slot[Callable[[Cycle], object]] = Slot("released")


def tell(cycle: Cycle) -> None:
    for follow in RELEASED:
        follow(cycle)
