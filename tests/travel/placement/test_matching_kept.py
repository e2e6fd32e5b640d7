"""Kept seats, "rather stay home", seats already taken: compared with slow implementations of the same rules."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching.games import HospitalResident

from travel.placement.matching import (
    STAY_HOME,
    BadKeptSeats,
    BadSitting,
    Placed,
    Reason,
    inputs_hash,
    lottery_order,
    match,
)
from travel.placement.seats import KeptSeats, OpenSeats

GROUPS = ("first", "need", "valley")


@st.composite
def problems(draw, students=6, trips=3, sitting=False):
    """Small placements with overlapping groups; more seats may be kept than there are."""
    names = [f"s{number}" for number in range(draw(st.integers(0, students)))]
    places = [f"t{number}" for number in range(draw(st.integers(1, trips)))]
    preferences = {name: draw(st.lists(st.sampled_from(places), unique=True)) for name in names}
    pairs = [(name, place) for name in names for place in places]
    problem = {
        "preferences": preferences,
        "seats": {place: draw(st.integers(0, 3)) for place in places},
        "priority": draw(st.none() | st.fixed_dictionaries({name: st.integers(0, 3) for name in names})),
        "tie_order": lottery_order(names, draw(st.integers(0, 99))),
        "feasible": draw(st.none() | st.sets(st.sampled_from(pairs))) if pairs else None,
        "groups": {name: draw(st.sets(st.sampled_from(GROUPS))) for name in names},
        "kept": {
            place: draw(st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 2)))
            for place in draw(st.sets(st.sampled_from(places)))
        },
    }
    if sitting:
        sits = {}
        for name in draw(st.sets(st.sampled_from(names))) if names else ():
            possible = [trip for trip in preferences[name] if can_go(problem, name, trip)]
            if possible:
                sits[name] = draw(st.sampled_from(possible))
        problem["sitting"] = sits
    return problem


def can_go(problem, name, trip):
    ranked = problem["preferences"][name]
    wanted = ranked[: ranked.index(STAY_HOME)] if STAY_HOME in ranked else ranked
    feasible = problem["feasible"]
    return trip in wanted and (feasible is None or (name, trip) in feasible)


def line(problem):
    drawn = problem["tie_order"].index
    score = problem["priority"] or dict.fromkeys(problem["preferences"], 0)
    return sorted(problem["preferences"], key=lambda name: (-score[name], drawn(name)))


# --- a slow implementation of a trip's choice -------------------------------------------------------


def can_all_fill(people, kept, groups):
    """Whether each of these people can fill a different kept seat, found by trying everything."""
    slots = [group for group, number in kept.items() for _seat in range(number)]
    if len(people) > len(slots):
        return False
    return any(
        all(slot in groups[person] for person, slot in zip(people, chosen, strict=True))
        for chosen in itertools.permutations(slots, len(people))
    )


def taken_of(asking, number, kept, groups, sitting=frozenset()):
    """The rule of travel/placement/seats.py, step by step. `asking` is in order of priority."""
    number = max(number, len(sitting))
    in_order = sorted(asking, key=lambda person: (person not in sitting, asking.index(person)))
    fills = []
    for person in in_order:
        if len(set(fills) | set(sitting & {person}) | (set(asking) & sitting)) >= number and person not in sitting:
            continue  # no seat is left, kept or free
        if can_all_fill([*fills, person], kept, groups):
            fills.append(person)
    taken = set(fills) | (set(asking) & sitting)
    for person in in_order:
        if len(taken) < number:
            taken.add(person)
    return taken


def on(result, trip):
    return {name for name, seat in result.placed.items() if seat.trip == trip}


def rather(problem, result, name):
    """Feasible trips that this person ranks above their own."""
    got = result.placed.get(name)
    ranked = problem["preferences"][name]
    return [trip for trip in (ranked[: got.rank - 1] if got else ranked) if can_go(problem, name, trip)]


def takes(problem, trip, people):
    sitting = {name for name, seat in problem.get("sitting", {}).items() if seat == trip}
    in_line = [name for name in line(problem) if name in people]
    return taken_of(
        in_line, problem["seats"][trip], problem["kept"].get(trip, {}), problem["groups"], frozenset(sitting & people)
    )


@given(st.data())
def test_a_trip_takes_whom_the_rule_names_in_whatever_order_they_ask(data):
    count = data.draw(st.integers(0, 7))
    groups_of = [tuple(sorted(data.draw(st.sets(st.sampled_from(GROUPS))))) for _person in range(count)]
    kept = data.draw(st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 3)))
    sitting = frozenset(data.draw(st.sets(st.integers(0, count - 1), max_size=3))) if count else frozenset()
    number = data.draw(st.integers(0, 5))
    seats = KeptSeats(number, kept, groups_of, sitting)
    away = [seats.ask(place) for place in data.draw(st.permutations(range(count)))]
    expected = taken_of(list(range(count)), number, kept, groups_of, sitting)
    assert set(seats.people()) == expected
    assert {place for place in away if place is not None} == set(range(count)) - expected


@given(st.integers(0, 4), st.permutations(range(7)))
def test_without_kept_seats_it_is_the_line(number, arrivals):
    plain, kept = OpenSeats(number), KeptSeats(number, {"first": 0}, [("first",)] * 7)
    assert [plain.ask(place) for place in arrivals] == [kept.ask(place) for place in arrivals]
    assert sorted(plain.people()) == sorted(kept.people()) == list(range(number))


# --- the whole matching -----------------------------------------------------------------------------


@given(problems(sitting=True))
def test_capacity_feasibility_and_no_seat_lost_by_who_sat_there(problem):
    result = match(**problem)
    for trip, number in problem["seats"].items():
        sits = {name for name, seat in problem["sitting"].items() if seat == trip}
        assert len(on(result, trip)) <= max(number, len(on(result, trip) & sits))
    for name, seat in result.placed.items():
        assert can_go(problem, name, seat.trip)
    for name, trip in problem["sitting"].items():
        ranked = problem["preferences"][name]
        assert result.placed[name].rank <= ranked.index(trip) + 1


@given(problems(sitting=True))
def test_no_trip_would_take_anybody_who_would_rather_go_there(problem):
    """No blocking pair and no wasted seat, by the trip's own choice rule instead of plain priority."""
    result = match(**problem)
    for name in problem["preferences"]:
        for trip in rather(problem, result, name):
            assert name not in takes(problem, trip, on(result, trip) | {name})


