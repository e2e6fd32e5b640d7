"""How long a stranger waits for the next code to an address. No Django; times are in seconds."""


def delay(sent: int, *, free: int, first: float, longest: float) -> float:
    """Time after the last code before the next is sent, where `sent` were sent within a day.

    None for the first `free` codes; then `first`, doubled with every code, and never more than `longest`.
    """
    doubled = sent - free
    if doubled < 0:
        return 0
    return min(longest, first * 2.0 ** min(doubled, 30))  # beyond 30 any limit is reached


def wait(sent: int, since_last: float, *, free: int, first: float, longest: float) -> float:
    """What is left of the delay, 0 if the next code may be sent now."""
    return max(0.0, delay(sent, free=free, first=first, longest=longest) - since_last)
