"""Where one person of a check-in stands, from everything that was said and noted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.abroad.accounting import ACCOUNTED, ORDER, Said, State, Tally, after, fold, tally

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


# what becomes of each state, in the order of a board: help, unclear, no answer, asked, safe, seen
BECOMES = {
    Said.SAFE: ("help", "safe", "safe", "safe", "safe", "seen"),
    Said.HELP: ("help",) * 6,
    Said.UNCLEAR: ("help", "unclear", "unclear", "unclear", "unclear", "unclear"),
    Said.THANKS: ("help", "unclear", "unclear", "unclear", "safe", "seen"),
    Said.SEEN: ("seen",) * 6,
    Said.CALLED_SAFE: ("seen",) * 6,
    Said.CALLED_HELP: ("help",) * 6,
    Said.CALLED_NO_ANSWER: ("help", "unclear", "no_answer", "no_answer", "safe", "seen"),
}


@pytest.mark.parametrize("said", Said)
def test_what_is_said_moves_each_state_to_one_other(said):
    assert tuple(after(state, said) for state in ORDER) == BECOMES[said]


@given(everything)
def test_nobody_is_accounted_for_who_did_not_say_so_and_was_not_seen(said):
    state = fold(said)
    if state in ACCOUNTED:
        assert {Said.SAFE, Said.SEEN, Said.CALLED_SAFE} & set(said)
    if state == State.SEEN:
        assert {Said.SEEN, Said.CALLED_SAFE} & set(said)


@given(everything)
def test_help_stays_until_somebody_named_has_seen_or_called_them(said):
    helps = [place for place, each in enumerate(said) if each in (Said.HELP, Said.CALLED_HELP)]
    seen = [place for place, each in enumerate(said) if each in (Said.SEEN, Said.CALLED_SAFE)]
    if helps and max(helps) > max(seen, default=-1):
        assert fold(said) == State.HELP


def test_a_board_counts_each_group():
    states = ["help", "unclear", "unclear", "no_answer", "asked", "asked", "safe", "safe", "safe", "seen"]
    counts = tally(states)
    assert counts == Tally(all=10, accounted=4, help=1, unclear=2, waiting=3) and counts.open == 6


@given(st.lists(st.sampled_from(State)))
def test_the_tally_adds_up(states):
    counts = tally(states)
    assert counts.accounted + counts.help + counts.unclear + counts.waiting == counts.all == len(states)
    assert counts.open == sum(state not in ACCOUNTED for state in states)
