from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.passport.way.answers import add_months
from travel.passport.way.route import (
    ELIGIBLE_ONLY,
    IN_PERSON,
    PAPER_KEYS,
    Age,
    Answer,
    Answers,
    Born,
    Issued,
    Kind,
    Name,
    Paper,
    PhotoId,
    Printed,
    Result,
    Route,
    Terms,
    Ticket,
    TravelOn,
    Where,
    age_of,
    answers_from_json,
    answers_to_json,
    as_adult,
    contradictions,
    issued,
    papers,
    questions,
    route,
)
from travel.passport.way.validity import Validity

YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.UNSURE
TODAY = date(2026, 12, 1)
TRIP = Validity(date(2027, 6, 12), date(2027, 6, 22), months=6, basis="entry")
LONG, SHORT = date(2032, 1, 1), date(2027, 8, 1)
TERMS = Terms(
    today=TODAY,
    adult_valid_years=10,
    child_valid_years=5,
    short_years=2,
    renewal_years=15,
    correction_days=365,
    adult_age=16,
    parent_age=18,
    online_age=25,
    online_from_years=9,
    online_in_time=True,
)
CHILD, TEEN, ADULT, OLDER = date(2012, 1, 5), date(2009, 5, 1), date(2005, 3, 9), date(1996, 7, 4)

NEVER = Answers(
    TravelOn.US_NEED,
    had_passport=NO,
    born_on=ADULT,
    born=Born.IN_US,
    papers=(Paper.CERTIFIED,),
    name=Name.SAME,
    photo_id=PhotoId.IN_STATE,
)
# 30 years old: nobody younger than 26 holds a ten-year book that is about to end
RENEWS = Answers(
    TravelOn.US_HAVE,
    where=Where.HERE,
    kind=Kind.FULL,
    expires_on=SHORT,
    name=Name.SAME,
    printed_wrong=Printed.NO,
    issued_on=date(2017, 8, 2),
    issued_as_adult=YES,
    born_on=OLDER,
)
SLOW = replace(TERMS, online_in_time=False)
HAS = replace(RENEWS, expires_on=LONG, issued_on=None, issued_as_adult=UNSURE)
# 21 years old, with a book from when they were 15
GROWN = replace(
    RENEWS,
    issued_as_adult=NO,
    born_on=ADULT,
    expires_on=date(2025, 6, 1),
    issued_on=date(2020, 6, 2),
    photo_id=PhotoId.IN_STATE,
)
# the first year of a ten-year book of somebody who is 21
NEW = replace(RENEWS, born_on=ADULT, issued_on=date(2026, 5, 31), expires_on=date(2036, 5, 30))
PAPER, NO_PAPER = Name.CHANGED_WITH_PAPER, Name.CHANGED_WITHOUT_PAPER
GONE = {"born": Born.IN_US, "papers": (Paper.NONE,), "photo_id": PhotoId.IN_STATE}
LIMITED = replace(
    RENEWS, kind=Kind.LIMITED, issued_as_adult=UNSURE, born_on=ADULT, issued_on=date(2026, 8, 2), expires_on=SHORT
)
ENDED = replace(LIMITED, expires_on=date(2026, 3, 1), issued_on=date(2024, 9, 1), **GONE)
CARD = replace(RENEWS, kind=Kind.CARD, expires_on=None, born_on=ADULT, issued_on=date(2022, 3, 1))
# the last days of DS-82 and of a book's first year
FIFTEEN, FIRST_YEAR = date(2032, 8, 2), date(2027, 5, 31)

