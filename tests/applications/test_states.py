"""Every pair of states: the moves that the project's description names are allowed, and no other."""

import itertools

import pytest

from applications.states import IN_THE_CYCLE, MOVES, OPEN_FOR_EDITING, TONES, Status, check_move
from exchange.base.errors import RuleViolation
from tests.factories_applications import ApplicationFactory

# written out by hand, so that a mistake in MOVES fails
ALLOWED = {
    "draft": "submitted withdrawn",
    "submitted": "returned selected waitlisted not_selected withdrawn",
    "returned": "submitted withdrawn",
    "selected": "confirmed declined withdrawn",
    "waitlisted": "selected not_selected withdrawn",
    "not_selected": "",
    "confirmed": "withdrawn",
    "declined": "",
    "withdrawn": "",
}


@pytest.mark.parametrize(("source", "target"), list(itertools.product(Status.values, repeat=2)))
def test_move_is_allowed_only_where_listed(source, target):
    refused = ""
    try:
        check_move(source, target)
    except RuleViolation as violation:
        refused = violation.code
    assert refused == ("" if target in ALLOWED[source].split() else "move_not_allowed")


def test_every_state_has_moves_and_a_tone():
    assert set(MOVES) == set(Status) == set(TONES)


def test_the_sets_of_states():
    assert set(OPEN_FOR_EDITING) == {"draft", "returned"}
    assert set(Status) - IN_THE_CYCLE == {"draft", "withdrawn"}


def test_move_to_changes_the_row_in_memory_and_refuses_the_rest():
    application = ApplicationFactory.build(status=Status.SUBMITTED)
    application.move_to(Status.SELECTED)
    assert application.status == Status.SELECTED
    with pytest.raises(RuleViolation):
        application.move_to(Status.DRAFT)
    assert application.status == Status.SELECTED
