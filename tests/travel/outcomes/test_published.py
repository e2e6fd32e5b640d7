"""Totals of what was published: sums of ranges, no narrower and no wider than the published ranges allow."""

import datetime as dt
from types import SimpleNamespace

import pytest

from exchange.figures.counts import ENDLESS, Range
from travel.outcomes import published
from travel.outcomes.population import (
    WEEKS,
    By,
    Key,
    Mark,
    Stage,
    Step,
    late_key,
    mark_key,
    stage_key,
    wait_key,
)
from travel.outcomes.published import Part, Share
from travel.outcomes.words import ShareWords, count_text, least_part, share_words

TWENTY = {stage_key("a", Stage.TRAVELED): Range(20, 20), stage_key("b", Stage.TRAVELED): Range(24, 24)}


def trip(cycle, city, year, went=20):
    return SimpleNamespace(cycle=cycle, city=SimpleNamespace(code=city), leaves_on=dt.date(year, 6, 1), went=went)


def of_both(told, trips=()):
    return published.outcomes_of(("a", "b"), TWENTY | told, trips)


def test_travelers_trips_and_cities_are_those_of_the_chosen_cycles():
    trips = [trip("a", "hue", 2027), trip("b", "hue", 2028), trip("b", "oaxaca", 2028, went=0), trip("c", "lyon", 2029)]
    found = of_both({}, trips)
    assert (found.travelers, found.cities) == (44, {"hue"})
    assert found.departures == {dt.date(2027, 6, 1), dt.date(2028, 6, 1)}
    assert found.years == {"hue": {2027, 2028}}
    one = published.outcomes_of(("b",), TWENTY, trips)
    assert (one.travelers, one.years) == (24, {"hue": {2028}})
    assert published.outcomes_of(("c",), {stage_key("c", Stage.TRAVELED): None}, trips).travelers == 0


def test_a_stage_is_no_wider_than_the_stages_around_it_allow():
    told = {
        stage_key("a", Stage.STARTED): Range(100, 110),
        stage_key("a", Stage.SUBMITTED): None,
        stage_key("a", Stage.READ): Range(70, 120),
        stage_key("a", Stage.SELECTED): Range(20, 40),
        stage_key("a", Stage.CONFIRMED): None,
        stage_key("a", Stage.TRAVELED): Range(30, 30),
    }
    assert published.stages_of("a", told) == {
        Stage.STARTED: Range(100, 110),
        Stage.SUBMITTED: Range(70, 110),
        Stage.READ: Range(70, 110),
        Stage.SELECTED: Range(30, 40),
        Stage.CONFIRMED: Range(30, 40),
        Stage.TRAVELED: Range(30, 30),
    }
    assert published.stages_of("a", {stage_key("a", Stage.STARTED): None}) == {Stage.STARTED: Range(0, ENDLESS)}
    theirs = {stage_key("a", Stage.SUBMITTED, By.COLLEGE, "harbor"): Range(11, 20)}
    assert published.stages_of("a", told | theirs, By.COLLEGE, "harbor") == {Stage.SUBMITTED: Range(11, 20)}


def test_only_stages_that_each_cycle_has_are_added_up():
    told = {
        stage_key("a", Stage.SUBMITTED): Range(50, 60),
        stage_key("b", Stage.SUBMITTED): Range(70, 70),
        stage_key("a", Stage.SELECTED): Range(25, 25),
    }
    assert of_both(told).stages == {Stage.SUBMITTED: Range(120, 130), Stage.TRAVELED: Range(44, 44)}


@pytest.mark.parametrize(
    ("of_a", "of_b", "count"),
    [
        (Range(11, 11), Range(12, 12), Range(23, 23)),
        (Range(0, 10), Range(12, 12), Range(12, 22)),
        (None, Range(12, 12), Range(12, 32)),  # of all 20 or of nobody
        (None, Range(12, 15), None),  # wider than half of all says nothing
        (None, None, None),
    ],
)
def test_a_share_of_two_cycles_counts_what_is_hidden_as_nobody_to_all(of_a, of_b, count):
    told = {mark_key("a", Mark.FLIGHT): of_a, mark_key("b", Mark.FLIGHT): of_b}
    assert of_both(told).shares[Mark.FLIGHT] == Share(count, 44)
    assert of_both({}).shares[Mark.FLIGHT] == Share(None, 44)