SCENARIOS = {
    "never had one, certificate at hand": (NEVER, Result(Route.DS11, True, False)),
    "never had one, no certificate": (replace(NEVER, papers=(Paper.NONE,)), Result(Route.DS11, True, True)),
    "an informational copy is none": (replace(NEVER, papers=(Paper.INFORMATIONAL,)), Result(Route.DS11, True, True)),
    "a hospital's souvenir is none": (replace(NEVER, papers=(Paper.SOUVENIR,)), Result(Route.DS11, True, True)),
    "an old certificate of Puerto Rico is none": (
        replace(NEVER, papers=(Paper.PUERTO_RICO_OLD,)),
        Result(Route.DS11, True, True),
    ),
    "filed late, and an older passport-like proof beside it": (
        replace(NEVER, papers=(Paper.LATE, Paper.CERTIFIED)),
        Result(Route.DS11, True, False),
    ),
    "naturalized, with the certificate": (
        replace(NEVER, born=Born.NATURALIZED, papers=(Paper.NATURALIZATION,)),
        Result(Route.DS11, True, False),
    ),
    "only a child's passport, now 21, still at hand": (GROWN, Result(Route.DS11, False, False, GROWN.expires_on)),
    "issued long ago, still at hand": (
        replace(GROWN, issued_on=date(2007, 3, 2), issued_as_adult=UNSURE, expires_on=date(2012, 3, 1)),
        Result(Route.DS11, False, False, date(2012, 3, 1)),
    ),
    "lost": (replace(RENEWS, where=Where.LOST, **GONE), Result(Route.LOST, False, True)),
    "says at once that it was lost": (
        Answers(TravelOn.US_LOST, born_on=ADULT, **GONE),
        Result(Route.LOST, False, True),
    ),
    "stolen": (replace(RENEWS, where=Where.STOLEN, **GONE), Result(Route.LOST, False, True)),
    "reported lost, then found": (replace(RENEWS, where=Where.FOUND, **GONE), Result(Route.DS11, False, True)),
    "damaged": (replace(RENEWS, where=Where.DAMAGED, **GONE), Result(Route.DS11, False, True)),
    "married, without the certificate": (replace(RENEWS, name=NO_PAPER), Result(Route.DS11, False, False, SHORT)),
    "adult passport, 30 years old": (RENEWS, Result(Route.ONLINE, False, False, SHORT, FIFTEEN)),
    "adult passport that ended and whose last day nobody knows": (
        replace(RENEWS, travel_on=TravelOn.US_NEED, had_passport=YES, expires_on=None),
        Result(Route.DS82, False, False, None, FIFTEEN),
    ),
    "says they need one, and the one they have is good": (
        replace(HAS, travel_on=TravelOn.US_NEED, had_passport=YES),
        Result(Route.VALID, False, False, LONG),
    ),
    "name changed, with paper": (replace(RENEWS, name=PAPER), Result(Route.DS82, False, False, SHORT, FIFTEEN)),
    "name changed within the first year": (
        replace(NEW, name=PAPER),
        Result(Route.DS5504, False, False, NEW.expires_on, FIRST_YEAR),
    ),
    "issued less than a year ago": (NEW, Result(Route.VALID, False, False, NEW.expires_on)),
    "printed wrong, first year": (
        replace(NEW, printed_wrong=Printed.YES),
        Result(Route.DS5504, False, False, NEW.expires_on, NEW.expires_on),
    ),
    "printed wrong, later, the old date is late enough": (
        replace(RENEWS, printed_wrong=Printed.YES, expires_on=LONG, issued_on=date(2022, 1, 2)),
        Result(Route.DS5504, False, False, LONG, LONG),
    ),
    "printed wrong and ended, a child's": (
        replace(GROWN, printed_wrong=Printed.YES, **GONE),
        Result(Route.DS11, False, True, GROWN.expires_on),
    ),
    "limited book, first year": (LIMITED, Result(Route.DS5504, False, False, SHORT, SHORT)),
    "limited book, first year ends before the book": (
        replace(LIMITED, issued_on=date(2026, 1, 10)),
        Result(Route.DS5504, False, False, SHORT, date(2027, 1, 10)),
    ),
    "limited book, ended, none before it": (
        replace(ENDED, earlier_book=NO),
        Result(Route.DS11, False, True, ENDED.expires_on),
    ),
    "limited book, ended, a ten-year one before it": (
        replace(ENDED, earlier_book=YES),
        Result(Route.DS82, False, False, ENDED.expires_on, date(2039, 9, 1)),
    ),
    "passport card only": (CARD, Result(Route.DS82, False, False, None, date(2037, 3, 1))),
    "a child's passport card": (
        replace(CARD, issued_as_adult=NO, issued_on=date(2020, 1, 1), **GONE),
        Result(Route.DS11, False, True),
    ),
    "valid long enough": (HAS, Result(Route.VALID, False, False, LONG)),
    "ends too soon for this trip, no time online": (
        replace(RENEWS, name=PAPER),
        Result(Route.DS82, False, False, SHORT, FIFTEEN),
    ),
    "a child's passport that lasts": (
        replace(HAS, issued_as_adult=NO, born_on=TEEN, expires_on=date(2029, 4, 1)),
        Result(Route.VALID, False, False, date(2029, 4, 1)),
    ),
    "a child's passport that ends too soon": (
        replace(GROWN, born_on=TEEN, expires_on=SHORT, issued_on=date(2022, 8, 2)),
        Result(Route.DS11, False, False, SHORT),
    ),
}
UNUSUAL = {
    "under 16": (replace(NEVER, born_on=CHILD), ["talk-under-age"]),
    "born abroad, no paper": (replace(NEVER, born=Born.ABROAD, papers=(Paper.NONE,)), ["born-abroad"]),
    "naturalized, no paper": (replace(NEVER, born=Born.NATURALIZED, papers=()), ["naturalization-missing"]),
    "not sure where, no paper": (replace(NEVER, born=Born.UNSURE, papers=(Paper.SOUVENIR,)), []),
    "nobody wrote the birth down": (replace(NEVER, papers=(Paper.NO_RECORD,)), ["no-birth-certificate"]),
    "certificate filed late": (replace(NEVER, papers=(Paper.LATE,)), ["talk-late-certificate"]),
    "another name than at birth, nothing that shows it": (replace(NEVER, name=NO_PAPER), ["order-name-change"]),
    "its last day is not known": (replace(HAS, expires_on=None), []),
    "has one, not sure where": (replace(HAS, where=Where.UNSURE), []),
    "not sure what it is": (replace(HAS, kind=Kind.UNSURE), []),
    "not sure about the name in it": (replace(RENEWS, name=Name.UNSURE), []),
    "not sure whether it is printed right": (replace(RENEWS, printed_wrong=Printed.UNSURE), []),
    "gender marker": (replace(HAS, printed_wrong=Printed.TALK), ["talk-gender-marker"]),
    "printed wrong, ends too soon": (replace(RENEWS, printed_wrong=Printed.YES), ["talk-misprint"]),
    "printed wrong and ended, an adult's": (
        replace(RENEWS, printed_wrong=Printed.YES, expires_on=date(2026, 3, 1), issued_on=date(2016, 3, 2)),
        ["talk-misprint"],
    ),
    "limited book, between one and two years old": (replace(LIMITED, issued_on=date(2025, 9, 1)), ["talk-limited"]),
    "limited because of losses": (replace(LIMITED, kind=Kind.LIMITED_LOSS), ["talk-limited"]),
    "limited book, ended, not sure what was before it": (ENDED, ["talk-limited"]),
    "name changed, not sure when it was issued": (
        replace(RENEWS, travel_on=TravelOn.US_NEED, had_passport=YES, name=PAPER, issued_on=None, expires_on=None),
        [],
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_route_of_each_scenario(name):
    answers, expected = SCENARIOS[name]
    assert contradictions(answers, TERMS) == ()
    assert route(answers, TRIP, TERMS) == expected


@pytest.mark.parametrize("name", UNUSUAL)
def test_everything_unusual_goes_to_a_person(name):
    answers, reasons = UNUSUAL[name]
    found = route(answers, TRIP, TERMS)
    assert contradictions(answers, TERMS) == ()
    assert (found.route, found.needs_certificate, found.expires_on) == (Route.TALK, None, None)
    assert list(papers(answers, found.route, age_of(answers, TERMS))) == reasons


@pytest.mark.parametrize("what", [TravelOn.OTHER_COUNTRY, TravelOn.OTHER_DOCUMENT, TravelOn.RATHER_TALK])
def test_whoever_would_rather_talk_leaves_no_other_trace(what):
    assert route(replace(HAS, travel_on=what), TRIP, TERMS) == Result(Route.TALK, None, None, None)
    assert questions(replace(HAS, travel_on=what), TRIP, TERMS) == ("travel_on",)


@pytest.mark.parametrize(
    ("unsure", "expected"),
    [
        ({"had_passport": UNSURE}, Route.DS11),
        ({"issued_as_adult": UNSURE, "expires_on": None}, Route.DS11),
        ({"issued_as_adult": UNSURE}, Route.ONLINE),  # the two dates say it
        ({"issued_on": None}, Route.ONLINE),  # the last day and the age at issue say it
        ({"issued_on": None, "issued_as_adult": UNSURE}, Route.DS11),
        ({"where": Where.UNSURE}, Route.DS11),
        ({"born_on": None}, Route.DS82),
        ({"expires_on": None}, Route.DS82),
    ],
)
def test_not_sure_takes_the_way_that_works_for_everybody(unsure, expected):
    needs = replace(RENEWS, travel_on=TravelOn.US_NEED, had_passport=YES)
    answers = replace(needs, **({"born": Born.IN_US, "papers": (Paper.CERTIFIED,)} | unsure))
    assert route(answers, TRIP, TERMS).route == expected


def test_not_sure_about_a_first_passport_is_not_counted_as_one():
    assert route(replace(NEVER, had_passport=UNSURE), TRIP, TERMS).is_first_passport is None


@pytest.mark.parametrize(
    ("answers", "terms", "expected"),
    [
        (RENEWS, TERMS, Route.ONLINE),
        (RENEWS, SLOW, Route.DS82),
        (replace(RENEWS, born_on=None), TERMS, Route.DS82),
        # issued eight years ago: too new for renewal online
        (
            replace(RENEWS, expires_on=date(2028, 11, 1), issued_on=date(2018, 11, 2), born_on=date(2000, 1, 1)),
            TERMS,
            Route.DS82,
        ),
    ],
)
def test_renewal_online_is_proposed_only_in_time_at_the_age_and_near_the_end(answers, terms, expected):
    far = replace(TRIP, months=24)
    assert route(answers, far, terms).route == expected


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(2010, 12, 2), Age.CHILD),
        (date(2010, 12, 1), Age.TEEN),
        (date(2008, 12, 2), Age.TEEN),
        (date(2008, 12, 1), Age.ADULT),
        (date(2001, 12, 1), Age.OLDER),
        (None, Age.UNSURE),
    ],
)
def test_the_age_follows_from_the_date_of_birth(born, age):
    assert age_of(replace(NEVER, born_on=born), TERMS) == age
    assert age_of(replace(NEVER, born_on=None), replace(TERMS, born_on=born)) == age