@given(problems())
def test_kept_seats_are_filled_as_far_as_anybody_wants_them(problem):
    result = match(**problem)
    for trip, kept in problem["kept"].items():
        fills = [name for name in line(problem) if name in on(result, trip)]
        for name in problem["preferences"]:
            if trip in rather(problem, result, name) and problem["seats"][trip] >= sum(kept.values()):
                # one more person could not fill one more kept seat
                most = max(
                    n
                    for n in range(len(fills) + 1)
                    for some in itertools.combinations(fills, n)
                    if can_all_fill(list(some), kept, problem["groups"])
                )
                more = max(
                    n
                    for n in range(len(fills) + 2)
                    for some in itertools.combinations([*fills, name], n)
                    if can_all_fill(list(some), kept, problem["groups"])
                )
                assert more == most


@settings(max_examples=60)
@given(problems(students=4, trips=3))
def test_no_student_gains_by_any_other_ranking_with_kept_seats(problem):
    honest = match(**problem)
    trips = list(problem["seats"])
    lies = [lie for size in range(len(trips) + 1) for lie in itertools.permutations(trips, size)]
    for name, truth in problem["preferences"].items():
        better = set(rather(problem, honest, name))
        for lie in lies:
            got = match(**{**problem, "preferences": {**problem["preferences"], name: lie}}).placed.get(name)
            assert got is None or got.trip not in better, (truth, lie)


@settings(max_examples=40)
@given(problems(students=4, trips=2))
def test_every_student_gets_the_best_they_have_in_any_stable_placement(problem):
    found = match(**problem)
    choices = [
        [None, *(trip for trip in problem["preferences"][name] if can_go(problem, name, trip))]
        for name in problem["preferences"]
    ]
    names = list(problem["preferences"])
    for given_ in itertools.product(*choices):
        seat = dict(zip(names, given_, strict=True))
        people = {trip: {name for name in names if seat[name] == trip} for trip in problem["seats"]}
        if any(takes(problem, trip, people[trip]) != people[trip] for trip in people):
            continue
        above = {name: _above(problem, name, seat[name]) for name in names}
        is_stable = not any(
            name in takes(problem, trip, people[trip] | {name}) for name in names for trip in above[name]
        )
        for name in names if is_stable else ():  # nobody gets a better trip in it than in ours
            got = found.placed[name].trip if name in found.placed else None
            assert got == seat[name] or got in above[name]


def _above(problem, name, got):
    ranked = problem["preferences"][name]
    return [trip for trip in (ranked[: ranked.index(got)] if got else ranked) if can_go(problem, name, trip)]


