"""Where one person of a check-in stands, from everything that was said and noted about them. Pure.

Help outlasts any later answer of the same person: only somebody named, who saw or called them, takes it back. So it is
with "not here" in a roll call and with leaders who disagree: a text from a phone is no proof of where its owner is. Of
two answers that disagree, help wins. Words that weren't understood are read by somebody named before a "1" after them
counts: they may say that someone is hurt. A note that was undone counts as never made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from travel.abroad.roll_call import Tap


class State(StrEnum):
    """`ORDER` is the order of a board: who needs somebody first."""

    HELP = "help"
    MISSING = "missing"  # not here, says a leader in the roll call
    DISPUTED = "disputed"  # here, says one leader, and not here another
    UNCLEAR = "unclear"
    NO_ANSWER = "no_answer"  # called, no answer
    ASKED = "asked"
    SAFE = "safe"  # in their own words
    SEEN = "seen"  # by a named person, in person or on the phone


class Said(StrEnum):
    """What moves a state. Four come from the person, three from the taps of leaders, the others from somebody named."""

    SAFE = "safe"
    HELP = "help"
    UNCLEAR = "unclear"
    THANKS = "thanks"
    HERE = "here"
    NOT_HERE = "not_here"
    DISPUTED = "disputed"
    READ = "read"  # their words, and they say that they're safe
    SEEN = "seen"
    CALLED_SAFE = "called_safe"
    CALLED_HELP = "called_help"
    CALLED_NO_ANSWER = "no_answer"


ACCOUNTED = frozenset({State.SAFE, State.SEEN})
NOT_THERE = frozenset({State.MISSING, State.DISPUTED})
ORDER = tuple(State)
BY_A_PERSON = frozenset({Said.READ, Said.SEEN, Said.CALLED_SAFE, Said.CALLED_HELP, Said.CALLED_NO_ANSWER})
BY_THEMSELVES = frozenset({Said.SAFE, Said.HELP, Said.UNCLEAR, Said.THANKS})
BY_TAPS = frozenset({Said.HERE, Said.NOT_HERE, Said.DISPUTED})
# what bears a state: the last one of these says since when and by whom
BEARS = {
    State.SAFE: frozenset({Said.SAFE, Said.READ}),
    State.SEEN: frozenset({Said.SEEN, Said.CALLED_SAFE, Said.HERE}),
    State.MISSING: frozenset({Said.NOT_HERE}),
    State.DISPUTED: frozenset({Said.DISPUTED}),
    State.HELP: frozenset({Said.HELP, Said.CALLED_HELP}),
}


def fold(said: Iterable[Said]) -> State:
    """The state after all of these, the oldest first; ASKED before any."""
    state, has_unread = State.ASKED, False
    for each in said:
        state = after(state, each, has_unread=has_unread)
        has_unread = each == Said.UNCLEAR or (has_unread and each != Said.READ)
    return state


def after(state: State, said: Said, *, has_unread: bool = False) -> State:
    """`has_unread`: they wrote what wasn't understood, and nobody has noted since that it says they're safe."""
    match said:
        case Said.HELP | Said.CALLED_HELP:
            return State.HELP
        case Said.SEEN | Said.CALLED_SAFE:
            return State.SEEN
        case Said.HERE | Said.NOT_HERE | Said.DISPUTED:
            return _after_taps(state, said)
        case Said.CALLED_NO_ANSWER:
            return State.NO_ANSWER if state == State.ASKED else state
        case Said.READ:
            return State.SAFE if state == State.UNCLEAR else state
        case Said.SAFE:
            if has_unread and state == State.UNCLEAR:
                return state
            return State.SAFE if state not in {State.HELP, State.SEEN} | NOT_THERE else state
        case Said.UNCLEAR:
            return State.UNCLEAR if state not in {State.HELP} | NOT_THERE else state
        case Said.THANKS:
            return State.UNCLEAR if state in (State.ASKED, State.NO_ANSWER) else state


def _after_taps(state: State, said: Said) -> State:
    """A call for help isn't over because somebody is on the bus: who saw them says so on the board."""
    if state == State.HELP:
        return state
    return {Said.HERE: State.SEEN, Said.NOT_HERE: State.MISSING, Said.DISPUTED: State.DISPUTED}[said]


@dataclass(frozen=True, slots=True)
class Statement:
    """Who said what, when they said it, and by which way.

    `by`: who saw, called or tapped; "" for the person's own words. `by_link`: on their page and not by text. `taps`:
    those that stand in the roll call, the oldest first.
    """

    said: Said
    at: datetime
    by: str = ""
    by_user: int | None = None
    by_link: bool = False
    words: str = ""
    taps: tuple[Tap, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """Where somebody stands, and the statement that says so; none while nobody said anything."""

    state: State
    statement: Statement | None = None


def account(statements: Sequence[Statement]) -> Account:
    """Of these, the oldest first."""
    state = fold(each.said for each in statements)
    bearing = [each for each in statements if each.said in BEARS.get(state, ())]
    last = statements[-1] if statements else None
    return Account(state, bearing[-1] if bearing else last)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of all are in each group; they add up to `all`. `not_there`: not here in the roll call, or disputed."""

    all: int
    accounted: int
    help: int
    not_there: int
    unclear: int
    waiting: int

    @property
    def open(self) -> int:
        return self.all - self.accounted


def tally(states: Iterable[State | str]) -> Tally:
    found = [State(each) for each in states]
    accounted = sum(each in ACCOUNTED for each in found)
    not_there = sum(each in NOT_THERE for each in found)
    needs, unclear = found.count(State.HELP), found.count(State.UNCLEAR)
    waiting = len(found) - accounted - needs - not_there - unclear
    return Tally(len(found), accounted, needs, not_there, unclear, waiting)