def test_the_date_of_birth_is_asked_only_where_the_application_does_not_say_it():
    unknown = replace(NEVER, born_on=None)
    assert "born_on" in questions(unknown, TRIP, TERMS)
    assert "born_on" not in questions(unknown, TRIP, replace(TERMS, born_on=ADULT))
    assert "born_on" in questions(NEVER, TRIP, replace(TERMS, born_on=date(1905, 3, 9)))  # corrected by the student


# --- properties: any answers ------------------------------------------------------------------------

some_papers = st.lists(st.sampled_from(list(Paper)), max_size=3, unique=True).map(tuple)
EACH = {
    "travel_on": st.sampled_from(list(TravelOn)),
    "had_passport": st.sampled_from(list(Answer)),
    "where": st.sampled_from(list(Where)),
    "kind": st.sampled_from(list(Kind)),
    "expires_on": st.none() | st.dates(date(2018, 1, 1), date(2036, 1, 1)),
    "name": st.sampled_from(list(Name)),
    "printed_wrong": st.sampled_from(list(Printed)),
    "earlier_book": st.sampled_from(list(Answer)),
    "ticket_name": st.sampled_from(list(Ticket)),
    "signed": st.sampled_from(list(Answer)),
    "issued_on": st.none() | st.dates(date(2005, 1, 1), TODAY),
    "issued_as_adult": st.sampled_from(list(Answer)),
    "born_on": st.none() | st.dates(date(1960, 1, 1), date(2015, 1, 1)),
    "born": st.sampled_from(list(Born)),
    "papers": some_papers,
    "photo_id": st.sampled_from(list(PhotoId)),
}
HELD = [answers for answers, result in SCENARIOS.values() if result.route in ELIGIBLE_ONLY]