def test_late_passports_of_all_cycles_or_none_are_told():
    assert of_both({late_key("a"): Range(0, 0), late_key("b"): Range(1, 11)}).too_late == Range(1, 11)
    assert of_both({late_key("a"): Range(0, 0)}).too_late is None
    assert of_both({late_key("a"): Range(0, 0), late_key("b"): None}).too_late is None


def test_who_took_at_most_four_weeks_took_at_most_eight():
    first, *_rest, last = sorted(WEEKS)
    told = {wait_key(code, Step.DECISION, weeks): None for code in "ab" for weeks in WEEKS}
    told[wait_key("a", Step.DECISION, first)] = Range(11, 20)
    told[wait_key("b", Step.DECISION, last)] = Range(0, 10)
    waits = of_both(told).waits
    assert set(waits) == {Step.DECISION}  # the other steps have no figures
    found = waits[Step.DECISION]
    assert list(found) == sorted(WEEKS)
    assert found[first] == Range(11, 30) and found[last] == Range(11, 30)
    assert all(range_ == Range(11, 30) for range_ in found.values())
    del told[wait_key("b", Step.DECISION, first)]
    assert of_both(told).waits == {}


def test_parts_are_told_together_where_each_year_alone_is_hidden():
    def key(subject, group):
        return Key(subject, Mark.FLIGHT.value, By.COLLEGE.value, group)

    told = {
        key("a", "harbor"): Range(5, 5),
        key("b", "harbor"): Range(6, 6),
        key("a", "pierce"): None,
        key("b", "pierce"): None,
        key("a+b", "pierce"): Range(8, 16),
        key("a", "valley"): None,
        key("b", "valley"): Range(7, 7),
        key("b+c", "valley"): Range(1, 8),  # also about a cycle that isn't asked for
    }
    parts = {part.group: part for part in of_both(told).parts[Mark.FLIGHT, By.COLLEGE]}
    assert parts == {
        "harbor": Part("harbor", Range(11, 11), ("a", "b")),
        "pierce": Part("pierce", Range(8, 16), ("a", "b")),
        "valley": Part("valley", Range(7, 7), ("b",)),
    }
    alone = published.outcomes_of(("a",), TWENTY | told, ())
    assert {part.group: part.count for part in alone.parts[Mark.FLIGHT, By.COLLEGE]} == {
        "harbor": Range(5, 5),
        "pierce": None,
        "valley": None,
    }


@pytest.mark.parametrize(
    ("count", "of", "words"),
    [
        (Range(1, 1), 8, ShareWords("13%")),  # 12.5: halves up
        (Range(0, 0), 8, ShareWords("0%")),
        (Range(23, 33), 126, ShareWords("About 1 in 5", "18 to 26%")),
        (Range(17, 20), 20, ShareWords("About 9 in 10", "85 to 100%")),
        (Range(9, 11), 20, ShareWords("About half", "45 to 55%")),
        (Range(18, 20), 20, ShareWords("90 to 100%")),  # 9 in 10 is its end
        (Range(0, 2), 20, ShareWords("0 to 10%")),
        (Range(2, 20), 20, ShareWords("10 to 100%")),  # about nothing
    ],
)
def test_a_range_is_said_by_both_ends_and_about_the_part_near_its_middle(count, of, words):
    assert share_words(count, of) == words


def test_what_every_year_has_at_the_least_is_a_simple_part_of_each():
    assert least_part([(Range(25, 25), 41), (Range(30, 35), 44)]) == "half"
    assert least_part([(Range(28, 28), 42), (Range(30, 30), 45)]) == "2 in 3"
    assert least_part([(Range(0, 4), 40), (Range(30, 30), 45)]) == ""


def test_a_count_in_words():
    assert [count_text(each) for each in (None, Range(7, 7), Range(0, 10), Range(5, ENDLESS))] == [
        "not shown",
        "7",
        "0 to 10",
        "5 or more",
    ]