@given(problems(sitting=True), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(problem, shuffler):
    shuffled = dict(problem)
    for key in ("preferences", "seats", "groups", "kept", "sitting"):
        rows = list(problem[key].items())
        shuffler.shuffle(rows)
        shuffled[key] = dict(rows)
    assert match(**problem) == match(**shuffled)
    assert inputs_hash(**problem) == inputs_hash(**shuffled)


@given(problems(students=8, trips=4))
def test_it_agrees_with_another_program(problem):
    """The library `matching` solves the same problem without kept seats, for people with a feasible choice."""
    problem = {**problem, "kept": {}}
    order = line(problem)
    asks = {
        name: [trip for trip in problem["preferences"][name] if can_go(problem, name, trip) and problem["seats"][trip]]
        for name in order
    }
    residents = {name: trips for name, trips in asks.items() if trips}
    hospitals = {trip: [name for name in order if trip in asks[name]] for trip in problem["seats"]}
    hospitals = {trip: names for trip, names in hospitals.items() if names}
    expected = {}
    if residents:
        game = HospitalResident.create_from_dictionaries(
            residents, hospitals, {trip: problem["seats"][trip] for trip in hospitals}
        )
        for trip, people in game.solve(optimal="resident").items():
            expected |= {person.name: trip.name for person in people}
    assert {name: seat.trip for name, seat in match(**problem).placed.items()} == expected


@given(problems(), st.data())
def test_no_trip_below_the_line_is_ever_given(problem, data):
    cut, whole = {}, {}
    for name, ranked in problem["preferences"].items():
        place = data.draw(st.integers(0, len(ranked)))
        cut[name] = ranked[:place]
        whole[name] = [*ranked[:place], STAY_HOME, *ranked[place:]]
    with_line = match(**{**problem, "preferences": whole})
    assert with_line == match(**{**problem, "preferences": cut})


def test_a_worked_example_with_kept_seats():
    """Ana is in both groups but fills one seat, so Dev, further down the line, fills the other, and Ben gets none."""
    result = match(
        preferences={name: ["lyon", "osaka"] for name in ("ana", "ben", "carla", "dev")},
        seats={"lyon": 3, "osaka": 1},
        priority={"ana": 5, "ben": 4, "carla": 4.5, "dev": 1},
        kept={"lyon": {"first": 1, "need": 1}},
        groups={"ana": {"first", "need"}, "dev": {"first"}},
    )
    assert {name: seat.trip for name, seat in result.placed.items()} == {
        "ana": "lyon",
        "carla": "lyon",
        "dev": "lyon",
        "ben": "osaka",
    }
    assert [row.reason for row in result.explanations["ben"]] == [Reason.FILLED_WITH_KEPT_SEATS, Reason.PLACED]


def test_a_seat_that_comes_free_moves_only_who_asked():
    """Ana has a seat in Osaka and asked for Lyon; Ben is there, too, and did not; Carla waits and gets Ana's seat."""
    result = match(
        preferences={"ana": ["lyon", "osaka"], "ben": ["osaka"], "carla": ["lyon", "osaka"]},
        seats={"lyon": 1, "osaka": 2},
        priority={"ana": 3, "ben": 1, "carla": 2},
        sitting={"ana": "osaka", "ben": "osaka"},
    )
    assert result.placed == {"ana": Placed("lyon", 1), "ben": Placed("osaka", 1), "carla": Placed("osaka", 2)}


def test_who_sits_stays_however_far_back_and_the_reason_says_so():
    result = match(
        preferences={"ana": ["lyon"], "ben": ["lyon"]},
        seats={"lyon": 1},
        priority={"ana": 9, "ben": 1},
        sitting={"ben": "lyon"},
    )
    assert set(result.placed) == {"ben"}
    assert result.explanations["ana"][0].reason is Reason.TAKEN_BEFORE


def test_who_leaves_a_trip_with_too_many_people_leaves_no_seat():
    """The office removed a seat that was taken: one person moves to Lyon, and Osaka is full with the other."""
    result = match(
        preferences={"ana": ["lyon", "osaka"], "ben": ["osaka"], "carla": ["osaka"]},
        seats={"lyon": 1, "osaka": 1},
        priority={"ana": 3, "ben": 1, "carla": 2},
        sitting={"ana": "osaka", "ben": "osaka"},
    )
    assert result.placed == {"ana": Placed("lyon", 1), "ben": Placed("osaka", 1)}
    assert result.explanations["carla"][0].reason is Reason.TAKEN_BEFORE


def test_by_lottery_alone_no_score_counts():
    preferences = {name: ["lyon"] for name in ("ana", "ben", "carla")}
    order = lottery_order(preferences, "seed 7")
    assert list(match(preferences, {"lyon": 2}, None, order).placed) == list(order[:2])


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"kept": {"rome": {"need": 1}}}, BadKeptSeats, "rome"),
        ({"kept": {"lyon": {"need": -1}}}, BadKeptSeats, "need"),
        ({"kept": {"lyon": {"need": True}}}, BadKeptSeats, "need"),
        ({"sitting": {"ana": "rome"}}, BadSitting, "rome"),
        ({"sitting": {"zoe": "lyon"}}, BadSitting, "zoe"),
    ],
)
def test_bad_input_is_refused(more, error, words):
    with pytest.raises(error, match=words):
        match({"ana": ["lyon"]}, {"lyon": 1}, {"ana": 1}, **more)


@pytest.mark.parametrize(
    "more",
    [
        {"kept": {"lyon": {"need": 1}}},
        {"kept": {"lyon": {"need": 1}}, "groups": {"ana": {"need"}}},
        {"sitting": {"ana": "lyon"}},
        {"priority": None},
    ],
)
def test_the_hash_changes_with_what_was_added(more):
    base = {"preferences": {"ana": ["lyon"]}, "seats": {"lyon": 1}, "priority": {"ana": 1}}
    assert inputs_hash(**{**base, **more}) != inputs_hash(**base)