@st.composite
def some_answers_with_dates(draw):
    """Most of somebody who holds a passport, with up to three answers changed, and half of the dates fit each other: of
    independent answers hardly any leads to a form that not everybody may use.
    """
    if draw(st.integers(0, 2)):
        names = draw(st.sets(st.sampled_from(sorted(EACH)), max_size=3))
        return replace(draw(st.sampled_from(HELD)), **{name: draw(EACH[name]) for name in sorted(names)})
    answers = draw(st.builds(Answers, **EACH))
    if answers.expires_on and draw(st.booleans()):
        day = add_months(answers.expires_on + timedelta(days=1), -12 * draw(st.sampled_from([5, 10])))
        answers = replace(answers, issued_on=min(day, TODAY))
    return answers


some_answers = some_answers_with_dates()
UNSURE_BY_NAME = {field.name: field.default for field in fields(Answers) if field.name != "travel_on"}


@given(some_answers)
def test_whoever_is_asked_nothing_more_has_a_way_and_its_papers(answers):
    found = route(answers, TRIP, TERMS)
    needed = papers(answers, found.route, age_of(answers, TERMS))
    assert set(needed) <= PAPER_KEYS
    assert len(needed) == len(set(needed))
    if found.route != Route.TALK:
        assert bool(needed) == (found.route != Route.VALID or answers.name != Name.SAME)
        assert ("order-birth-certificate" in needed) == bool(found.needs_certificate)


