"""Pauses between tries: short at first, then an hour, and two days in all."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import tasks
from exchange.messages import retries

BEGAN = dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)  # the night of a clock change
chances = st.floats(0, 1)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 15), (2, 60), (3, 240), (4, 960), (5, 3600), (60, 3600)])
def test_pauses_grow_to_an_hour(attempts, seconds):
    assert retries.pause_after(attempts, 0) == dt.timedelta(seconds=seconds)


@given(st.integers(1, 32_000), chances)
def test_a_pause_is_spread_by_at_most_a_quarter(attempts, chance):
    shortest = retries.pause_after(attempts, 0)
    assert shortest <= retries.pause_after(attempts, chance) <= shortest * 1.25


@given(st.lists(chances, min_size=1, max_size=10))
def test_tries_go_on_for_two_days_and_end(drawn):
    """However the dice fall: 40 to 60 tries, never two within ten seconds, the last one exactly two days later."""
    tries = [BEGAN]
    while (then := retries.next_try(BEGAN, tries[-1], len(tries), drawn[len(tries) % len(drawn)])) is not None:
        assert then > tries[-1]
        tries.append(then)
    assert tries[-1] == BEGAN + dt.timedelta(days=2)
    assert 40 <= len(tries) <= 60


@given(st.integers(1, 100), chances)
def test_a_claim_lasts_two_minutes_and_then_as_long_as_a_pause(attempts, chance):
    lasts = retries.claimed_until(BEGAN, attempts, chance) - BEGAN
    assert lasts == max(dt.timedelta(minutes=2), retries.pause_after(attempts, chance))


def test_a_try_is_over_before_another_worker_may_take_the_message():
    for task in (tasks.deliver_message, tasks.deliver_waiting_messages):
        assert task.soft_time_limit < task.time_limit < retries.CLAIM_LASTS.total_seconds()
