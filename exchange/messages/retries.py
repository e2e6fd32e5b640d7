"""When a message that couldn't be sent is tried again. Pure: times in, times out.

The pause grows fourfold from FIRST to LONGEST: a sign-in code gets its second try within a minute, and a mailbox that
is full or a server that greylists gets one an hour. RFC 5321, 4.5.4.1 advises mail servers to give up after four to
five days; what we send is news with a deadline, so after two days a person should know and call.
"""

from datetime import datetime, timedelta

LASTS = timedelta(days=2)
FIRST = timedelta(seconds=15)
LONGEST = timedelta(hours=1)
GROWS = 4
# each pause is up to this share longer, so that the messages of one release don't all come back in the same second
SPREAD = 0.25
# A worker that was killed while sending leaves its claim behind; after this time another may take the row. Longer than
# a try may take: the time limits of the tasks that send are shorter.
CLAIM_LASTS = timedelta(minutes=2)


def pause_after(attempts: int, chance: float) -> timedelta:
    """The pause after try number `attempts` (1 or more) has failed. `chance`: a random number from 0 to 1."""
    steps = min(max(attempts, 1) - 1, 8)  # by then it is LONGEST, and a large power would overflow
    pause: timedelta = min(FIRST * GROWS**steps, LONGEST)
    return pause * (1 + SPREAD * chance)


def next_try(began_at: datetime, now: datetime, attempts: int, chance: float) -> datetime | None:
    """When to try again; None to give up, LASTS after `began_at`. The last try is at the very end of that time."""
    ends_at = began_at + LASTS
    return min(now + pause_after(attempts, chance), ends_at) if now < ends_at else None


def claimed_until(now: datetime, attempts: int, chance: float) -> datetime:
    """When another worker may take a row that is claimed now for try number `attempts`. It grows like the pauses: a
    message that kills every worker must not kill one every two minutes."""
    return now + max(CLAIM_LASTS, pause_after(attempts, chance))
