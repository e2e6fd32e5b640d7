import hashlib
import itertools
import subprocess
from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from travel.placement.matching import (
    BadPriority,
    Cutoff,
    DuplicateRank,
    Explanation,
    LotteryNeeded,
    MatchingInputError,
    NegativeSeats,
    Placed,
    Reason,
    UnknownTrip,
    inputs_hash,
    lottery_order,
    match,
)


@st.composite
def problems(draw, students=6, trips=4):
    """Small placements with ties, infeasible pairs, empty rankings and trips without seats."""
    names = [f"s{number}" for number in range(draw(st.integers(0, students)))]
    places = [f"t{number}" for number in range(draw(st.integers(1, trips)))]
    preferences = {name: draw(st.lists(st.sampled_from(places), unique=True)) for name in names}
    pairs = [(name, place) for name in names for place in places]
    return {
        "preferences": preferences,
        "seats": {place: draw(st.integers(0, 3)) for place in places},
        "priority": {name: draw(st.integers(0, 3)) for name in names},
        "tie_order": lottery_order(names, draw(st.integers(0, 99))),
        "feasible": draw(st.none() | st.sets(st.sampled_from(pairs))) if pairs else None,
    }


def line(problem):
    place = problem["tie_order"].index
    return sorted(problem["preferences"], key=lambda name: (-problem["priority"][name], place(name)))


def can_go(problem, name, trip):
    feasible = problem["feasible"]
    return trip in problem["preferences"][name] and (feasible is None or (name, trip) in feasible)


def better_trips(problem, result, name):
    """Feasible trips this student ranks above what they got."""
    ranked = problem["preferences"][name]
    got = result.placed.get(name)
    return [trip for trip in (ranked[: got.rank - 1] if got else ranked) if can_go(problem, name, trip)]


def on(result, trip):
    return [name for name, seat in result.placed.items() if seat.trip == trip]


@given(problems())
def test_everyone_is_placed_once_or_listed_as_unplaced(problem):
    result = match(**problem)
    assert sorted([*result.placed, *result.unplaced]) == sorted(problem["preferences"])
    assert list(result.explanations) == line(problem)


@given(problems())
def test_no_trip_has_more_travelers_than_seats(problem):
    result = match(**problem)
    for trip, seats in problem["seats"].items():
        assert len(on(result, trip)) <= seats
        assert result.cutoffs[trip].placed == len(on(result, trip))


@given(problems())
def test_only_feasible_trips_that_the_student_ranked(problem):
    for name, seat in match(**problem).placed.items():
        assert can_go(problem, name, seat.trip)
        assert problem["preferences"][name][seat.rank - 1] == seat.trip


@given(problems())
def test_nobody_is_passed_over_for_someone_behind_them(problem):
    result, order = match(**problem), line(problem)
    for name in problem["preferences"]:
        for trip in better_trips(problem, result, name):
            assert all(order.index(other) < order.index(name) for other in on(result, trip))


@given(problems())
def test_no_seat_stays_empty_while_someone_would_rather_have_it(problem):
    result = match(**problem)
    for name in problem["preferences"]:
        for trip in better_trips(problem, result, name):
            assert len(on(result, trip)) == problem["seats"][trip]


@given(problems(students=12))
def test_one_common_order_gives_what_choosing_in_turn_gives(problem):
    left, expected = dict(problem["seats"]), {}
    for name in line(problem):
        for rank, trip in enumerate(problem["preferences"][name], start=1):
            if can_go(problem, name, trip) and left[trip]:
                left[trip] -= 1
                expected[name] = Placed(trip, rank)
                break
    assert match(**problem).placed == expected


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(problem, shuffler):
    shuffled = dict(problem)
    for key in ("preferences", "seats", "priority"):
        rows = list(problem[key].items())
        shuffler.shuffle(rows)
        shuffled[key] = dict(rows)
    if problem["feasible"] is not None:
        shuffled["feasible"] = shuffler.sample(sorted(problem["feasible"]), len(problem["feasible"]))
    first, second = match(**problem), match(**shuffled)
    assert first == second
    assert list(first.placed) == list(second.placed)
    assert inputs_hash(**problem) == inputs_hash(**shuffled)


