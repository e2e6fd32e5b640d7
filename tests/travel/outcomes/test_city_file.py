"""`script/city-file`, for cities without this portal: its files load, and tell of no small group."""

import json
import runpy
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.figures.counts import Range
from tests.services import ROOT
from travel.outcomes import open_data
from travel.outcomes.measures import TRAVELED, Place, marks_at

SCRIPT = ROOT / "script/city-file"
TABLE = "cycle,traveled,first_abroad,first_passport\nSummer 2025,40,25,0\nSummer 2026,31,29,\nWinter 2026,9,9,9\n"
OPTIONS = ("--city", "Toledo", "--as-of", "2026-08-31", "--least", "11")
told = runpy.run_path(str(SCRIPT))["told"]


def made(tmp_path, table, options=OPTIONS):
    file = tmp_path / "table.csv"
    file.write_text(table, encoding="utf-8")
    return subprocess.run(
        [sys.executable, SCRIPT, file, *options], capture_output=True, text=True, check=False, timeout=60
    )


def test_its_file_loads_and_has_ranges_where_groups_are_small(tmp_path):
    found = open_data.read(made(tmp_path, TABLE).stdout.encode())
    assert (found.city, found.version, found.as_of.isoformat()) == ("Toledo", open_data.VERSION, "2026-08-31")
    assert {(row.cycle, row.measure): (row.low, row.high) for row in found.rows} == {
        ("Summer 2025", "traveled"): (40, 40),
        ("Summer 2025", "first_abroad"): (25, 25),
        ("Summer 2025", "first_passport"): (0, 10),
        ("Summer 2026", "traveled"): (31, 31),
        ("Summer 2026", "first_abroad"): (21, 31),
        ("Winter 2026", "traveled"): (None, None),
        ("Winter 2026", "first_abroad"): (None, None),
        ("Winter 2026", "first_passport"): (None, None),
    }


def test_it_knows_the_figures_that_stand_side_by_side(tmp_path):
    names = [TRAVELED, *(mark.value for mark in marks_at(Place.CITIES))]
    table = ",".join(["cycle", *names]) + "\nSummer," + ",".join(["60"] * len(names))
    assert {row["measure"] for row in json.loads(made(tmp_path, table).stdout)["rows"]} == set(names)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("cycle,first_abroad\nSummer,4\n", "no column traveled"),
        (TABLE.replace("first_passport", "passports"), "the column 'passports'"),
        (TABLE.replace("40,25", "40,41"), "line 2: first_abroad is 41, and 40 traveled"),
        (TABLE.replace("31,29", "31,about 29"), "line 3: 'about 29' is no number"),
        (TABLE.replace("9,9,9", "9,9"), "line 4: as many cells"),
        (TABLE.replace("Summer 2026", "Summer 2025"), "line 3: a cycle needs a name of its own"),
        ("cycle,traveled\n", "has no lines"),
    ],
)
def test_a_table_that_cant_be_is_refused_with_its_line(tmp_path, table, says):
    done = made(tmp_path, table)
    assert done.returncode == 1 and says in done.stderr and not done.stdout


def test_a_limit_of_one_would_tell_single_students(tmp_path):
    assert "two or more" in made(tmp_path, TABLE, (*OPTIONS[:-1], "1")).stderr


@given(st.integers(0, 90), st.integers(0, 90), st.integers(2, 20))
def test_what_is_told_holds_the_count_and_never_a_small_group(count, more, least):
    whole = count + more
    low, high = told(count, whole, least)
    if low is None:
        assert whole < 2 * least
        return
    assert count in Range(low, high) and high <= whole
    assert (low == high) == (count >= least and more >= least) and (low == high or high - low + 1 == least)
