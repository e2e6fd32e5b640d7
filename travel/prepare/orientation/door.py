"""The code on the screen at the door of a session, which changes every minute or so. Pure: the time is passed in.

It's signed and names the session and the period in which it was made, so that a photo of it is soon worth nothing. A
code is taken in its own period and in the next one: whoever scans it as it changes isn't turned away.
"""

from datetime import datetime

from exchange.base import links

# no declared private link (docs/adr/0007): it lives for minutes, and only asks whoever signs in whether they're there
PURPOSE = "travel.door"


def code_at(session: str, moment: datetime, seconds: int) -> str:
    """The code of this session (its `code`) at this moment; `seconds`: how long a period lasts."""
    return links.sign(PURPOSE, f"{session}-{_period(moment, seconds)}")


def session_of(code: str, moment: datetime, seconds: int) -> str | None:
    """The `code` of the session that a scanned code is for; None if it isn't ours, is too old or is from the future."""
    session, _dash, period = (links.token_of(PURPOSE, code) or "").rpartition("-")
    if not session or not period.isdecimal():
        return None
    return session if 0 <= _period(moment, seconds) - int(period) <= 1 else None


def is_ours(code: str) -> bool:
    """Whether we made it, whenever that was."""
    return links.token_of(PURPOSE, code) is not None


def _period(moment: datetime, seconds: int) -> int:
    return int(moment.timestamp()) // seconds