@settings(max_examples=40)
@given(problems(students=4, trips=3))
def test_no_student_gains_by_any_other_ranking(problem):
    honest = match(**problem)
    trips = list(problem["seats"])
    lies = [lie for size in range(len(trips) + 1) for lie in itertools.permutations(trips, size)]
    for name, truth in problem["preferences"].items():
        for lie in lies:
            told = match(**{**problem, "preferences": {**problem["preferences"], name: lie}})
            got = told.placed.get(name)
            assert got is None or got.trip not in better_trips(problem, honest, name), (truth, lie)


@given(problems())
def test_the_explanation_of_every_row_is_true(problem):
    result, order = match(**problem), line(problem)
    for name, rows in result.explanations.items():
        got = result.placed.get(name)
        ranked = problem["preferences"][name]
        assert [row.trip for row in rows] == (ranked[: got.rank] if got else ranked)
        for rank, row in enumerate(rows, start=1):
            assert row.rank == rank
            ahead = [other for other in on(result, row.trip) if order.index(other) < order.index(name)]
            full = len(ahead) == problem["seats"][row.trip]
            expected = {
                Reason.PLACED: got is not None and got.trip == row.trip,
                Reason.NOT_FEASIBLE: not can_go(problem, name, row.trip),
                Reason.NO_SEATS: problem["seats"][row.trip] == 0 and can_go(problem, name, row.trip),
                Reason.FILLED_BY_HIGHER_PRIORITY: full and problem["seats"][row.trip] > 0,
            }
            assert expected[row.reason]


def test_a_worked_example():
    result = match(
        preferences={
            "ana": ["lyon", "osaka"],
            "ben": ["lyon", "osaka"],
            "carla": ["osaka", "lyon", "accra"],
            "dev": ["quito", "lyon"],
            "eli": [],
        },
        seats={"lyon": 1, "osaka": 1, "accra": 5, "quito": 0},
        priority={"ana": Decimal("4.5"), "ben": 4, "carla": 4.0, "dev": 3, "eli": 2, "not here": 9},
        tie_order=["carla", "ben"],
        feasible={("ana", "lyon"), ("ben", "osaka"), ("carla", "osaka"), ("dev", "lyon"), ("dev", "quito")},
    )
    assert result.placed == {"ana": Placed("lyon", 1), "carla": Placed("osaka", 1)}
    assert result.unplaced == ("ben", "dev", "eli")
    assert result.explanations == {
        "ana": (Explanation("lyon", 1, Reason.PLACED),),
        "carla": (Explanation("osaka", 1, Reason.PLACED),),
        "ben": (
            Explanation("lyon", 1, Reason.NOT_FEASIBLE),
            Explanation("osaka", 2, Reason.FILLED_BY_HIGHER_PRIORITY),
        ),
        "dev": (
            Explanation("quito", 1, Reason.NO_SEATS),
            Explanation("lyon", 2, Reason.FILLED_BY_HIGHER_PRIORITY),
        ),
        "eli": (),
    }
    assert result.cutoffs == {
        "lyon": Cutoff(seats=1, placed=1, priority=Decimal("4.5"), by_lottery=False),
        "osaka": Cutoff(seats=1, placed=1, priority=4, by_lottery=True),
        "accra": Cutoff(seats=5, placed=0, priority=None, by_lottery=False),
        "quito": Cutoff(seats=0, placed=0, priority=None, by_lottery=False),
    }


def test_the_lottery_is_the_same_for_a_seed_and_another_for_another():
    names = [f"s{number}" for number in range(30)]
    drawn = lottery_order(names, "spring-2027")
    assert drawn == lottery_order(names[::-1], "spring-2027")
    assert sorted(drawn) == sorted(names)
    assert drawn != lottery_order(names, "spring-2028")


def test_the_lottery_can_be_redone_with_a_command_line_tool():
    names = ["ana", "ben", "carla", "dev"]

    def digest(name):
        shown = subprocess.run(["sha256sum"], input=f'["seed 7", "{name}"]'.encode(), capture_output=True, check=True)
        return shown.stdout

    assert list(lottery_order(names, "seed 7")) == sorted(names, key=digest)


