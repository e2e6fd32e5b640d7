"""Where a permission to enter stands, as a page shows it. Pure: plain values in, one `Entry` out.

What is stored is one word that the student or the office said, and a last day. What is shown also depends on the city's
rule for a U.S. passport, until somebody has said what holds for this traveler, and on the day of return.

Source: domain reference 2.6 (never record why) and 2.7 (rules differ by document, and are checked each cycle).
"""

from datetime import date
from enum import StrEnum


class Entry(StrEnum):
    TO_SAY = "to_say"  # nobody has said what this traveler needs
    NONE_BY_RULE = "none_by_rule"  # nothing with a U.S. passport; the student hasn't said whether that holds for them
    NOT_NEEDED = "not_needed"
    UNSURE = "unsure"
    NEEDED = "needed"
    APPLIED = "applied"
    GRANTED = "granted"
    ENDS_EARLY = "ends_early"  # granted, and over before the trip is
    REFUSED = "refused"


# nothing is left to do
SETTLED = frozenset({Entry.NOT_NEEDED, Entry.GRANTED})
# a person has to act now
TROUBLE = frozenset({Entry.REFUSED, Entry.ENDS_EARLY})
# the order of the office's list: first who needs somebody
BY_NEED = (
    Entry.REFUSED,
    Entry.ENDS_EARLY,
    Entry.UNSURE,
    Entry.TO_SAY,
    Entry.NEEDED,
    Entry.APPLIED,
    Entry.NONE_BY_RULE,
    Entry.GRANTED,
    Entry.NOT_NEEDED,
)


def shown(
    said: str | None, *, valid_until: date | None = None, returns_on: date, rule_asks_nothing: bool = False
) -> Entry:
    """`said`: the stored state, None without one. `valid_until`: None if it has no last day, or it isn't known.

    `rule_asks_nothing`: the city's rule for a U.S. passport is reliable and asks nothing before the flight. ValueError
    for an unknown state.
    """
    if said is None:
        return Entry.NONE_BY_RULE if rule_asks_nothing else Entry.TO_SAY
    state = Entry(said)
    if state == Entry.GRANTED and valid_until is not None and valid_until < returns_on:
        return Entry.ENDS_EARLY
    return state