@given(some_answers)
def test_a_way_for_some_needs_every_condition_to_be_known(answers):
    """Being unsure of a condition never leads to a form that only people who meet it may use."""
    way = route(answers, TRIP, TERMS).route
    if way in ELIGIBLE_ONLY:
        assert answers.holds_it
        assert answers.kind not in (Kind.UNSURE, Kind.LIMITED_LOSS)
        assert answers.name != Name.UNSURE
        assert answers.name != NO_PAPER or (way, answers.ticket_name) == (Route.VALID, Ticket.OLD_NAME)
        assert answers.printed_wrong in (Printed.NO, Printed.YES)
    if way in (Route.DS82, Route.ONLINE):
        assert answers.printed_wrong == Printed.NO
        assert YES in (answers.issued_as_adult, answers.earlier_book, as_adult(answers, TERMS))
        assert issued(answers, TERMS) in (Issued.WITHIN_YEAR, Issued.WITHIN_LIMIT)
    if way == Route.ONLINE:
        assert (age_of(answers, TERMS), answers.name, answers.kind) == (Age.OLDER, Name.SAME, Kind.FULL)
    if way == Route.VALID:
        assert TRIP.covers(answers.expires_on)
        assert answers.kind == Kind.FULL
    if way == Route.DS5504:
        assert answers.expires_on >= TODAY or answers.printed_wrong == Printed.NO


@given(some_answers, some_answers)
def test_to_know_more_never_takes_an_easier_way_away(answers, knows):
    """A form offered while an answer is unsure stays available whatever the answer turns out to be."""
    unsure = {name for name, value in UNSURE_BY_NAME.items() if getattr(answers, name) == value}
    more = replace(answers, **{name: getattr(knows, name) for name in unsure})
    was, is_now = route(answers, TRIP, TERMS).route, route(more, TRIP, TERMS).route
    if was in ELIGIBLE_ONLY and not contradictions(more, TERMS):
        same = {Route.DS82, Route.ONLINE} if was == Route.DS82 else {was}
        assert is_now in same | {Route.VALID}  # to need no form at all is easier still


