"""The words of a day, read as entries with a time."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.abroad import day_plan

DAY = dt.date(2027, 6, 16)
HANOI = "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    ("line", "at", "title"),
    [
        ("8:30 am University visit", (8, 30), "University visit"),
        ("12:05 pm: Lunch", (12, 5), "Lunch"),
        ("12:05 a.m. Night train", (0, 5), "Night train"),
        ("7 pm – Dinner with families", (19, 0), "Dinner with families"),
        ("2:30 p. m. Templo de la Literatura", (14, 30), "Templo de la Literatura"),
        ("14:30 Temple of Literature", (14, 30), "Temple of Literature"),
        ("08:30, Universidad", (8, 30), "Universidad"),
    ],
)
def test_a_clear_time_begins_an_entry(line, at, title):
    assert day_plan.time_of(line) == (dt.time(*at), title)


@pytest.mark.parametrize(
    "line",
    [
        "2:30 Temple",
        "12:30 Lunch",
        "8 students visit",
        "25:00 Nothing",
        "13 pm Lunch",
        "8:75 am Bus",
        "8:30 am",
        "Museum at 8 am",
    ],
)
def test_a_time_that_could_be_two_or_none_stays_words(line):
    assert day_plan.time_of(line) is None
    entries, words = day_plan.read_day(DAY, line, HANOI)
    assert (entries, words) == ([], [line])


@given(
    times=st.lists(st.times(), max_size=8),
    zone=st.sampled_from([HANOI, "America/Los_Angeles", "Pacific/Auckland", "America/Bahia"]),
    words=st.lists(st.sampled_from(["Free afternoon", "Bring water"]), max_size=3),
)
def test_every_line_is_kept_and_entries_come_in_order_on_their_day(times, zone, words):
    lines = [f"{each:%H:%M} Stop {number}" for number, each in enumerate(times)]
    clear = [line for line in lines if day_plan.time_of(line)]
    entries, left = day_plan.read_day(DAY, "\n".join([*lines, *words]), zone)
    assert len(entries) + len(left) == len(lines) + len(words)
    assert sorted(entry.title for entry in entries) == sorted(line.split(maxsplit=1)[1] for line in clear)
    assert [entry.starts_at for entry in entries] == sorted(entry.starts_at for entry in entries)
    assert {entry.day for entry in entries} <= {DAY}


def test_next_and_current_follow_the_clock_of_the_place():
    entries, _words = day_plan.read_day(DAY, "8:30 am Visit\n2:30 pm Temple", HANOI)
    noon = dt.datetime(2027, 6, 16, 12, tzinfo=ZoneInfo(HANOI))
    assert day_plan.current_of(entries, noon).title == "Visit"
    assert day_plan.next_of(entries, noon).title == "Temple"
    assert day_plan.next_of(entries, noon + dt.timedelta(hours=3)) is None
    assert day_plan.current_of(entries, noon - dt.timedelta(hours=6)) is None
