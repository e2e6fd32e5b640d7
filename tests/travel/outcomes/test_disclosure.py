import itertools
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from travel.outcomes.disclosure import (
    ProtectedList,
    ProtectedTable,
    Rate,
    Shown,
    protect,
    protect_list,
    protect_parts,
    rate,
)


def as_table(grid):
    return {(f"r{i}", f"c{j}"): count for i, row in enumerate(grid) for j, count in enumerate(row)}


def with_totals(grid):
    full = [[*row, sum(row)] for row in grid]
    return [*full, [sum(column) for column in zip(*full, strict=True)]]


def shown_grid(protected):
    """The figures that a reader sees, totals last, None if hidden."""
    grid = [
        [*(protected.cells[row, column] for column in protected.columns), protected.row_totals[row]]
        for row in protected.rows
    ]
    return [*grid, [*(protected.column_totals[column] for column in protected.columns), protected.grand_total]]


def sums_of(lines, watched, target):
    """All possible tuples of column sums, in the watched columns, of rows chosen from these options.

    Sums above `target` are dropped at once (watched columns beyond it have no limit).
    """
    sums = {(0,) * len(watched)}
    for options in lines:
        parts = {tuple(row[column] for column in watched) for row in options}
        found = {tuple(map(sum, zip(before, part, strict=True))) for before in sums for part in parts}
        sums = {each for each in found if all(one <= most for one, most in zip(each, target, strict=False))}
    return sums


def attack(shown, highest):
    """Hidden position -> its values in all tables of whole numbers that agree with what is shown.

    Hidden cells are tried from 1 to `highest`: zeros are known never to be hidden.
    """
    *lines, totals = shown
    options = []
    for *cells, total in lines:
        choices = [range(1, highest + 1) if cell is None else [cell] for cell in cells]
        rows = [(*row, sum(row)) for row in itertools.product(*choices)]
        options.append([row for row in rows if total in (None, row[-1])])
    known = [column for column, total in enumerate(totals) if total is not None]
    target = [totals[column] for column in known]
    possible = {}
    for i, line in enumerate(lines):
        others = sums_of(options[:i] + options[i + 1 :], known, target)
        fitting = [
            row
            for row in options[i]
            if tuple(total - row[column] for column, total in zip(known, target, strict=True)) in others
        ]
        for j, count in enumerate(line):
            if count is None:
                possible[i, j] = {row[j] for row in fitting}
    for j, count in enumerate(totals):
        if count is None:
            found = sums_of(options, [*known, j], target)
            possible[len(lines), j] = {last for *rest, last in found if rest == target}
    return possible


def wanted_values(true, place, threshold):
    """Values that must remain possible for a hidden figure: all small numbers, if it is small itself."""
    i, j = place
    count = true[i][j]
    if count >= threshold:
        return {count}
    lowest = 1
    rows, columns = range(len(true) - 1), range(len(true[0]) - 1)
    if i in rows and j not in columns:
        lowest = sum(true[i][k] > 0 for k in columns)
    if j in columns and i not in rows:
        lowest = sum(true[k][j] > 0 for k in rows)
    if i not in rows and j not in columns:
        lowest = sum(true[k][m] > 0 for k in rows for m in columns)
    return set(range(lowest, threshold)) | {count}


def assert_safe(grid, threshold):
    shown = shown_grid(protect(as_table(grid), threshold))
    possible = attack(shown, highest=max(map(max, grid)) + threshold)
    true = with_totals(grid)
    for i, row in enumerate(true):
        for j, count in enumerate(row):
            assert shown[i][j] in (None, count)
            if 0 < count < threshold:
                assert shown[i][j] is None, "a small count is shown"
            if count == 0:
                assert shown[i][j] == 0
    for place, values in possible.items():
        assert len(values) > 1, f"{place} follows exactly from {shown}"
        assert wanted_values(true, place, threshold) <= values, f"{place} is narrowed to {values} by {shown}"


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)])
@pytest.mark.parametrize("threshold", [2, 3])
def test_no_table_of_a_small_size_gives_a_hidden_cell_away(shape, threshold):
    height, width = shape
    for counts in itertools.product(range(5), repeat=height * width):
        assert_safe([counts[n * width : (n + 1) * width] for n in range(height)], threshold)


