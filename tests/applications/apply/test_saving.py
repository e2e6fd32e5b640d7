"""The pure decision of a save, with made-up fields, in every order in which changes can arrive."""

import datetime as dt
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.apply.saving import (
    DEVICES_MAX,
    OFFICE_DEVICE,
    VERSIONS_MAX,
    Change,
    Field,
    Refusal,
    decide,
    office_change,
    states_after,
    values_of,
)
from applications.base.merge import FieldState, Version, rivals, shown, stored

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
EMPTY = Field(FieldState())


def change(key="why", value="By the river.", device="phone", number=1, minutes=0, **seen):
    return Change(key, value, device, number, NOON + dt.timedelta(minutes=minutes), seen)


def only(outcomes):
    (outcome,) = outcomes
    return outcome


def save(state, *changes, ends_at=None, refusal=None):
    return decide({"why": Field(state, refusal)}, changes, by=7, ends_at=ends_at)


def test_a_change_is_what_the_page_shows_then():
    outcome = only(save(FieldState(), change()))
    assert outcome.refusal is None
    version = shown(outcome.state)
    assert (version.value, version.device, version.number, version.by) == ("By the river.", "phone", 1, 7)
    assert version.typed_at == int(NOON.timestamp() * 1000)


def test_changes_of_one_request_build_on_each_other():
    first, second = save(FieldState(), change(), change(value="By the sea.", number=2))
    assert values_of(states_after([first, second])) == {"why": "By the sea."}
    assert len(second.state.versions) == 1


def test_two_devices_that_did_not_see_each_other_stand_side_by_side():
    outcomes = save(FieldState(), change(device="phone"), change(device="tablet", value="By the sea.", minutes=1))
    state = states_after(outcomes)["why"]
    assert shown(state).value == "By the sea."
    assert [each.value for each in rivals(state)] == ["By the river."]


OF_THE_FIELD = [each for each in Refusal if each not in (Refusal.CLOSED, Refusal.TOO_MANY_VERSIONS)]


@pytest.mark.parametrize("refusal", OF_THE_FIELD)
def test_a_field_that_takes_no_change_keeps_what_it_has(refusal):
    before = stored("By the river.")
    outcome = only(save(before, change(value="By the sea."), refusal=refusal))
    assert (outcome.refusal, outcome.state) == (refusal, None)
    assert states_after([outcome]) == {}


def test_one_refused_field_does_not_hold_up_the_others():
    fields = {"why": Field(FieldState(), Refusal.PART_NOT_OPEN), "major": EMPTY}
    outcomes = decide(fields, [change(), change(key="major", value="Law")], by=None, ends_at=None)
    assert [each.refusal for each in outcomes] == [Refusal.PART_NOT_OPEN, None]
    assert values_of(states_after(outcomes)) == {"major": "Law"}


@pytest.mark.parametrize(("minutes", "is_late"), [(-1, False), (0, True), (1, True)])
def test_what_was_typed_after_the_end_is_refused(minutes, is_late):
    outcome = only(save(FieldState(), change(minutes=minutes), ends_at=NOON))
    assert outcome.refusal == (Refusal.CLOSED if is_late else None)


def test_without_a_deadline_nothing_is_late():
    assert only(save(FieldState(), change(minutes=10**6))).refusal is None


def test_a_field_has_room_for_so_many_versions_and_the_devices_that_wrote_them_go_on():
    state = FieldState()
    for number in range(VERSIONS_MAX):
        state = only(save(state, change(device=f"phone-{number}"))).state
    assert only(save(state, change(device="one-more"))).refusal == Refusal.TOO_MANY_VERSIONS
    assert only(save(state, change(device="phone-3", number=2))).refusal is None


def test_devices_without_a_version_are_forgotten_when_there_are_too_many():
    state = FieldState()
    for number in range(DEVICES_MAX + 1):
        state = only(save(state, change(device=f"page-{number}", **dict(state.seen)))).state
    assert set(state.seen) == {f"page-{DEVICES_MAX}"}


def test_a_number_that_nobody_wrote_swallows_nothing():
    state = only(save(FieldState(), change(device="phone", number=1))).state
    state = only(save(state, change(device="tablet", value="By the sea.", phone=99))).state
    state = only(save(state, change(device="phone", number=2, value="By the lake."))).state
    assert {each.value for each in state.versions} == {"By the sea.", "By the lake."}


def test_the_office_replaces_everything_there_is():
    state = states_after(save(FieldState(), change(device="phone"), change(device="tablet", value="By the sea.")))[
        "why"
    ]
    again = office_change("why", "By the lake.", state, NOON)
    state = only(save(state, again)).state
    assert [each.value for each in state.versions] == ["By the lake."]
    twice = office_change("why", "Here.", state, NOON)  # in the same microsecond
    assert twice.number > again.number
    assert values_of(states_after(save(state, twice))) == {"why": "Here."}


changes = st.lists(
    st.builds(
        change,
        value=st.sampled_from(["a", "b", "", None]),
        device=st.sampled_from(["phone", "tablet", OFFICE_DEVICE]),
        number=st.integers(1, 3),
        minutes=st.integers(0, 3),
    ),
    max_size=4,
)


@given(changes)
def test_the_order_in_which_changes_arrive_does_not_matter(some):
    # each number stands for one content, as devices write them
    some = list({(each.device, each.number): each for each in some}.values())
    states = {repr(states_after(save(FieldState(), *order)).get("why")) for order in permutations(some)}
    assert len(states) == 1


@given(changes)
def test_sent_again_nothing_changes(some):
    state = states_after(save(FieldState(), *some)).get("why", FieldState())
    assert states_after(save(state, *some)).get("why", FieldState()) == state


@given(changes, st.integers(0, 3))
def test_every_change_has_its_outcome_and_a_refused_one_leaves_no_trace(some, end):
    outcomes = save(FieldState(), *some, ends_at=NOON + dt.timedelta(minutes=end))
    assert [each.change for each in outcomes] == some
    kept = [each.change for each in outcomes if each.refusal is None]
    assert states_after(outcomes) == states_after(save(FieldState(), *kept))
    assert all(isinstance(each, Version) for state in states_after(outcomes).values() for each in state.versions)
