"""Taps of several leaders become one roll call, whatever the order in which they arrive."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from travel.abroad.roll_call import Count, Mark, Standing, Tap, count, standings

START = dt.datetime(2026, 6, 1, 8, tzinfo=dt.UTC)
KEYS = [f"k{number}" for number in range(8)]


def tap(key, is_here=True, by="Ruth", *, minute=0, over=(), traveler="Ana"):
    return Tap(key, traveler, is_here, START + dt.timedelta(minutes=minute), by, frozenset(over))


@st.composite
def many(draw):
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=8))
    return [
        tap(
            key,
            draw(st.booleans()),
            draw(st.sampled_from(["Ruth", "Omar", "Lin"])),
            minute=draw(st.integers(0, 3)),
            over=draw(st.sets(st.sampled_from(KEYS), max_size=2)),
            traveler=draw(st.sampled_from(["Ana", "Ben"])),
        )
        for key in keys
    ]


def test_two_leaders_who_agree():
    found = standings([tap("a", by="Ruth"), tap("b", by="Omar", minute=1)], ["Ana", "Ben"])
    assert found["Ana"].mark == Mark.HERE and [each.by for each in found["Ana"].taps] == ["Ruth", "Omar"]
    assert found["Ben"] == Standing(Mark.OPEN)
    assert count(found) == Count(here=1, missing=0, conflicts=0)


def test_two_leaders_who_did_not_know_of_each_other_and_disagree():
    seen, missed = tap("a", by="Ruth"), tap("b", False, by="Omar", minute=9)
    assert standings([seen, missed])["Ana"] == Standing(Mark.CONFLICT, (seen, missed))


def test_who_sees_both_settles_it():
    both = [tap("a", by="Ruth"), tap("b", False, by="Omar"), tap("c", by="Omar", minute=2, over=["a", "b"])]
    assert standings(both)["Ana"] == Standing(Mark.HERE, (both[2],))


def test_a_leader_corrects_their_own_tap():
    assert standings([tap("a", minute=0), tap("b", False, minute=1)])["Ana"].mark == Mark.MISSING


@given(many(), st.randoms())
def test_neither_order_nor_repetition_matters(taps, random):
    shuffled = [*taps, *taps[:3]]
    random.shuffle(shuffled)
    assert standings(shuffled) == standings(taps)


@given(many(), many())
def test_merging_is_a_union(some, more):
    known = {each.key for each in some}
    more = [each for each in more if each.key not in known]
    assert standings([*some, *more]) == standings([*more, *some])


@given(many())
def test_taps_that_disagree_are_never_overwritten_in_silence(taps):
    for standing in standings(taps).values():
        said = {each.is_here for each in standing.taps}
        assert (standing.mark == Mark.CONFLICT) == (len(said) == 2)
        assert (standing.mark == Mark.OPEN) == (not said)


@given(many())
def test_everybody_who_was_tapped_has_a_mark(taps):
    found = standings(taps)
    assert set(found) == {each.traveler for each in taps}
    assert all(each.taps for each in found.values())


@given(many(), st.booleans())
def test_a_tap_over_all_that_stands_decides(taps, is_here):
    standing = standings(taps, ["Ana"])["Ana"]
    last = tap("last", is_here, "Zoe", minute=60, over=[each.key for each in standing.taps])
    assert standings([*taps, last])["Ana"].mark == (Mark.HERE if is_here else Mark.MISSING)


@given(many(), st.booleans())
def test_a_tap_that_answers_nothing_takes_no_other_away(taps, is_here):
    before = standings(taps, ["Ana"])["Ana"]
    after = standings([*taps, tap("last", is_here, "Zoe", minute=60)])["Ana"]
    assert set(before.taps) <= set(after.taps)