@given(some_answers)
def test_a_first_answer_decides_what_is_asked_next(answers):
    """Answering one question at a time from the start: the order never jumps, no question repeats, and it ends."""
    given_so_far = {"travel_on": answers.travel_on}
    for _ in range(len(fields(Answers)) + 1):
        so_far = Answers(**given_so_far)
        asked = questions(so_far, TRIP, TERMS)
        left = [name for name in asked if name not in given_so_far]
        assert list(asked[: len(given_so_far)]) == list(given_so_far)
        if not left:
            break
        given_so_far[left[0]] = getattr(answers, left[0])
    assert not left
    assert len(asked) == len(set(asked)) <= len(fields(Answers))


def asked_for(answers):
    """Those alone; without one of the others some questions may not be asked that followed from it."""
    asked = set(questions(answers, TRIP, TERMS))
    kept = replace(answers, **{name: value for name, value in UNSURE_BY_NAME.items() if name not in asked})
    return kept if set(questions(kept, TRIP, TERMS)) == asked else asked_for(kept)


@given(some_answers)
def test_only_answers_that_were_asked_for_matter(answers):
    """All questions that the route needs are asked: answers to others change nothing."""
    kept = asked_for(answers)
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

DATES_OF = ("kind", "expires_on", "issued_on", "issued_as_adult")


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        # a ten-year book is issued at 16 at the earliest, so it can't end before its holder is 26
        (replace(RENEWS, born_on=date(2007, 6, 1)), ("kind", "expires_on", "issued_as_adult", "born_on")),
        # and a child's is issued before 16: at 21, no book for the full time ends within a year
        (replace(RENEWS, born_on=ADULT, issued_as_adult=UNSURE), ("kind", "expires_on", "born_on")),
        (replace(RENEWS, born_on=date(2002, 1, 1)), ("kind", "expires_on", "born_on")),
        # an adult's book that ended over five years ago was issued over fifteen years ago
        (replace(RENEWS, expires_on=date(2021, 11, 1)), ("expires_on", "issued_on")),
        (replace(RENEWS, issued_on=date(2007, 8, 2)), ("expires_on", "issued_on")),
        (replace(RENEWS, issued_on=TODAY + timedelta(days=1)), ("issued_on",)),
        (replace(NEW, name=PAPER, expires_on=date(2026, 11, 1)), ("kind", "expires_on", "issued_on")),
        (replace(GROWN, expires_on=date(2032, 1, 1)), ("expires_on", "issued_as_adult")),
        (replace(CARD, issued_as_adult=NO), ("issued_on", "issued_as_adult", "born_on")),
        (replace(CARD, born_on=CHILD), ("issued_as_adult", "born_on")),
        (replace(LIMITED, expires_on=date(2030, 1, 1)), ("kind", "expires_on")),
        (replace(ENDED, earlier_book=YES, born_on=date(2010, 6, 1)), ("expires_on", "earlier_book", "born_on")),
        (replace(NEVER, papers=(Paper.NATURALIZATION,)), ("born", "papers")),
        (replace(NEVER, born=Born.ABROAD), ("born", "papers")),
        (replace(NEVER, born=Born.NATURALIZED, papers=(Paper.CONSULAR_REPORT,)), ("born", "papers")),
        (replace(NEVER, born=Born.ABROAD, papers=(Paper.PUERTO_RICO_OLD,)), ("born", "papers")),
        (replace(NEVER, papers=(Paper.NONE, Paper.CERTIFIED)), ("papers",)),
        (replace(NEVER, papers=(Paper.NO_RECORD, Paper.CERTIFIED)), ("papers",)),
    ],
)
def test_answers_that_cannot_all_be_true_are_named_and_lead_to_a_person(answers, named):
    assert named in contradictions(answers, TERMS)
    assert route(answers, TRIP, TERMS).route == Route.TALK


def test_a_date_of_birth_from_the_application_counts_like_one_that_was_asked():
    known = replace(TERMS, born_on=ADULT)
    assert ("kind", "expires_on", "born_on") in contradictions(replace(RENEWS, born_on=None), known)
    assert contradictions(replace(RENEWS, born_on=None), TERMS) == ()


