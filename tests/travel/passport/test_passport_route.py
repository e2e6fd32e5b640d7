from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.passport.passport_answers import add_months
from travel.passport.passport_route import (
    ELIGIBLE_ONLY,
    IN_PERSON,
    PAPER_KEYS,
    Age,
    Answer,
    Answers,
    Born,
    Issued,
    Name,
    Paper,
    PhotoId,
    Result,
    Route,
    Terms,
    TravelOn,
    Where,
    answers_from_json,
    answers_to_json,
    contradictions,
    papers,
    questions,
    route,
)
from travel.passport.validity import Validity

YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.UNSURE
TRIP = Validity(date(2027, 6, 12), date(2027, 6, 22), months=6, basis="entry")
LONG, SHORT = date(2031, 1, 1), date(2027, 8, 1)
TERMS = Terms(date(2026, 12, 1), adult_valid_years=10, child_valid_years=5, renewal_years=15, online_in_time=True)

NEVER = Answers(
    TravelOn.US_NEED,
    had_passport=NO,
    age=Age.ADULT,
    born=Born.IN_US,
    papers=(Paper.CERTIFIED,),
    name=Name.SAME,
    photo_id=PhotoId.CALIFORNIA,
)
RENEWS = Answers(
    TravelOn.US_NEED,
    had_passport=YES,
    where=Where.HERE,
    name=Name.SAME,
    printed_wrong=NO,
    issued=Issued.WITHIN_LIMIT,
    issued_as_adult=YES,
    age=Age.ADULT,
)
HAS = replace(RENEWS, travel_on=TravelOn.US_HAVE, expires_on=LONG)
PAPER, NO_PAPER = Name.CHANGED_WITH_PAPER, Name.CHANGED_WITHOUT_PAPER
GONE = {"born": Born.IN_US, "papers": (Paper.NONE,), "photo_id": PhotoId.CALIFORNIA}

