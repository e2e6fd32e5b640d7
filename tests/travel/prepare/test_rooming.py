"""Proposals for rooms and groups: hard rules are kept or somebody is named, wishes count, and it's quick."""

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.prepare.rooming import CannotPlace, Guest, Space, assign, fits, groups_of, may_share

NEEDS = st.sets(st.sampled_from(["quiet", "accessible", "own"]), max_size=2)
OPTIONS = st.sampled_from(["", "a", "b"])


@st.composite
def guests(draw, most=9):
    keys = [f"p{number}" for number in range(draw(st.integers(1, most)))]
    return [
        Guest(
            key,
            college=draw(st.sampled_from("xyz")),
            option=draw(OPTIONS),
            wishes=frozenset(draw(st.sets(st.sampled_from(keys), max_size=3))) - {key},
            needs=frozenset(draw(NEEDS)),
        )
        for key in keys
    ]


@st.composite
def spaces(draw, most=6):
    number = draw(st.integers(1, most))
    return [
        Space(f"r{each}", draw(st.integers(1, 4)), draw(st.booleans()), draw(st.booleans())) for each in range(number)
    ]


def is_kept(people, rooms, found):
    by_key = {room.key: room for room in rooms}
    for key, room in by_key.items():
        inside = [guest for guest in people if found[guest.key] == key]
        if len(inside) > room.beds:
            return False
        if any(not fits(guest, room) for guest in inside):
            return False
        if any(not may_share(guest, inside[:place]) for place, guest in enumerate(inside)):
            return False
    return True


@given(guests(), spaces())
def test_everyone_has_one_room_and_every_hard_rule_is_kept(people, rooms):
    try:
        found = assign(people, rooms)
    except CannotPlace as problem:
        assert problem.guest in {guest.key for guest in people}
        return
    assert found.keys() == {guest.key for guest in people}
    assert set(found.values()) <= {room.key for room in rooms}
    assert is_kept(people, rooms, found)


@given(guests(most=4), spaces(most=3))
def test_it_refuses_only_what_is_impossible(people, rooms):
    ways = product([room.key for room in rooms], repeat=len(people))
    possible = any(is_kept(people, rooms, {g.key: key for g, key in zip(people, way, strict=True)}) for way in ways)
    try:
        assign(people, rooms)
        refused = False
    except CannotPlace:
        refused = True
    assert refused is not possible


@given(guests(), spaces(), st.randoms())
def test_the_order_of_the_rows_changes_nothing(people, rooms, draw):
    shuffled = list(people)
    draw.shuffle(shuffled)
    try:
        found = assign(people, rooms)
    except CannotPlace as problem:
        with pytest.raises(CannotPlace, match=problem.guest):
            assign(shuffled, rooms)
    else:
        assert assign(shuffled, rooms) == found


def test_a_wish_of_both_counts_more_than_one_of_one_side():
    people = [
        Guest("ana", wishes=frozenset({"eva"})),
        Guest("bea", wishes=frozenset({"ana"})),
        Guest("cyn"),
        Guest("eva", wishes=frozenset({"ana"})),
    ]
    found = assign(people, [Space("1", 2), Space("2", 2)])
    assert found["ana"] == found["eva"] != found["bea"] == found["cyn"]


def test_colleges_mix_where_nobody_wished_otherwise():
    people = [Guest("a1", "x"), Guest("a2", "x"), Guest("b1", "y"), Guest("b2", "y")]
    found = assign(people, [Space("1", 2), Space("2", 2)])
    assert found["a1"] != found["a2"] and found["b1"] != found["b2"]


def test_who_needs_an_own_room_has_it_and_who_cannot_be_placed_is_named():
    people = [Guest("ana", needs=frozenset({"own"})), Guest("bea"), Guest("cyn")]
    assert len(set(assign(people, [Space("1", 1), Space("2", 2)]).values())) == 2
    with pytest.raises(CannotPlace, match="cyn"):
        assign(people, [Space("1", 1), Space("2", 1)])
    with pytest.raises(CannotPlace, match="ana"):
        assign([Guest("ana", needs=frozenset({"accessible"}))], [Space("1", 2)])


@pytest.mark.parametrize("options", [1, 3])
def test_sixty_people_take_less_than_50_ms(options):
    people = [
        Guest(
            f"p{number:02}",
            college=f"c{number % 9}",
            option=f"o{number % options}",
            wishes=frozenset(f"p{(number * step + step) % 60:02}" for step in (options, 2 * options, 5 * options)),
        )
        for number in range(60)
    ]
    rooms = [Space(f"r{number:02}", 3, number % 5 == 0, number % 4 == 0) for number in range(21)]
    took = []
    for _try in range(5):  # the quickest of five, because other programs run as well
        began = time.perf_counter()
        assign(people, rooms)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05


@given(st.integers(0, 200), st.integers(1, 12))
def test_groups_are_as_even_as_possible(count, size):
    sizes = groups_of(count, size)
    assert sum(sizes) == count
    if sizes:
        assert max(sizes) <= size and max(sizes) - min(sizes) <= 1