def test_the_years_come_from_the_terms():
    """An adult's book that ended four years ago is renewed by mail only while the limit is above fourteen years."""
    ended = replace(RENEWS, expires_on=date(2022, 11, 1), issued_on=date(2012, 11, 2))
    assert contradictions(ended, TERMS) == ()
    assert route(ended, TRIP, TERMS).route == Route.ONLINE
    assert route(ended, TRIP, replace(TERMS, renewal_years=13)).route == Route.DS11
    assert route(NEW, TRIP, replace(TERMS, adult_valid_years=9)).route == Route.TALK


@given(some_answers)
def test_a_contradiction_is_as_small_as_it_can_be(answers):
    for names in contradictions(answers, TERMS):
        for fewer in (set(names) - {name} for name in names):
            kept = replace(answers, **{name: UNSURE_BY_NAME[name] for name in UNSURE_BY_NAME if name not in fewer})
            kept = replace(kept, had_passport=answers.had_passport, where=answers.where)
            assert not [each for each in contradictions(kept, TERMS) if set(each) <= fewer]


# --- the whole space of answers, against people who could exist ----------------------------------------
#
# An independent model: a person is a date of birth, a day of issue and a kind of book. It says nothing of intervals:
# it tries every day on which a book can have been issued, and writes down what its holder would answer.

BIRTHS = [date(1985, 3, 3), OLDER, date(2001, 6, 1), ADULT, date(2008, 10, 20), TEEN, CHILD]
EXPIRES = [
    *(date(2012, 3, 1), date(2019, 2, 2), date(2021, 10, 1), date(2022, 2, 1), date(2026, 6, 1), date(2026, 11, 30)),
    *(TODAY, SHORT, date(2028, 8, 15), date(2031, 11, 30), LONG, date(2036, 2, 1), date(2036, 11, 30)),
]


# days before the last one, beside a child's five and an adult's ten years
BEFORE = (30, 300, 364, 366, 700, 735, 365 * 8)


def days_of_issue(last):
    days = [add_months(last + timedelta(days=1), -12 * years) for years in (5, 10)]
    return [day for day in (*days, *(last - timedelta(days=days) for days in BEFORE)) if day <= TODAY]


def holders():
    """What every possible holder of a book with one of these last days would answer about it."""
    found = set()
    for born, last in product(BIRTHS, EXPIRES):
        for issued_on in days_of_issue(last):
            if issued_on < born:
                continue
            of_age = (issued_on.year - born.year, issued_on.month, issued_on.day) >= (16, born.month, born.day)
            years = 10 if of_age else 5
            full = (issued_on.year + years, issued_on.month, issued_on.day)
            as_of_age = YES if of_age else NO
            if (last + timedelta(days=1)).timetuple()[:3] == full:
                found.add((Kind.FULL, last, issued_on, as_of_age, born))
            if (last - issued_on).days <= 730:
                found.add((Kind.LIMITED, last, issued_on, as_of_age, born))
    return found


@pytest.fixture(scope="module")
def possible():
    """The answers of all holders, also with any of them left unsure."""
    exact = holders()
    unsure = [
        (each[0], each[1], *more)
        for each in exact
        for more in product((each[2], None), (each[3], UNSURE), (each[4], None))
    ]
    return exact, {*unsure, *((kind, None, *rest) for kind, _last, *rest in unsure)}


def test_what_a_possible_person_answers_is_never_called_a_contradiction(possible):
    exact, _unsure = possible
    assert len(exact) > 100
    for kind, last, issued_on, of_age, born in exact:
        answers = replace(RENEWS, kind=kind, expires_on=last, issued_on=issued_on, issued_as_adult=of_age, born_on=born)
        for names in (DATES_OF, *combinations(DATES_OF, 3), *combinations(DATES_OF, 2)):
            kept = {name: UNSURE_BY_NAME[name] for name in DATES_OF if name not in names}
            assert contradictions(replace(answers, **kept), TERMS) == ()