counts = st.sampled_from([0, 0, 1, 1, 2, 3, 4, 6])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([(2, 3), (3, 3)]), st.data(), st.integers(2, 4))
def test_every_larger_count_that_is_hidden_protects_a_small_one(shape, data, threshold):
    grid = [[data.draw(counts) for _ in range(shape[1])] for _ in range(shape[0])]
    shown, true = shown_grid(protect(as_table(grid), threshold)), with_totals(grid)
    places = [(i, j) for i, row in enumerate(shown) for j, count in enumerate(row) if count is None]
    for i, j in places:
        if true[i][j] >= threshold:
            shown[i][j] = true[i][j]
            possible = attack(shown, highest=max(map(max, grid)) + threshold)
            shown[i][j] = None
            assert any(
                len(possible[place]) == 1 or not wanted_values(true, place, threshold) <= possible[place]
                for place in possible
                if true[place[0]][place[1]] < threshold
            ), f"{(i, j)} need not be hidden in {shown}"


@settings(max_examples=250, deadline=None)
@given(st.sampled_from([(2, 3), (3, 2), (3, 3)]), st.data(), st.integers(2, 4))
def test_larger_tables_give_no_hidden_cell_away(shape, data, threshold):
    grid = [[data.draw(counts) for _ in range(shape[1])] for _ in range(shape[0])]
    assert_safe(grid, threshold)


grids = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 40), min_size=width, max_size=width), min_size=1, max_size=6)
)


@given(grids)
def test_each_line_that_is_shown_in_sum_hides_at_least_a_threshold_of_persons(grid):
    shown = shown_grid(protect(as_table(grid), 11))
    true = with_totals(grid)
    for lines, truth in ((shown, true), (list(zip(*shown, strict=True)), list(zip(*true, strict=True)))):
        for line, real in zip(lines, truth, strict=True):
            behind = [real[n] for n in range(len(line) - 1) if line[n] is None]
            if behind and line[-1] is not None:
                assert len(behind) > 1
                assert sum(behind) >= 11 or min(behind) >= 11


@given(grids)
def test_nothing_is_hidden_without_need(grid):
    shown = shown_grid(protect(as_table(grid), 11))
    if all(count == 0 or count >= 11 for row in with_totals(grid) for count in row):
        assert shown == with_totals(grid)


def test_a_worked_example():
    table = {
        ("north", "lyon"): 3,
        ("north", "osaka"): 20,
        ("north", "accra"): 40,
        ("south", "lyon"): 30,
        ("south", "osaka"): 15,
        ("south", "accra"): 0,
        ("east", "lyon"): 50,
        ("east", "osaka"): 60,
    }
    # 3 is small; 20 is the cheapest partner in its row, 30 and 15 close the rectangle
    assert protect(table, 11) == ProtectedTable(
        rows=("north", "south", "east"),
        columns=("lyon", "osaka", "accra"),
        cells={
            **table,
            ("east", "accra"): 0,
            **dict.fromkeys([("north", "lyon"), ("north", "osaka"), ("south", "lyon"), ("south", "osaka")]),
        },
        row_totals={"north": 63, "south": 45, "east": 110},
        column_totals={"lyon": 83, "osaka": 95, "accra": 40},
        grand_total=218,
    )


def test_small_totals_hide_too():
    protected = protect({("north", "lyon"): 4, ("north", "osaka"): 5, ("south", "lyon"): 90}, 11)
    assert protected.row_totals["north"] is None
    assert protected.column_totals["osaka"] is None
    assert protected.cells["south", "osaka"] == 0


def test_two_small_cells_in_a_row_hide_a_third_when_they_are_few_together():
    grid = [[40, 3, 4, 30], [30, 30, 30, 30], [50, 50, 50, 50]]
    north = shown_grid(protect(as_table(grid), 11))[0]
    assert north == [40, None, None, None, 77]


def test_cells_are_hidden_before_totals_and_small_ones_before_large_ones():
    grid = [[60, 25, 50], [15, 40, 30], [90, 16, 3]]
    assert shown_grid(protect(as_table(grid), 11)) == [
        [60, 25, 50, 135],
        [15, None, None, 85],
        [90, None, None, 109],
        [165, 81, 83, 329],
    ]


