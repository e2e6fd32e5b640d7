"""Where one person of a check-in stands, from everything that was said and noted."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.abroad.accounting import (
    ACCOUNTED,
    ORDER,
    Account,
    Said,
    State,
    Statement,
    Tally,
    account,
    after,
    fold,
    tally,
)

AT, HOUR = dt.datetime(2026, 6, 17, 7, 28, tzinfo=dt.UTC), dt.timedelta(hours=1)
everything = st.lists(st.sampled_from(Said))


def test_of_two_answers_that_disagree_help_wins():
    assert fold([Said.SAFE, Said.HELP]) == fold([Said.HELP, Said.SAFE]) == State.HELP


def test_a_named_person_takes_help_back_and_a_later_call_for_help_counts_again():
    assert fold([Said.HELP, Said.SEEN]) == fold([Said.HELP, Said.CALLED_SAFE]) == State.SEEN
    assert fold([Said.HELP, Said.SEEN, Said.HELP]) == State.HELP


def test_a_thank_you_after_the_answer_changes_nothing_and_is_no_answer_before_it():
    assert fold([Said.SAFE, Said.THANKS]) == State.SAFE
    assert fold([Said.THANKS]) == State.UNCLEAR


def test_more_words_after_safe_go_to_a_person():
    assert fold([Said.SAFE, Said.UNCLEAR]) == State.UNCLEAR


def test_a_one_after_words_counts_once_a_person_has_read_them():
    assert fold([Said.UNCLEAR, Said.SAFE]) == fold([Said.SAFE, Said.UNCLEAR, Said.THANKS, Said.SAFE]) == State.UNCLEAR
    assert fold([Said.UNCLEAR, Said.SAFE, Said.READ]) == fold([Said.UNCLEAR, Said.READ, Said.SAFE]) == State.SAFE
    assert fold([Said.UNCLEAR, Said.READ, Said.UNCLEAR, Said.SAFE]) == State.UNCLEAR
    assert fold([Said.THANKS, Said.SAFE]) == State.SAFE  # an "OK" has nothing to read


def test_the_statement_stays_while_the_words_before_it_are_unread():
    said = [Statement(Said.UNCLEAR, AT, words="and Maria?"), Statement(Said.SAFE, AT + HOUR)]
    read = Statement(Said.READ, AT + 2 * HOUR, "Ruth")
    assert account(said) == Account(State.UNCLEAR, said[1])
    assert account([*said, read]) == Account(State.SAFE, read)


@given(st.lists(st.sampled_from([Said.UNCLEAR, Said.SAFE, Said.THANKS, Said.CALLED_NO_ANSWER, Said.READ])))
def test_words_that_nobody_has_read_keep_it_open(said):
    unread = [place for place, each in enumerate(said) if each == Said.UNCLEAR]
    read = [place for place, each in enumerate(said) if each == Said.READ]
    if unread and max(unread) > max(read, default=-1):
        assert fold(said) == State.UNCLEAR


# what becomes of each state, in the order of a board: help, missing, disputed, unclear, no answer, asked, safe, seen
BECOMES = {
    Said.SAFE: ("help", "missing", "disputed", "safe", "safe", "safe", "safe", "seen"),
    Said.HELP: ("help",) * 8,
    Said.UNCLEAR: ("help", "missing", "disputed", "unclear", "unclear", "unclear", "unclear", "unclear"),
    Said.THANKS: ("help", "missing", "disputed", "unclear", "unclear", "unclear", "safe", "seen"),
    Said.HERE: ("help",) + ("seen",) * 7,
    Said.NOT_HERE: ("help",) + ("missing",) * 7,
    Said.DISPUTED: ("help",) + ("disputed",) * 7,
    Said.READ: ("help", "missing", "disputed", "safe", "no_answer", "asked", "safe", "seen"),
    Said.SEEN: ("seen",) * 8,
    Said.CALLED_SAFE: ("seen",) * 8,
    Said.CALLED_HELP: ("help",) * 8,
    Said.CALLED_NO_ANSWER: ("help", "missing", "disputed", "unclear", "no_answer", "no_answer", "safe", "seen"),
}
NAMED = {Said.SEEN, Said.CALLED_SAFE}


@pytest.mark.parametrize("said", Said)
def test_what_is_said_moves_each_state_to_one_other(said):
    assert tuple(after(state, said) for state in ORDER) == BECOMES[said]


@given(everything)
def test_nobody_is_accounted_for_who_did_not_say_so_and_was_not_seen(said):
    state = fold(said)
    if state in ACCOUNTED:
        assert ({Said.SAFE, Said.HERE, Said.READ} | NAMED) & set(said)
    if state == State.SEEN:
        assert ({Said.HERE} | NAMED) & set(said)


# few kinds, so that a text often follows a leader who misses them
missed_and_found = st.lists(st.sampled_from([Said.NOT_HERE, Said.DISPUTED, Said.SAFE, Said.UNCLEAR, Said.HERE]))


@given(missed_and_found)
def test_whom_leaders_miss_stays_open_until_somebody_named_has_them(said):
    """Whatever the person's own phone says: it's no proof of where they are."""
    missed = [place for place, each in enumerate(said) if each in (Said.NOT_HERE, Said.DISPUTED)]
    found = [place for place, each in enumerate(said) if each in {Said.HERE} | NAMED]
    if missed and max(missed) > max(found, default=-1):
        assert fold(said) not in ACCOUNTED


def test_the_statement_that_bears_a_state_keeps_its_time_and_who_made_it():
    said = [
        Statement(Said.SAFE, AT),
        Statement(Said.HERE, AT + 2 * HOUR, "Ruth"),
        Statement(Said.CALLED_NO_ANSWER, AT + 3 * HOUR, "Inés"),
    ]
    assert account(said) == Account(State.SEEN, said[1])
    assert account([said[0], said[2]]) == Account(State.SAFE, said[0])
    assert account([said[2]]) == Account(State.NO_ANSWER, said[2])
    assert account([]) == Account(State.ASKED, None)


@given(everything)
def test_help_stays_until_somebody_named_has_seen_or_called_them(said):
    helps = [place for place, each in enumerate(said) if each in (Said.HELP, Said.CALLED_HELP)]
    seen = [place for place, each in enumerate(said) if each in (Said.SEEN, Said.CALLED_SAFE)]
    if helps and max(helps) > max(seen, default=-1):
        assert fold(said) == State.HELP


def test_a_board_counts_each_group():
    states = ["help", "missing", "disputed", "disputed", "unclear", "unclear", "no_answer", "asked", "safe", "seen"]
    counts = tally(states)
    assert counts == Tally(all=10, accounted=2, help=1, not_there=3, unclear=2, waiting=2) and counts.open == 8


@given(st.lists(st.sampled_from(State)))
def test_the_tally_adds_up(states):
    counts = tally(states)
    assert (
        counts.accounted + counts.help + counts.not_there + counts.unclear + counts.waiting == counts.all == len(states)
    )
    assert counts.open == sum(state not in ACCOUNTED for state in states)