def test_every_answer_set_with_a_route_could_be_somebodys(possible):
    """All answers about the passport at hand, in every combination: a route only where a person can have it."""
    _exact, could_be = possible
    routes = set()
    dated_ones = [(last, day) for last in EXPIRES for day in (None, *days_of_issue(last))]
    for kind, (last, day), of_age, born in product(
        (Kind.FULL, Kind.LIMITED), ((None, None), (None, date(2015, 5, 5)), *dated_ones), Answer, (None, *BIRTHS)
    ):
        dated = replace(RENEWS, kind=kind, expires_on=last, issued_on=day, issued_as_adult=of_age, born_on=born)
        exists = (kind, last, day, of_age, born) in could_be or last is None
        # being unsure of the name or the print is always a talk
        for name, printed in product((Name.SAME, PAPER, NO_PAPER), (Printed.NO, Printed.YES)):
            answers = replace(dated, name=name, printed_wrong=printed)
            way = route(answers, TRIP, TERMS).route
            routes.add(way)
            assert exists or way == Route.TALK, answers
    assert routes == {*ELIGIBLE_ONLY, Route.DS11, Route.TALK}


def test_every_place_of_birth_with_papers_and_a_route_could_be_somebodys():
    of_us = {Paper.CERTIFIED, Paper.LATE, Paper.PUERTO_RICO_OLD, Paper.INFORMATIONAL}
    abroad = {Paper.CONSULAR_REPORT, Paper.CITIZENSHIP, Paper.NATURALIZATION}
    for born, size in product(Born, range(4)):
        for held in combinations(Paper, size):
            papers_held = set(held)
            impossible = (
                (born == Born.IN_US and papers_held & abroad)
                or (born in (Born.ABROAD, Born.NATURALIZED) and papers_held & of_us)
                or (Paper.NONE in held and size > 1)
                or (Paper.NO_RECORD in held and papers_held & of_us)
            )
            if impossible:
                assert route(replace(NEVER, born=born, papers=held), TRIP, TERMS).route == Route.TALK


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
            replace(NEVER, name=PAPER, born_on=TEEN, photo_id=PhotoId.OTHER_STATE),
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
            replace(NEW, name=PAPER),
            Route.DS5504,
            ["old-passport", "name-change", "form-by-mail", "photo-print"],
        ),
        (
            replace(NEW, printed_wrong=Printed.YES),
            Route.DS5504,
            ["old-passport", "proof-of-the-mistake", "form-by-mail", "photo-print"],
        ),
        (RENEWS, Route.ONLINE, ["renew-online", "photo-file"]),
        (CARD, Route.DS82, ["passport-card", "form-by-mail", "photo-print"]),
        (
            replace(ENDED, earlier_book=NO),
            Route.DS11,
            ["old-passport-too", "order-birth-certificate", "photo-id", "copies", "form-ds11", "photo-print"],
        ),
        (
            replace(RENEWS, where=Where.FOUND, name=NO_PAPER, **GONE),
            Route.DS11,
            [
                "found-passport",
                "order-birth-certificate",
                "order-name-change",
                "photo-id",
                "copies",
                "form-ds11",
                "photo-print",
            ],
        ),
        (
            replace(NEVER, papers=(Paper.PUERTO_RICO_OLD,)),
            Route.DS11,
            [
                "order-birth-certificate",
                "puerto-rico-certificate",
                "photo-id",
                "copies",
                "form-ds11",
                "photo-print",
            ],
        ),
    ],
)
def test_papers_are_those_of_this_person(answers, way, keys):
    assert route(answers, TRIP, TERMS).route == way
    assert list(papers(answers, way, age_of(answers, TERMS))) == keys


def test_whoever_goes_to_the_counter_always_brings_proof_an_id_copies_form_and_photo():
    ids = ("photo-id", "photo-id-other-state", "photo-id-missing", "photo-id-unsure", "naturalization-as-id")
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
    assert route(replace(HAS, issued_on=date(2022, 1, 2), issued_as_adult=YES), full, TERMS).route == Route.DS82
    assert "issued_on" in questions(HAS, full, TERMS)


@pytest.mark.parametrize(("age", "asked"), [(Age.TEEN, True), (Age.UNSURE, True), (Age.ADULT, False)])
def test_whoever_may_be_under_age_brings_word_of_a_parent(age, asked):
    assert ("parent-knows" in papers(NEVER, Route.DS11, age)) == asked
