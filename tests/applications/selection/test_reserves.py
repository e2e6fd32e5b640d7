"""The best set that fills the reserves, compared with a search of all sets, and invariants for any input."""

from itertools import combinations
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.selection import reserves
from applications.selection.reserves import (
    UNIT,
    Floor,
    Member,
    Outcome,
    Promotion,
    TooHardError,
    Why,
    choose,
    next_in,
)

pytestmark = pytest.mark.both

GROUPS = ("need", "first_trip", "college:lacc", "district:7")
scores = st.one_of(st.none(), st.integers(3, 15).map(float), st.floats(3, 15).map(lambda score: round(score, 2)))
groups = st.frozensets(st.sampled_from(GROUPS))


@st.composite
def people(draw, most=8):
    found = draw(st.lists(st.tuples(scores, groups, st.integers(0, 2)), max_size=most))
    return [Member(f"P{number}", score, who, order) for number, (score, who, order) in enumerate(found)]


floors_of = st.lists(
    st.builds(Floor, st.sampled_from(GROUPS), st.integers(1, 3)), max_size=3, unique_by=lambda f: f.group
)
seats_of = st.integers(0, 5)
taken_of = st.lists(groups, max_size=2).map(
    lambda found: [Member(f"T{number}", None, who) for number, who in enumerate(found)]
)


def by_hand(members, seats, floors, taken, minimum=None):
    """Searches all sets: how far each floor is filled, in order; then the sum; then who is highest."""
    ranked = sorted(
        (each for each in members if each.score is not None and (minimum is None or each.score >= minimum)),
        key=lambda each: (-each.units, each.order, each.code),
    )
    free = min(max(0, seats - len(taken)), len(ranked))

    def worth(places):
        inside = [ranked[place] for place in places] + taken
        filled = [min(floor.seats, sum(floor.group in each.groups for each in inside)) for floor in floors]
        return filled, sum(ranked[place].units for place in places), [-place for place in places]

    return max(worth(places) for places in combinations(range(len(ranked)), free))


def worth_of(found: Outcome, members, floors):
    ranked = sorted(
        (each for each in members if each.score is not None), key=lambda each: (-each.units, each.order, each.code)
    )
    places = {each.code: place for place, each in enumerate(ranked)}
    filled = [min(each.seats, each.with_floors) for each in found.floors]
    return filled, round(found.total * UNIT), [-places[code] for code in found.chosen]


@pytest.mark.parametrize("block", [1, 2, reserves.BLOCK])
@given(people(), seats_of, floors_of, taken_of)
def test_it_is_the_best_of_all_sets(block, members, seats, floors, taken):
    with patch.object(reserves, "BLOCK", block):
        found = choose(members, seats=seats, floors=floors, taken=taken)

    assert worth_of(found, members, floors) == by_hand(members, seats, floors, taken)


@given(people(), seats_of, taken_of)
def test_without_floors_the_seats_go_to_the_highest(members, seats, taken):
    found = choose(members, seats=seats, taken=taken)
    ranked = sorted(
        (each for each in members if each.score is not None), key=lambda each: (-each.units, each.order, each.code)
    )

    assert found.chosen == found.plain == tuple(each.code for each in ranked)[: max(0, seats - len(taken))]
    assert (found.enters, found.leaves, found.price) == ((), (), 0)
    assert found.chosen + found.waiting == tuple(each.code for each in ranked)


@given(people(), seats_of, floors_of, taken_of)
def test_prices_are_never_negative_and_add_up(members, seats, floors, taken):
    found = choose(members, seats=seats, floors=floors, taken=taken)

    assert all(each.price >= 0 for each in found.floors)
    assert round(sum(each.price for each in found.floors), 3) == found.price
    assert len(found.enters) == len(found.leaves)
    assert {each.code for each in found.enters} == set(found.chosen) - set(found.plain)
    assert set(found.leaves) == set(found.plain) - set(found.chosen)


@given(people(), seats_of, floors_of, st.builds(Floor, st.just("first_generation"), st.integers(1, 4)))
def test_one_more_floor_never_raises_the_sum_nor_empties_a_seat(members, seats, floors, more):
    members = [
        Member(each.code, each.score, each.groups | {"first_generation"} if number % 3 else each.groups, each.order)
        for number, each in enumerate(members)
    ]
    few = choose(members, seats=seats, floors=floors)
    many = choose(members, seats=seats, floors=[*floors, more])

    assert many.total <= few.total
    assert len(many.chosen) == len(few.chosen)
    for after, before in zip(many.floors, few.floors, strict=False):
        assert after.with_floors >= min(after.seats, before.with_floors)


@given(people(), seats_of, floors_of, taken_of, st.randoms())
def test_the_order_in_which_people_come_in_does_not_matter(members, seats, floors, taken, random):
    shuffled = list(members)
    random.shuffle(shuffled)

    assert choose(shuffled, seats=seats, floors=floors, taken=taken) == choose(
        members, seats=seats, floors=floors, taken=taken
    )


@given(people(), seats_of, floors_of, st.integers(3, 15))
def test_nobody_below_the_minimum_gets_a_seat(members, seats, floors, minimum):
    found = choose(members, seats=seats, floors=floors, minimum=minimum)
    known = {each.code: each for each in members}

    assert all((known[code].score or 0) >= minimum for code in found.chosen + found.waiting)


