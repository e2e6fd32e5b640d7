"""Which students can have a time at once, compared with trying every way."""

from collections.abc import Mapping
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from applications.interview.time_matching import harmless, harmless_changes, seated

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


@given(OPEN_TO, st.integers(0, 4))
def test_a_harmless_slot_leaves_each_other_who_has_one_one_and_a_harmful_one_does_not(open_to, place):
    student = list(open_to)[place % len(open_to)]
    having = seated(open_to)
    found = harmless(student, open_to, open_to[student])

    for slot in open_to[student]:
        rest = {each: set(slots) - {slot} for each, slots in open_to.items() if each != student}
        assert (slot in found) == (having.keys() - {student} <= seated(rest).keys())
    assert bool(found) == (student in having)  # what the office reads is what the student sees


@given(OPEN_TO, st.lists(st.sampled_from("abcd"), unique=True))
@example({"one": ["own"], "two": ["a", "own"]}, ["a"])
def test_a_harmless_change_leaves_each_other_who_has_one_one(open_to, asked):
    """The student has a slot, which others could have too."""
    others = {each: [*slots, "own"] for each, slots in open_to.items()}
    having = seated({each: set(slots) - {"own"} for each, slots in others.items()}).keys()

    for slot in harmless_changes("student", "own", others, asked):
        rest = {each: set(slots) - {slot} for each, slots in others.items()}
        assert having <= seated(rest).keys()


def test_the_slot_that_is_given_back_is_one_for_the_others():
    assert harmless_changes("one", "own", {"two": ["a", "own"]}, ["a"]) == ["a"]
    assert harmless_changes("one", "own", {"two": ["a"]}, ["a"]) == []
    assert harmless_changes("one", "own", {"two": ["own"], "three": ["a", "own"]}, ["a", "b"]) == ["b"]


def test_the_only_slot_of_another_student_is_not_harmless():
    assert harmless("one", {"one": ["a", "b"], "two": ["a"]}, ["a", "b"]) == ["b"]
    assert harmless("one", {"one": ["a", "b"], "two": ["a", "b"]}, ["a", "b"]) == ["a", "b"]


def test_in_a_shortage_whoever_comes_last_is_shown_nothing_of_those_before_them():
    open_to = {"one": ["a"], "two": ["a"]}

    assert harmless("one", open_to, ["a"]) == ["a"]
    assert harmless("two", open_to, ["a"]) == []


class Counted(Mapping):
    """Counts how often somebody's slots are looked through."""

    def __init__(self, rows):
        self.rows, self.looks = rows, 0

    def __getitem__(self, key):
        self.looks += 1
        return self.rows[key]

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


def test_two_hundred_students_and_three_hundred_slots_are_matched_once():
    rows = {student: [slot for slot in range(300) if (slot * 7 + student) % 3] for student in range(200)}
    matching, looking = Counted(rows), Counted(rows)
    seated(matching)

    assert len(harmless(199, looking, rows[199])) == len(rows[199])

    assert looking.looks <= matching.looks + len(rows)
