"""What if only ranks counted? As many students as possible, then the lowest sum of ranks. Pure Python.

For staff to compare with a placement, never to place anyone by: **it is not safe against strategic ranking.** Students
who leave out their second choice can gain the first one by it, and no order of students decides, so nobody can be
told why. Kept seats, scores and the lottery play no part (domain reference 5.2).

Method: the cheapest assignment of students to single seats (min-cost flow on a bipartite graph, solved by SciPy).
"""

from collections.abc import Collection, Mapping, Sequence

from travel.placement.matching_inputs import STAY_HOME, Pair, Placed, Student, Trip, check_trips

# students times seats; more would take minutes and gigabytes
LARGEST = 20_000_000


class TooManyError(ValueError):
    """There are more students and seats than a what-if can calculate."""


def fewest_low_ranks(
    preferences: Mapping[Student, Sequence[Trip]],
    seats: Mapping[Trip, int],
    feasible: Collection[Pair] | None = None,
) -> dict[Student, Placed]:
    """Student -> seat. The same inputs give the same answer, in whatever order they are passed.

    Raises a MatchingInputError for invalid rows, and TooManyError.
    """
    check_trips(preferences, seats, feasible)
    students = sorted(preferences)
    # a trip can't give more seats than there are students
    places = [trip for trip in sorted(seats) for _seat in range(min(seats[trip], len(students)))]
    if not students or not places:
        return {}
    if len(students) * len(places) > LARGEST:
        raise TooManyError(f"{len(students)} students and {len(places)} seats are too many for a what-if.")
    return _solve(students, places, preferences, None if feasible is None else frozenset(feasible))


def _solve(
    students: Sequence[Student],
    places: Sequence[Trip],
    preferences: Mapping[Student, Sequence[Trip]],
    allowed: frozenset[Pair] | None,
) -> dict[Student, Placed]:
    import numpy as np  # noqa: PLC0415 -- heavy: only who asks for a what-if pays for it
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 -- heavy, as above

    columns: dict[Trip, list[int]] = {}
    for column, trip in enumerate(places):
        columns.setdefault(trip, []).append(column)
    longest = max(len(trips) for trips in preferences.values()) + 1
    never = float(longest * len(students) + 1)  # one more person without a seat must cost more than any sum of ranks
    costs = np.full((len(students), len(places)), never)
    ranks: dict[tuple[int, Trip], int] = {}
    for row, student in enumerate(students):
        for rank, trip in enumerate(preferences[student], start=1):
            if trip == STAY_HOME:
                break
            if trip in columns and (allowed is None or (student, trip) in allowed):
                costs[row, columns[trip]] = rank
                ranks[row, trip] = rank
    rows, chosen = linear_sum_assignment(costs)
    found = {}
    for row, column in zip(rows.tolist(), chosen.tolist(), strict=True):
        trip = places[column]
        if (row, trip) in ranks:
            found[students[row]] = Placed(trip, ranks[row, trip])
    return found