def test_a_floor_brings_in_the_best_of_its_group_and_names_it():
    members = [
        Member("A", 14.0),
        Member("B", 12.5),
        Member("C", 12.0, frozenset({"need"})),
        Member("D", 9.0, frozenset({"need"})),
    ]
    found = choose(members, seats=2, floors=[Floor("need", 1)])

    assert (found.chosen, found.plain) == (("A", "C"), ("A", "B"))
    assert [(each.code, each.groups) for each in found.enters] == [("C", ("need",))]
    assert found.leaves == ("B",)
    assert (found.price, found.floors[0].price, found.floors[0].without, found.floors[0].with_floors) == (
        0.5,
        0.5,
        0,
        1,
    )


def test_one_person_fills_two_floors():
    members = [Member("A", 14.0), Member("B", 13.0), Member("C", 10.0, frozenset({"need", "first_trip"}))]
    found = choose(members, seats=2, floors=[Floor("need", 1), Floor("first_trip", 1)])

    assert found.chosen == ("A", "C")
    assert [each.price for each in found.floors] == [3.0, 0.0]
    assert found.enters[0].groups == ("need", "first_trip")


def test_floors_that_do_not_fit_together_are_filled_in_their_order():
    members = [Member("A", 9.0, frozenset({"need"})), Member("B", 14.0, frozenset({"first_trip"}))]
    found = choose(members, seats=1, floors=[Floor("need", 1), Floor("first_trip", 1)])

    assert found.chosen == ("A",)
    assert [each.short for each in found.floors] == [0, 1]


@pytest.mark.parametrize("block", [1, reserves.BLOCK])
def test_of_equal_sums_the_set_with_the_person_higher_on_the_list_wins(monkeypatch, block):
    monkeypatch.setattr(reserves, "BLOCK", block)
    both = frozenset({"need", "first_trip"})
    members = [
        Member("A", 10.0),
        Member("B", 9.5, frozenset({"need"})),
        Member("C", 9.0, frozenset({"first_trip"})),
        Member("D", 8.5, both),
    ]
    floors = [Floor("need", 1), Floor("first_trip", 1)]
    assert choose(members, seats=2, floors=floors).chosen == ("A", "D")  # and not B and C, with 18.5 as well

    for found_first in (frozenset({0, 3}), frozenset({1, 2})):  # whichever of them the solver finds
        search = reserves._Search(members, 2, floors)
        for floor in floors:
            search.keep(floor, frozenset())
        assert search.first_on_the_list(found_first) == {0, 3}


def test_whoever_has_a_seat_already_counts():
    taken = [Member("T", None, frozenset({"need"}))]
    members = [Member("A", 14.0), Member("B", 12.0, frozenset({"need"}))]

    assert choose(members, seats=2, floors=[Floor("need", 1)], taken=taken).chosen == ("A",)
    assert choose(members, seats=2, floors=[Floor("need", 2)], taken=taken).chosen == ("B",)


# --- Replacement ------------------------------------------------------------------------------------


def waiting(*groups_of_each):
    return [Member(f"W{number}", None, frozenset(each)) for number, each in enumerate(groups_of_each, start=1)]


def test_next_is_the_first_who_waits():
    assert next_in([], waiting((), ("need",)), [], 1) == Promotion("W1", Why.NEXT)


def test_next_is_of_the_group_that_is_short():
    taken = [Member("T", None)]

    assert next_in(taken, waiting((), (), ("need",)), [Floor("need", 1)], 2) == Promotion("W3", Why.FLOOR, "need")
    assert next_in(taken, waiting((), (), ("need",)), [Floor("need", 1)], 3) == Promotion("W1", Why.NEXT)


@pytest.mark.parametrize(("taken", "people"), [([Member("T", None)], waiting(())), ([], [])])
def test_next_is_nobody_without_a_seat_or_without_anybody(taken, people):
    assert next_in(taken, people, [Floor("need", 1)], 1) is None


@given(people(6), floors_of, taken_of, st.integers(0, 6))
def test_seats_given_one_by_one_fill_the_floors_as_all_at_once(members, floors, taken, seats):
    members = [Member(each.code, None, each.groups) for each in members]
    at_once = choose(
        [Member(each.code, float(len(members) - place), each.groups) for place, each in enumerate(members)],
        seats=seats,
        floors=floors,
        taken=taken,
    )
    inside, line = list(taken), list(members)
    given_to = []
    while promoted := next_in(inside, line, floors, seats):
        given_to.append(promoted.code)
        inside += [each for each in line if each.code == promoted.code]
        line = [each for each in line if each.code != promoted.code]

    assert set(given_to) == set(at_once.chosen)


def test_what_cannot_be_proven_is_refused(monkeypatch):
    members = [Member("A", 14.0), Member("B", 12.0, frozenset({"need"}))]
    monkeypatch.setattr(reserves, "SECONDS", 0.0)

    with pytest.raises(TooHardError):
        choose(members, seats=1, floors=[Floor("need", 1)])
    assert choose(members, seats=2, floors=[Floor("need", 1)]).chosen == ("A", "B")  # which needs no search
