"""When a signed-in session ends: at a fixed time, and after a time without use. No Django; times are in seconds.

The limits are stored in the session when it begins, so that no page has to look them up.
"""

from collections.abc import MutableMapping
from typing import Any

type Session = MutableMapping[str, Any]

ENDS = "session_ends"  # session key: {"at": since the epoch, "idle": longest time without use, or 0}
SEEN = "seen_at"  # session key: since the epoch
WARNED = 180  # seconds before the end at which a page says so
FAR = 20 * 3600  # seconds: a session with more left isn't warned about (WCAG 2.2.1)
STEPS = 20  # a use is written down once per twentieth of the idle time, which may therefore end that much early


def begin(session: Session, *, now: float, lasts: float, idle: float) -> None:
    session[ENDS] = {"at": now + lasts, "idle": idle}
    session[SEEN] = now


def why_over(session: Session, now: float) -> str:
    """ "time" at the fixed end, "idle" after too long without use, else "".

    Always "" for a session without limits: nobody has signed in through our pages.
    """
    if not (ends := session.get(ENDS)):
        return ""
    if now >= ends["at"]:
        return "time"
    return "idle" if ends["idle"] > 0 and now - session[SEEN] >= ends["idle"] else ""


def next_end(session: Session, now: float) -> tuple[str, float] | None:
    """Why the session would end next, as `why_over` says it, and after how many seconds. None if it has no limits."""
    if not (ends := session.get(ENDS)):
        return None
    found = ("time", ends["at"] - now)
    return min(found, ("idle", session[SEEN] + ends["idle"] - now), key=_seconds) if ends["idle"] > 0 else found


def _seconds(end: tuple[str, float]) -> float:
    return end[1]


def is_over(session: Session, now: float) -> bool:
    return bool(why_over(session, now))


def note_use(session: Session, now: float) -> None:
    """Write down that the session is in use, but seldom, because that stores the session."""
    ends = session.get(ENDS)
    if ends and now - session[SEEN] >= ends["idle"] / STEPS > 0:
        session[SEEN] = now


def keep(session: Session, now: float, *, lasts: float = 0) -> None:
    """The person wants to go on: the session is in use now, and with `lasts` its fixed end is set anew."""
    session[SEEN] = now
    if lasts:
        session[ENDS] = session[ENDS] | {"at": now + lasts}
