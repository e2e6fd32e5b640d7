from dataclasses import replace
from datetime import date

import pytest

from travel.passport_route import Answer, Answers, Name, Result, Route, TravelOn, Validity, add_months, route

YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.UNSURE
TRIP = Validity(date(2027, 6, 12), date(2027, 6, 22), months=6, basis="entry")
LONG, SHORT = date(2031, 1, 1), date(2027, 8, 1)

NEVER = Answers(TravelOn.US_NEED, had_passport=NO, has_certificate=YES)
RENEWS = Answers(
    TravelOn.US_NEED,
    had_passport=YES,
    issued_as_adult=YES,
    issued_recently=YES,
    issued_within_year=NO,
    in_hand=YES,
    printed_wrong=NO,
    name=Name.SAME,
    has_certificate=NO,
)
HAS = replace(RENEWS, travel_on=TravelOn.US_HAVE, expires_on=LONG)
PAPER, NO_PAPER = Name.CHANGED_WITH_PAPER, Name.CHANGED_WITHOUT_PAPER

SCENARIOS = {
    "never had one, certificate at hand": (NEVER, Result(Route.DS11, True, False)),
    "never had one, no certificate": (replace(NEVER, has_certificate=NO), Result(Route.DS11, True, True)),
    "only a child's passport, now 19": (
        replace(RENEWS, issued_as_adult=NO),
        Result(Route.DS11, False, True),
    ),
    "issued long ago": (replace(RENEWS, issued_recently=NO), Result(Route.DS11, False, True)),
    "lost, stolen or damaged": (replace(RENEWS, in_hand=NO), Result(Route.DS11, False, True)),
    "name changed, no paper": (replace(RENEWS, name=NO_PAPER), Result(Route.DS11, False, True)),
    "adult passport, ended": (RENEWS, Result(Route.DS82, False, False)),
    "name changed, with paper": (replace(RENEWS, name=PAPER), Result(Route.DS82, False, False)),
    "name changed within the first year": (
        replace(RENEWS, name=PAPER, issued_within_year=YES),
        Result(Route.DS5504, False, False),
    ),
    "printed wrong": (replace(RENEWS, printed_wrong=YES), Result(Route.DS5504, False, False)),
    "valid long enough": (HAS, Result(Route.VALID, False, False, LONG)),
    "ends too soon for this trip": (
        replace(HAS, expires_on=SHORT),
        Result(Route.DS82, False, False, SHORT),
    ),
    "a child's passport that lasts": (
        replace(HAS, issued_as_adult=NO),
        Result(Route.VALID, False, False, LONG),
    ),
    "a child's passport that ends too soon": (
        replace(HAS, issued_as_adult=NO, expires_on=SHORT),
        Result(Route.DS11, False, True, SHORT),
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_route_of_each_scenario(name):
    answers, expected = SCENARIOS[name]
    assert route(answers, TRIP) == expected


@pytest.mark.parametrize("what", [TravelOn.OTHER_COUNTRY, TravelOn.OTHER_DOCUMENT, TravelOn.RATHER_TALK])
def test_whoever_would_rather_talk_leaves_no_other_trace(what):
    assert route(replace(HAS, travel_on=what), TRIP) == Result(Route.TALK, None, None, None)


@pytest.mark.parametrize(
    ("unsure", "expected"),
    [
        ("had_passport", Route.DS11),
        ("issued_as_adult", Route.DS11),
        ("issued_recently", Route.DS11),
        ("in_hand", Route.DS11),
        ("name", Route.TALK),
        ("printed_wrong", Route.DS82),
    ],
)
def test_not_sure_takes_the_way_that_works_for_everybody_or_a_talk(unsure, expected):
    answers = replace(RENEWS, **{unsure: Name.UNSURE if unsure == "name" else UNSURE})
    assert route(answers, TRIP).route == expected


def test_not_sure_about_a_first_passport_is_not_counted_as_one():
    assert route(replace(NEVER, had_passport=UNSURE), TRIP).is_first_passport is None


def test_a_changed_name_with_an_unknown_day_of_issue_is_talked_over():
    assert route(replace(RENEWS, name=PAPER, issued_within_year=UNSURE), TRIP).route == Route.TALK


def test_a_passport_whose_last_day_is_unknown_is_looked_at_together():
    assert route(replace(HAS, expires_on=None), TRIP) == Result(Route.TALK, False, None)


def test_a_damaged_passport_is_not_valid_however_long_it_lasts():
    assert route(replace(HAS, in_hand=NO), TRIP).route == Route.DS11


@pytest.mark.parametrize(
    ("basis", "months", "last_day"),
    [
        ("entry", 6, date(2027, 12, 12)),
        ("exit", 3, date(2027, 9, 22)),
        ("stay", 0, date(2027, 6, 22)),
        ("entry", 0, date(2027, 6, 22)),
    ],
)
def test_validity_counts_from_arrival_from_leaving_or_for_the_stay(basis, months, last_day):
    validity = Validity(TRIP.leaves_on, TRIP.returns_on, months, basis)
    assert validity.needed_until == last_day
    assert validity.covers(last_day)
    assert not validity.covers(last_day.replace(day=last_day.day - 1))


def test_months_end_on_the_last_day_where_there_is_no_such_day():
    assert add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert add_months(date(2027, 12, 15), 1) == date(2028, 1, 15)