SCENARIOS = {
    "never had one, certificate at hand": (NEVER, Result(Route.DS11, True, False)),
    "never had one, no certificate": (replace(NEVER, papers=(Paper.NONE,)), Result(Route.DS11, True, True)),
    "an informational copy is none": (replace(NEVER, papers=(Paper.INFORMATIONAL,)), Result(Route.DS11, True, True)),
    "a hospital's souvenir is none": (replace(NEVER, papers=(Paper.SOUVENIR,)), Result(Route.DS11, True, True)),
    "naturalized, with the certificate": (
        replace(NEVER, born=Born.NATURALIZED, papers=(Paper.NATURALIZATION,)),
        Result(Route.DS11, True, False),
    ),
    "only a child's passport, now 19, still at hand": (
        replace(RENEWS, issued_as_adult=NO),
        Result(Route.DS11, False, False),
    ),
    "issued long ago, still at hand": (
        replace(RENEWS, issued=Issued.EARLIER, issued_as_adult=UNSURE),
        Result(Route.DS11, False, False),
    ),
    "lost": (replace(RENEWS, where=Where.LOST, **GONE), Result(Route.LOST, False, True)),
    "stolen": (replace(RENEWS, where=Where.STOLEN, **GONE), Result(Route.LOST, False, True)),
    "damaged": (replace(RENEWS, where=Where.DAMAGED, **GONE), Result(Route.DS11, False, True)),
    "name changed, no paper": (replace(RENEWS, name=NO_PAPER), Result(Route.DS11, False, False)),
    "adult passport, ended": (RENEWS, Result(Route.DS82, False, False)),
    "the same, 25 or older": (replace(RENEWS, age=Age.OLDER), Result(Route.ONLINE, False, False)),
    "name changed, with paper": (replace(RENEWS, name=PAPER, age=Age.OLDER), Result(Route.DS82, False, False)),
    "name changed within the first year": (
        replace(RENEWS, name=PAPER, issued=Issued.WITHIN_YEAR),
        Result(Route.DS5504, False, False),
    ),
    "printed wrong": (replace(RENEWS, printed_wrong=YES), Result(Route.DS5504, False, False)),
    "valid long enough": (HAS, Result(Route.VALID, False, False, LONG)),
    "ends too soon for this trip": (
        replace(HAS, expires_on=SHORT),
        Result(Route.DS82, False, False, SHORT),
    ),
    "a child's passport that lasts": (replace(HAS, issued_as_adult=NO), Result(Route.VALID, False, False, LONG)),
    "a child's passport that ends too soon": (
        replace(HAS, issued_as_adult=NO, expires_on=SHORT),
        Result(Route.DS11, False, False, SHORT),
    ),
}
UNUSUAL = {
    "under 16": replace(NEVER, age=Age.CHILD),
    "born abroad, no paper": replace(NEVER, born=Born.ABROAD, papers=(Paper.NONE,)),
    "naturalized, no paper": replace(NEVER, born=Born.NATURALIZED, papers=()),
    "not sure where, no paper": replace(NEVER, born=Born.UNSURE, papers=(Paper.SOUVENIR,)),
    "nobody wrote the birth down": replace(NEVER, papers=(Paper.NO_RECORD,)),
    "another name than at birth, nothing that shows it": replace(NEVER, name=NO_PAPER),
    "its last day is not known": replace(HAS, expires_on=None),
    "has one, not sure where": replace(HAS, where=Where.UNSURE),
    "not sure about the name in it": replace(RENEWS, name=Name.UNSURE),
    "not sure whether it is printed right": replace(RENEWS, printed_wrong=UNSURE),
    "name changed, not sure when it was issued": replace(RENEWS, name=PAPER, issued=Issued.UNSURE),
    "says both": replace(HAS, where=Where.LOST),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_route_of_each_scenario(name):
    answers, expected = SCENARIOS[name]
    assert route(answers, TRIP, TERMS) == expected


@pytest.mark.parametrize("name", UNUSUAL)
def test_everything_unusual_goes_to_a_person(name):
    found = route(UNUSUAL[name], TRIP, TERMS)
    assert (found.route, found.needs_certificate, found.expires_on) == (Route.TALK, None, None)
    assert papers(UNUSUAL[name], found.route) == ()


@pytest.mark.parametrize("what", [TravelOn.OTHER_COUNTRY, TravelOn.OTHER_DOCUMENT, TravelOn.RATHER_TALK])
def test_whoever_would_rather_talk_leaves_no_other_trace(what):
    assert route(replace(HAS, travel_on=what), TRIP, TERMS) == Result(Route.TALK, None, None, None)
    assert questions(replace(HAS, travel_on=what), TRIP) == ("travel_on",)


@pytest.mark.parametrize(
    ("unsure", "expected"),
    [
        ({"had_passport": UNSURE}, Route.DS11),
        ({"issued_as_adult": UNSURE}, Route.DS11),
        ({"issued": Issued.UNSURE}, Route.DS11),
        ({"where": Where.UNSURE}, Route.DS11),
        ({"age": Age.UNSURE}, Route.DS82),
    ],
)
def test_not_sure_takes_the_way_that_works_for_everybody(unsure, expected):
    answers = replace(RENEWS, born=Born.IN_US, papers=(Paper.CERTIFIED,), **unsure)
    assert route(answers, TRIP, TERMS).route == expected


def test_not_sure_about_a_first_passport_is_not_counted_as_one():
    assert route(replace(NEVER, had_passport=UNSURE), TRIP, TERMS).is_first_passport is None


def test_renewal_online_is_proposed_only_while_its_one_speed_is_in_time():
    late = replace(TERMS, online_in_time=False)
    assert route(replace(RENEWS, age=Age.OLDER), TRIP, late).route == Route.DS82


# --- properties: any answers ------------------------------------------------------------------------

some_papers = st.lists(st.sampled_from(list(Paper)), max_size=3, unique=True).map(tuple)
some_answers = st.builds(
    Answers,
    travel_on=st.sampled_from(list(TravelOn)),
    had_passport=st.sampled_from(list(Answer)),
    where=st.sampled_from(list(Where)),
    expires_on=st.none() | st.dates(date(2018, 1, 1), date(2036, 1, 1)),
    name=st.sampled_from(list(Name)),
    printed_wrong=st.sampled_from(list(Answer)),
    issued=st.sampled_from(list(Issued)),
    issued_as_adult=st.sampled_from(list(Answer)),
    age=st.sampled_from(list(Age)),
    born=st.sampled_from(list(Born)),
    papers=some_papers,
    photo_id=st.sampled_from(list(PhotoId)),
)
UNSURE_BY_NAME = {field.name: field.default for field in fields(Answers) if field.name != "travel_on"}


@given(some_answers)
def test_whoever_is_asked_nothing_more_has_a_way_and_its_papers(answers):
    found = route(answers, TRIP, TERMS)
    needed = papers(answers, found.route)
    assert set(needed) <= PAPER_KEYS
    assert len(needed) == len(set(needed))
    assert bool(needed) == (found.route not in (Route.TALK, Route.VALID))
    assert ("order-birth-certificate" in needed) == bool(found.needs_certificate)


@given(some_answers)
def test_a_way_for_some_needs_every_condition_to_be_known(answers):
    """Being unsure of a condition never leads to a form that only people who meet it may use."""
    way = route(answers, TRIP, TERMS).route
    if way in ELIGIBLE_ONLY:
        assert answers.has_book
        assert answers.where == Where.HERE
        assert answers.name not in (Name.UNSURE, NO_PAPER)
        assert answers.printed_wrong != UNSURE
    if way in (Route.DS82, Route.ONLINE):
        assert (answers.issued_as_adult, answers.printed_wrong) == (YES, NO)
        assert answers.issued in (Issued.WITHIN_YEAR, Issued.WITHIN_LIMIT)
    if way == Route.ONLINE:
        assert (answers.age, answers.name) == (Age.OLDER, Name.SAME)
    if way == Route.VALID:
        assert TRIP.covers(answers.expires_on)


@given(some_answers, some_answers)
def test_to_know_more_never_takes_an_easier_way_away(answers, knows):
    """A form offered while an answer is unsure stays available whatever the answer turns out to be."""
    unsure = {name for name, value in UNSURE_BY_NAME.items() if getattr(answers, name) == value}
    more = replace(answers, **{name: getattr(knows, name) for name in unsure})
    was, is_now = route(answers, TRIP, TERMS).route, route(more, TRIP, TERMS).route
    if was in ELIGIBLE_ONLY and not contradictions(more, TERMS):
        same = {Route.DS82, Route.ONLINE} if was == Route.DS82 else {was}
        assert is_now in same


@given(some_answers)
def test_a_first_answer_decides_what_is_asked_next(answers):
    """Answering one question at a time from the start: the order never jumps, no question repeats, and it ends."""
    given_so_far = {"travel_on": answers.travel_on}
    for _ in range(len(fields(Answers)) + 1):
        so_far = Answers(**given_so_far)
        asked = questions(so_far, TRIP)
        left = [name for name in asked if name not in given_so_far]
        assert list(asked[: len(given_so_far)]) == list(given_so_far)
        if not left:
            break
        given_so_far[left[0]] = getattr(answers, left[0])
    assert not left
    assert len(asked) == len(set(asked)) <= len(fields(Answers))


@given(some_answers)
def test_only_answers_that_were_asked_for_matter(answers):
    """All questions that the route needs are asked: answers to others change nothing."""
    asked = set(questions(answers, TRIP))
    while True:  # dropping an answer may end the questions that followed from it
        kept = replace(answers, **{name: value for name, value in UNSURE_BY_NAME.items() if name not in asked})
        if set(questions(kept, TRIP)) == asked:
            break
        asked = set(questions(kept, TRIP))
    if not contradictions(answers, TERMS):
        assert route(kept, TRIP, TERMS).route == route(answers, TRIP, TERMS).route


@given(some_answers)
def test_answers_come_back_from_json_as_they_were(answers):
    data = answers_to_json(answers)
    assert answers_from_json(data) == answers
    assert all(isinstance(value, str | list | None) for value in data.values())


def test_answers_of_an_earlier_version_count_as_unsure_where_it_knew_other_words():
    found = answers_from_json(
        {"travel_on": "us_need", "where": "on the moon", "gone": "x", "papers": ["certified", "y"]}
    )
    assert found == Answers(TravelOn.US_NEED, papers=(Paper.CERTIFIED,))
    assert answers_from_json({}).travel_on == TravelOn.RATHER_TALK


# --- contradictions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        (replace(HAS, where=Where.LOST), ("travel_on", "where")),
        (replace(HAS, where=Where.STOLEN), ("travel_on", "where")),
        (replace(RENEWS, age=Age.CHILD), ("issued_as_adult", "age")),
        (
            replace(RENEWS, issued=Issued.WITHIN_YEAR, issued_as_adult=NO),
            ("issued_as_adult", "issued", "age"),
        ),
        (replace(HAS, issued=Issued.EARLIER), ("issued", "expires_on")),
        (replace(HAS, issued=Issued.WITHIN_YEAR, expires_on=date(2026, 11, 1)), ("issued", "expires_on")),
        (replace(HAS, issued_as_adult=NO, expires_on=date(2032, 1, 1)), ("issued_as_adult", "expires_on")),
        (replace(NEVER, papers=(Paper.NATURALIZATION,)), ("born", "papers")),
        (replace(NEVER, born=Born.ABROAD), ("born", "papers")),
        (replace(NEVER, born=Born.NATURALIZED, papers=(Paper.CONSULAR_REPORT,)), ("born", "papers")),
    ],
)
def test_answers_that_cannot_all_be_true_are_named_and_lead_to_a_person(answers, named):
    assert contradictions(answers, TERMS) == (named,)
    assert route(answers, TRIP, TERMS).route == Route.TALK


