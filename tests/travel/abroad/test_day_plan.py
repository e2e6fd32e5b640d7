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
        ("1 am Night train", (1, 0), "Night train"),
        ("12 am Night train", (0, 0), "Night train"),
        ("12 p.m. Lunch", (12, 0), "Lunch"),
        ("11:59 pm Sleep", (23, 59), "Sleep"),
        ("23:59 Sleep", (23, 59), "Sleep"),
        ("00:00 Midnight", (0, 0), "Midnight"),
        ("13:00 Lunch", (13, 0), "Lunch"),
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
        "8:60 am Bus",
        "0 am Bus",
        "24:00 Bus",
        "8 Bus",
        "14 Bus",
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


def test_a_day_is_read_in_order_of_time_with_the_words_of_its_language():
    text = "2:30 pm Temple\n  \n  Bring water \n8:30 am Visit\n\n"
    entries, words = day_plan.read_day(DAY, text, HANOI, language="es")
    at = dt.datetime(2027, 6, 16, 1, 30, tzinfo=dt.UTC)
    assert entries == [
        day_plan.Entry(at, HANOI, "Visit", language="es"),
        day_plan.Entry(at + dt.timedelta(hours=6), HANOI, "Temple", language="es"),
    ]
    assert all(each.starts_at.tzinfo is dt.UTC for each in entries)
    assert words == ["Bring water"]
    assert (entries[0].icon, entries[0].local.hour, entries[0].day) == ("map-pin", 8, DAY)


def test_entries_of_one_moment_are_in_order_of_their_end_and_title():
    at = dt.datetime(2027, 6, 16, 1, tzinfo=dt.UTC)
    rows = [("c", 60), ("b", None), ("a", 60), ("d", 30), ("a", None)]
    entries = [
        day_plan.Entry(at, HANOI, title, ends_at=at + dt.timedelta(minutes=wait) if wait else None)
        for title, wait in rows
    ]
    assert [entry.title for entry in day_plan.in_order(entries)] == ["a", "b", "d", "a", "c"]


def test_an_entry_goes_on_from_its_first_moment_until_its_end():
    at, hour = dt.datetime(2027, 6, 16, 1, tzinfo=dt.UTC), dt.timedelta(hours=1)
    bus, walk = day_plan.Entry(at, HANOI, "Bus", ends_at=at + hour), day_plan.Entry(at + 2 * hour, HANOI, "Walk")
    found = [
        (day_plan.current_of([walk, bus], at + n * hour), day_plan.next_of([walk, bus], at + n * hour))
        for n in range(-1, 4)
    ]
    assert found == [(None, bus), (bus, walk), (None, walk), (walk, None), (walk, None)]


def test_next_and_current_follow_the_clock_of_the_place():
    entries, _words = day_plan.read_day(DAY, "8:30 am Visit\n2:30 pm Temple", HANOI)
    noon = dt.datetime(2027, 6, 16, 12, tzinfo=ZoneInfo(HANOI))
    assert day_plan.current_of(entries, noon).title == "Visit"
    assert day_plan.next_of(entries, noon).title == "Temple"
    assert day_plan.next_of(entries, noon + dt.timedelta(hours=3)) is None
    assert day_plan.current_of(entries, noon - dt.timedelta(hours=6)) is None
