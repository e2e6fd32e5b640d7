"""Where one person of a check-in stands, from everything that was said and noted about them. Pure.

Help outlasts any later answer of the same person: only somebody named, who saw or called them, takes it back. Of two
answers that disagree, help wins. A note that was undone counts as never made.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`ORDER` is the order of a board: who needs somebody first."""

    HELP = "help"
    UNCLEAR = "unclear"
    NO_ANSWER = "no_answer"  # called, no answer
    ASKED = "asked"
    SAFE = "safe"  # in their own words
    SEEN = "seen"  # by a named person, in person or on the phone


class Said(StrEnum):
    """What moves a state. The first four come from the person, the others from somebody named."""

    SAFE = "safe"
    HELP = "help"
    UNCLEAR = "unclear"
    THANKS = "thanks"
    SEEN = "seen"
    CALLED_SAFE = "called_safe"
    CALLED_HELP = "called_help"
    CALLED_NO_ANSWER = "no_answer"


ACCOUNTED = frozenset({State.SAFE, State.SEEN})
ORDER = tuple(State)
BY_A_PERSON = frozenset({Said.SEEN, Said.CALLED_SAFE, Said.CALLED_HELP, Said.CALLED_NO_ANSWER})


def fold(said: Iterable[Said]) -> State:
    """The state after all of these, the oldest first; ASKED before any."""
    state = State.ASKED
    for each in said:
        state = after(state, each)
    return state


def after(state: State, said: Said) -> State:
    match said:
        case Said.HELP | Said.CALLED_HELP:
            return State.HELP
        case Said.SEEN | Said.CALLED_SAFE:
            return State.SEEN
        case Said.CALLED_NO_ANSWER:
            return State.NO_ANSWER if state == State.ASKED else state
        case Said.SAFE:
            return state if state in (State.HELP, State.SEEN) else State.SAFE
        case Said.UNCLEAR:
            return state if state == State.HELP else State.UNCLEAR
        case Said.THANKS:
            return State.UNCLEAR if state in (State.ASKED, State.NO_ANSWER) else state


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of all are in each group; they add up to `all`."""

    all: int
    accounted: int
    help: int
    unclear: int
    waiting: int

    @property
    def open(self) -> int:
        return self.all - self.accounted


def tally(states: Iterable[State | str]) -> Tally:
    found = [State(each) for each in states]
    accounted = sum(each in ACCOUNTED for each in found)
    needs, unclear = found.count(State.HELP), found.count(State.UNCLEAR)
    return Tally(len(found), accounted, needs, unclear, len(found) - accounted - needs - unclear)