@pytest.mark.parametrize("answers", [answers for answers, _ in SCENARIOS.values()])
def test_usual_answers_fit_together(answers):
    assert contradictions(answers, TERMS) == ()


# --- papers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "way", "keys"),
    [
        (NEVER, Route.DS11, ["birth-certificate", "photo-id", "copies", "form-ds11", "photo-print"]),
        (
            replace(NEVER, papers=(Paper.INFORMATIONAL, Paper.SOUVENIR), photo_id=PhotoId.STUDENT_ONLY),
            Route.DS11,
            [
                "order-birth-certificate",
                "informational-copy",
                "hospital-souvenir",
                "photo-id-missing",
                "copies",
                "form-ds11",
                "photo-print",
            ],
        ),
        (
            replace(NEVER, name=PAPER, age=Age.TEEN, photo_id=PhotoId.OTHER_STATE),
            Route.DS11,
            [
                "birth-certificate",
                "name-change",
                "photo-id-other-state",
                "parent-knows",
                "copies",
                "form-ds11",
                "photo-print",
            ],
        ),
        (
            replace(RENEWS, where=Where.DAMAGED, **GONE),
            Route.DS11,
            ["damaged-passport", "order-birth-certificate", "photo-id", "copies", "form-ds11", "photo-print"],
        ),
        (
            replace(RENEWS, name=PAPER, issued=Issued.WITHIN_YEAR),
            Route.DS5504,
            ["old-passport", "name-change", "form-by-mail", "photo-print"],
        ),
        (
            replace(RENEWS, printed_wrong=YES),
            Route.DS5504,
            ["old-passport", "proof-of-the-mistake", "form-by-mail", "photo-print"],
        ),
        (replace(RENEWS, age=Age.OLDER), Route.ONLINE, ["renew-online", "photo-file"]),
    ],
)
def test_papers_are_those_of_this_person(answers, way, keys):
    assert route(answers, TRIP, TERMS).route == way
    assert list(papers(answers, way)) == keys