@given(st.sets(st.text(max_size=5), min_size=2, max_size=20), st.integers(), st.data())
def test_a_student_who_leaves_does_not_change_how_the_others_stand(names, seed, data):
    gone = data.draw(st.sampled_from(sorted(names)))
    rest = [name for name in lottery_order(names, seed) if name != gone]
    assert rest == list(lottery_order(names - {gone}, seed))


def test_a_lottery_names_each_student_once():
    with pytest.raises(MatchingInputError, match="twice"):
        lottery_order(["ana", "ana"], 1)


BASE = {
    "preferences": {"ana": ["lyon"], "ben": ["lyon"]},
    "seats": {"lyon": 1},
    "priority": {"ana": 2, "ben": 1},
    "tie_order": ["ana", "ben"],
    "feasible": None,
}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"preferences": {"ana": ["rome"]}}, UnknownTrip, "ana ranks the trip rome"),
        ({"preferences": {"ana": ["lyon", "lyon"]}}, DuplicateRank, "ana ranks the trip lyon more than once"),
        ({"seats": {"lyon": -1}}, NegativeSeats, "Trip lyon"),
        ({"seats": {"lyon": 1.5}}, NegativeSeats, "Trip lyon"),
        ({"seats": {"lyon": True}}, NegativeSeats, "Trip lyon"),
        ({"feasible": [("ana", "rome")]}, UnknownTrip, "rome"),
        ({"priority": {"ana": 2}}, BadPriority, "ben"),
        ({"priority": {"ana": 2, "ben": float("nan")}}, BadPriority, "ben"),
        ({"priority": {"ana": 2, "ben": Decimal("sNaN")}}, BadPriority, "ben"),
        ({"priority": {"ana": 2, "ben": "high"}}, BadPriority, "ben"),
        ({"priority": {"ana": 1, "ben": 1.0}, "tie_order": None}, LotteryNeeded, "2 students share"),
        ({"priority": {"ana": 1, "ben": 1}, "tie_order": ["ana"]}, LotteryNeeded, "ben"),
        ({"tie_order": ["ana", "ben", "ana"]}, LotteryNeeded, "twice"),
    ],
)
def test_bad_input_is_refused_with_the_row_to_mend(change, error, words):
    with pytest.raises(error, match=words) as caught:
        match(**{**BASE, **change})
    assert isinstance(caught.value, ValueError)


def test_no_lottery_is_needed_without_ties():
    assert match(**{**BASE, "tie_order": None}).placed == {"ana": Placed("lyon", 1)}
    assert match(**{**BASE, "priority": {"ana": 10**400, "ben": 1}}).unplaced == ("ben",)


@pytest.mark.parametrize(
    "change",
    [
        {"preferences": {"ana": ["lyon"], "ben": []}},
        {"seats": {"lyon": 2}},
        {"priority": {"ana": 2, "ben": Decimal("1.01")}},
        {"tie_order": ["ben", "ana"]},
        {"tie_order": None},
        {"feasible": [("ana", "lyon"), ("ben", "lyon")]},
    ],
)
def test_the_hash_changes_with_every_input(change):
    assert inputs_hash(**{**BASE, **change}) != inputs_hash(**BASE)


def test_the_hash_is_a_lasting_promise():
    # Published with every placement: if this value changes, old placements can no longer be checked.
    same = {**BASE, "priority": {"ben": Decimal("1.00"), "ana": 2.0}}
    assert inputs_hash(**same) == inputs_hash(**BASE)
    text = (
        '{"feasible":null,"preferences":[["ana",["lyon"]],["ben",["lyon"]]],'
        '"priority":[["ana","2"],["ben","1"]],"seats":[["lyon",1]],"tie_order":["ana","ben"]}'
    )
    assert inputs_hash(**BASE) == hashlib.sha256(text.encode()).hexdigest()


def test_results_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        match(**BASE).placed["ana"].rank = 9
