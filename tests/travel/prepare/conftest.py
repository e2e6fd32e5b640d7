"""A clock that stands still, for the tests that compare all of a story (`tests/told_whole.py`)."""

import pytest
import time_machine

from tests.clock import NOON


@pytest.fixture
def still():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def story(still, db):
    from tests.told_whole import Story  # noqa: PLC0415 -- apps are ready only now

    return Story(still)