def test_whoever_goes_to_the_counter_always_brings_proof_an_id_copies_form_and_photo():
    ids = ("photo-id", "photo-id-other-state", "photo-id-missing", "photo-id-unsure")
    for way, photo_id, paper in product(IN_PERSON, PhotoId, Paper):
        keys = papers(replace(NEVER, photo_id=photo_id, papers=(paper,)), way)
        assert [key for key in keys if key in ids]
        assert keys[-3:] == ("copies", "form-ds11", "photo-print")


# --- validity ---------------------------------------------------------------------------------------


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
    validity = Validity(TRIP.arrives_on, TRIP.returns_on, months, basis)
    assert validity.needed_until == last_day
    assert validity.covers(last_day)
    assert not validity.covers(last_day - timedelta(days=1))


def test_months_end_on_the_last_day_where_there_is_no_such_day():
    assert add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert add_months(date(2027, 12, 15), 1) == date(2028, 1, 15)


def test_a_book_without_room_is_renewed_however_long_it_is_good():
    assert route(HAS, TRIP, TERMS).route == Route.VALID
    full = replace(TRIP, is_full=True)
    assert route(replace(HAS, issued=Issued.WITHIN_LIMIT, issued_as_adult=YES), full, TERMS).route == Route.DS82
    assert "issued" in questions(HAS, full)


@pytest.mark.parametrize(("age", "asked"), [(Age.TEEN, True), (Age.UNSURE, True), (Age.ADULT, False)])
def test_whoever_may_be_under_age_brings_word_of_a_parent(age, asked):
    answers = Answers(TravelOn.US_NEED, had_passport=NO, born=Born.IN_US, papers=(Paper.CERTIFIED,), age=age)
    assert ("parent-knows" in papers(answers, Route.DS11)) == asked
