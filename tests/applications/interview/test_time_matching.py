"""Which students can have a time at once, compared with trying every way."""

from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from applications.interview.time_matching import harmless, seated

OPEN_TO = st.lists(st.lists(st.sampled_from("abcd"), unique=True), min_size=1, max_size=5).map(
    lambda rows: {f"student {number}": slots for number, slots in enumerate(rows)}
)


def most(open_to):
    """By trying each way in which everybody gets one of their slots, or none."""
    ways = product(*([None, *slots] for slots in open_to.values()))
    seats = [[slot for slot in way if slot] for way in ways]
    return max(len(each) for each in seats if len(each) == len(set(each)))


@given(OPEN_TO)
@example({"one": ["a"], "two": ["a", "b"], "three": ["b", "c"]})
@example({"one": ["a", "b"], "two": ["a"], "three": ["a", "b"]})
def test_as_many_as_possible_have_a_slot_of_their_own(open_to):
    having = seated(open_to)

    assert len(having) == most(open_to)
    assert len(set(having.values())) == len(having)
    assert all(slot in open_to[student] for student, slot in having.items())


@given(OPEN_TO)
def test_who_has_a_slot_keeps_having_one_whoever_comes_later(open_to):
    earlier = dict(list(open_to.items())[:-1])

    assert seated(earlier).keys() <= seated(open_to).keys()


@given(OPEN_TO)
def test_a_harmless_slot_leaves_the_others_as_many_as_before_and_a_harmful_one_does_not(open_to):
    student = next(iter(open_to))
    found = harmless(student, open_to)

    for slot in open_to[student]:
        rest = {each: set(slots) - {slot} for each, slots in open_to.items() if each != student}
        assert (slot in found) == (most(rest) + 1 == most(open_to))
    assert bool(found) == bool(open_to[student])  # so nobody with a time sees none because of the others


def test_the_only_slot_of_another_student_is_not_harmless():
    assert harmless("one", {"one": ["a", "b"], "two": ["a"]}) == ["b"]
    assert harmless("one", {"one": ["a", "b"], "two": ["a", "b"]}) == ["a", "b"]