def test_the_grand_total_is_the_last_to_go():
    # hiding it and showing 40 would also be safe
    assert shown_grid(protect(as_table([[3, 0, 2], [0, 40, 3]]), 11)) == [
        [None, 0, None, None],
        [0, None, None, None],
        [None, None, None, 48],
    ]


def test_what_a_later_cell_made_unnecessary_is_shown_again():
    # protecting one small count hides the third column's total; protecting the others makes that unnecessary
    protected = protect(as_table([[0, 40, 1], [1, 5, 20]]), 11)
    assert protected.column_totals == {"c0": None, "c1": None, "c2": 21}


@given(grids)
def test_the_same_table_is_always_protected_in_the_same_way(grid):
    assert protect(as_table(grid), 11) == protect(as_table(grid), 11)


def test_an_empty_table():
    assert protect({}, 11) == ProtectedTable((), (), {}, {}, {}, 0)
    assert protect_list({}, 11) == ProtectedList({}, 0)


@pytest.mark.parametrize("threshold", [2, 3, 4])
def test_no_list_gives_a_hidden_count_away(threshold):
    for size in range(1, 5):
        for numbers in itertools.combinations_with_replacement(range(6), size):
            protected = protect_list(dict(enumerate(numbers)), threshold)
            total = protected.total
            assert total in (None, sum(numbers))
            hidden = [label for label, count in protected.counts.items() if count is None]
            assert {label for label, count in enumerate(numbers) if 0 < count < threshold} <= set(hidden)
            assert all(protected.counts[label] in (None, count) for label, count in enumerate(numbers))
            tables = [
                guess
                for guess in itertools.product(range(1, 6 + threshold), repeat=len(hidden))
                if total is None or sum(guess) == total - sum(filter(None, protected.counts.values()))
            ]
            for place, label in enumerate(hidden):
                values = {guess[place] for guess in tables}
                assert len(values) > 1
                if numbers[label] < threshold:
                    assert set(range(1, threshold)) <= values


@pytest.mark.parametrize(
    ("numbers", "total_shown", "shown", "total"),
    [
        ([3, 20, 50], True, [None, None, 50], 73),
        ([5, 6, 0], True, [None, None, 0], 11),
        ([5, 6, 30], True, [None, None, 30], 41),
        ([10, 1, 30], True, [None, None, 30], 41),
        ([5, 5, 30], True, [None, None, None], 40),
        ([5, 5], True, [None, None], None),
        ([3, 3, 3, 3], True, [None] * 4, None),
        ([10, 0], True, [None, 0], None),
        ([3, 20, 50], False, [None, 20, 50], None),
        ([20, 50], True, [20, 50], 70),
    ],
)
def test_a_list_hides_its_smallest_partner_and_its_total_only_at_need(numbers, total_shown, shown, total):
    protected = protect_list(dict(enumerate(numbers)), 11, total_shown=total_shown)
    assert (list(protected.counts.values()), protected.total) == (shown, total)


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (28, 44, Rate(Shown.EXACT, 64)),
        (12, 44, Rate(Shown.EXACT, 27)),
        (11, 44, Rate(Shown.AT_MOST, 25)),
        (1, 44, Rate(Shown.AT_MOST, 25)),
        (0, 44, Rate(Shown.AT_MOST, 25)),
        (34, 44, Rate(Shown.AT_LEAST, 75)),
        (32, 44, Rate(Shown.EXACT, 73)),
        (44, 44, Rate(Shown.AT_LEAST, 75)),
        (0, 11, Rate(Shown.HIDDEN, None)),
        (11, 11, Rate(Shown.HIDDEN, None)),
        (10, 22, Rate(Shown.HIDDEN, None)),
        (11, 22, Rate(Shown.EXACT, 50)),
        (0, 10, Rate(Shown.HIDDEN, None)),
        (10, 10, Rate(Shown.HIDDEN, None)),
        (0, 0, Rate(Shown.HIDDEN, None)),
        (11, 1000, Rate(Shown.AT_MOST, 5)),
        (50, 1000, Rate(Shown.AT_MOST, 5)),
        (51, 1000, Rate(Shown.EXACT, 5)),
        (949, 1000, Rate(Shown.EXACT, 95)),
        (950, 1000, Rate(Shown.AT_LEAST, 95)),
        (125, 1000, Rate(Shown.EXACT, 13)),
    ],
)
def test_rates_hide_small_groups_and_are_coded_at_the_ends(numerator, denominator, expected):
    found = rate(numerator, denominator, threshold=11)
    assert found == expected
    assert found.hidden is (expected.percent is None)


@given(st.integers(0, 300), st.integers(2, 30))
def test_who_knows_the_denominator_cannot_tell_a_count_from_its_label(of, threshold):
    """Each label fits at least `threshold` counts (or all there are), unless it's exact and both parts are many."""
    fitting = defaultdict(set)
    for count in range(of + 1):
        fitting[rate(count, of, threshold)].add(count)
    for label, counts in fitting.items():
        if label.shown is not Shown.EXACT:
            assert len(counts) >= min(threshold, of + 1), (label, counts)
        if label.shown is Shown.AT_MOST:
            assert set(range(threshold)) <= counts
        if label.shown is Shown.AT_LEAST:
            assert set(range(of - threshold + 1, of + 1)) <= counts
        for count in counts:
            is_many = min(count, of - count) >= threshold
            assert is_many or label.shown is not Shown.EXACT
            assert label.percent is None or label.shown is Shown.EXACT or _is_in(count, of, label)


def _is_in(count, of, label):
    share = 100 * count / of
    return share <= label.percent if label.shown is Shown.AT_MOST else share >= label.percent


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 30))
def test_an_exact_rate_never_shows_a_small_group(first, second, threshold):
    found = rate(first, first + second, threshold)
    if found.shown is Shown.EXACT:
        assert threshold == 1 or min(first, second) >= threshold
        assert abs(found.percent * (first + second) - 100 * first) * 2 <= first + second


@pytest.mark.parametrize("count", [-1, 1.5, True, "3", None])
def test_counts_are_whole_numbers_from_zero(count):
    for call in (lambda: protect({("r", "c"): count}, 11), lambda: protect_list({"a": count}, 11)):
        with pytest.raises(ValueError, match="whole number"):
            call()


def test_a_share_above_all_or_a_threshold_of_zero_is_refused():
    with pytest.raises(ValueError, match="more than all"):
        rate(45, 44, 11)
    with pytest.raises(ValueError, match="threshold"):
        protect({}, 0)


# --- Parts of groups whose sizes are known ----------------------------------------------------------------


sizes = st.lists(st.integers(0, 9).flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))), max_size=4)


@settings(max_examples=300, deadline=None)
@given(sizes, st.integers(2, 5))
def test_who_knows_all_sizes_and_the_sum_cannot_tell_a_hidden_part(pairs, threshold):
    parts = dict(enumerate(pairs))
    found = protect_parts(parts, threshold)
    fits = [
        guess
        for guess in itertools.product(*(range(size + 1) for _count, size in pairs))
        if sum(guess) == sum(count for count, _size in pairs)
        and all(found[label] in (None, guess[label]) for label in parts)
    ]
    for label, (count, size) in parts.items():
        assert found[label] is None or (found[label] == count and min(count, size - count) >= threshold)
        if found[label] is None and any(shown is not None for shown in found.values()):
            assert len({guess[label] for guess in fits}) >= min(threshold, size + 1)


def test_parts_of_known_groups():
    assert protect_parts({"Giza": (11, 20), "Tokyo": (14, 24)}, 11) == {"Giza": None, "Tokyo": None}
    assert protect_parts({"Giza": (12, 24), "Tokyo": (14, 28)}, 11) == {"Giza": 12, "Tokyo": 14}
    three = {"Giza": (12, 24), "Tokyo": (14, 28), "Hanoi": (3, 15)}
    assert protect_parts(three, 11) == {"Giza": None, "Tokyo": 14, "Hanoi": None}
    with pytest.raises(ValueError, match="whole number"):
        protect_parts({"Giza": (21, 20)}, 11)
