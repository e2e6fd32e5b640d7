"""The passport questions, one per page: back, change, errors, contradictions, and what is kept."""

import datetime as dt

import pytest
from django.urls import reverse

from exchange.models import Event, Fact
from tests.factories import UserFactory
from tests.factories_travel import (
    EntryRuleFactory,
    GuidanceFactory,
    PlacementFactory,
    born_on,
    checklist_steps,
    in_days,
    travel_facts,
)
from tests.travel.asking import answer, questions_url, walk
from travel.models import FeasibleCities, Guidance, PassportCase, TravelAnswers
from travel.passport.case import actions
from travel.passport.way.answers import add_months
from travel.passport.way.route import Where, answers_from_json
from travel.prepare.checklist import actions as checklist
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
Route = PassportCase.Route

FIRST = {
    "travel_on": "us_need",
    "had_passport": "no",
    "born": "in_us",
    "papers": ["certified"],
    "name": "same",
    "photo_id": "california",
}
HELD = {"where": "here", "kind": "full", "expires_on": "", "name": "same", "printed_wrong": "no"}
# a book that ended six years ago was issued eleven or sixteen years ago
CLASH = {"travel_on": "us_have", **HELD, "expires_on": in_days(-6 * 365).isoformat(), "issued_on": "2014-05-05"}


@pytest.fixture
def application():
    travel_facts()
    placement = PlacementFactory()
    born_on(placement.application, "1985-03-09")
    EntryRuleFactory(city=placement.trip.city)
    checklist_steps(placement.trip.cycle)
    checklist.open_for(placement, by=placement.placed_by)
    return placement.application


@pytest.fixture
def mine(sign_in, application):
    return sign_in(application.student)


def words(response):
    return " ".join(response.text.split())


def case_of(application):
    return PassportCase.objects.get(application=application)


def said(application):
    return answers_from_json(TravelAnswers.objects.get(application=application).answers)


def test_one_question_to_a_screen_with_a_way_to_talk_on_each(mine, application):
    response = mine.get(questions_url(application))
    assert words(response).count("<h1") == 1
    assert "Which document would you travel with?" in words(response)
    response = answer(mine, response, "us_need")
    assert "Have you ever had a U.S. passport?" in words(response)
    assert "I’d rather talk to someone" in words(response)
    assert words(response).count('type="radio"') == 3
    assert 'name="travel_on" value="us_need"' in words(response)


def test_the_questions_name_the_years_from_facts(mine, application):
    """When one fact changes, the question's text follows."""
    Fact.objects.filter(key="passport.rule.adult_age").update(value=15)
    response = walk(mine, application, {"travel_on": "us_need", "had_passport": "yes", **HELD})
    assert "When was it issued?" in words(response)
    response = answer(mine, response, "2020-05-05")
    assert "Were you 15 or older when it was issued?" in words(response)
    assert "(optional)" not in words(response)


@pytest.mark.parametrize("choice", ["other_country", "other_document", "rather_talk"])
def test_one_question_is_enough_for_who_would_rather_talk(mine, application, choice):
    assert walk(mine, application, {"travel_on": choice}).status_code == 302
    assert case_of(application).route == Route.TALK


def test_no_answer_asks_again_kindly_and_keeps_the_others(mine, application):
    response = answer(mine, answer(mine, mine.get(questions_url(application)), "us_need"))
    assert response.context["page"].name == "had_passport"
    assert "“I’m not sure” is fine." in words(response)
    assert response.context["form"].errors["had_passport"]
    assert ("travel_on", "us_need") in response.context["hidden"]


@pytest.mark.parametrize(
    ("question", "value", "error"),
    [
        ("expires_on", "yesterday", "Enter a valid date."),
        ("expires_on", in_days(365 * 10 + 30).isoformat(), "10 years at most"),
        ("where", "on the moon", "Select a valid choice"),
    ],
)
def test_what_cannot_be_read_is_said_on_its_screen(mine, application, question, value, error):
    before = {"travel_on": "us_have"} | ({"where": "here", "kind": "full"} if question == "expires_on" else {})
    response = answer(mine, walk(mine, application, before), value)
    assert response.context["page"].name == question
    assert error in words(response)


def test_papers_that_stand_alone_are_not_chosen_with_others(mine, application):
    response = walk(mine, application, {key: FIRST[key] for key in ("travel_on", "had_passport", "born")})
    response = answer(mine, response, ["certified", "none"])
    assert response.context["page"].name == "papers"
    assert "Which is right?" in words(response)
    assert words(response).count(" checked") == 2
    assert "certificate-informational" in words(response)


def test_back_shows_the_question_before_with_its_answer(mine, application):
    response = walk(mine, application, {"travel_on": "us_need", "had_passport": "yes"})
    assert response.context["page"].name == "where"
    response = answer(mine, response, move="back")
    assert response.context["page"].name == "had_passport"
    assert words(response).count(" checked") == 1
    # another answer leads to another question, and former answers are kept
    response = answer(mine, response, "no")
    assert response.context["page"].name == "born"


def test_nothing_is_kept_before_the_last_answer(mine, application):
    walk(mine, application, {key: value for key, value in FIRST.items() if key != "photo_id"})
    assert case_of(application).route == Route.UNKNOWN
    assert not TravelAnswers.objects.exists()


def test_the_last_answer_shows_the_way_and_seals_the_answers(mine, application):
    assert walk(mine, application, FIRST).status_code == 302
    assert case_of(application).route == Route.DS11
    assert said(application).papers == ("certified",)
    response = mine.get(questions_url(application))  # again: all answers, each of which can be changed
    assert response.context["page"] is None
    assert "In the United States or one of its territories" in words(response)
    response = answer(mine, response, move="change:papers")
    assert response.context["page"].name == "papers"
    assert answer(mine, response, ["informational"]).status_code == 302
    assert case_of(application).needs_certificate is True


def test_to_send_the_last_screen_twice_is_once(mine, application):
    last = walk(mine, application, {key: value for key, value in FIRST.items() if key != "photo_id"})
    assert answer(mine, last, "california").status_code == answer(mine, last, "california").status_code == 302
    assert TravelAnswers.objects.count() == 1
    assert case_of(application).route == Route.DS11


def test_whoever_would_rather_talk_midway_leaves_only_that(mine, application):
    response = walk(mine, application, {"travel_on": "us_need", "had_passport": "yes"})
    assert answer(mine, response, move="talk").status_code == 302
    assert case_of(application).route == Route.TALK
    assert said(application).where == Where.UNSURE
    assert not FeasibleCities.objects.exists()


def test_answers_that_do_not_fit_are_shown_at_the_question_where_they_arise_and_nothing_is_lost(mine, application):
    response = walk(mine, application, CLASH)
    assert response.status_code == 200
    assert "These can’t both be right" in words(response)
    assert "Which one should we change?" in words(response)
    (sides,) = response.context["clashes"]
    assert [line.name for line in sides] == ["expires_on", "issued_on"]
    assert sides[1].answer == "May 5, 2014"
    assert case_of(application).route == Route.UNKNOWN  # the portal does not guess
    changed = answer(mine, response, move="change:issued_on")
    assert ("kind", "full") in changed.context["hidden"]
    changed = answer(mine, changed, add_months(in_days(-6 * 365 + 1), -120).isoformat())
    assert answer(mine, changed, "california").status_code == 302
    assert case_of(application).route == Route.DS11


def test_a_ten_year_book_of_somebody_who_is_19_cannot_end_next_month(mine, application):
    """The date of birth comes from the application, so the first impossible pair shows before the next question."""
    born_on(application, in_days(-20 * 365).isoformat())
    held = {"travel_on": "us_have", **HELD, "name": "same", "expires_on": in_days(30).isoformat()}
    response = walk(mine, application, held | {"issued_on": "", "issued_as_adult": "yes"})
    (sides,) = response.context["clashes"]
    assert [line.name for line in sides] == ["kind", "expires_on", "issued_as_adult", "born_on"]
    assert sides[-1].label == "Your date of birth, from your application"
    changed = answer(mine, answer(mine, response, move="change:issued_as_adult"), "no")
    assert answer(mine, changed, "california").status_code == 302
    assert case_of(application).route == Route.DS11


def test_a_wrong_date_of_birth_is_corrected_where_it_shows(mine, application):
    born_on(application, in_days(-20 * 365).isoformat())
    held = {"travel_on": "us_have", **HELD, "expires_on": in_days(30).isoformat()}
    response = walk(mine, application, held | {"issued_on": "", "issued_as_adult": "yes"})
    response = answer(mine, response, move="change:born_on")
    assert "tell your advisor" in words(response)
    assert answer(mine, response, "1985-03-09").status_code == 302
    assert case_of(application).route == Route.ONLINE
    assert said(application).born_on == dt.date(1985, 3, 9)


def test_answers_that_do_not_fit_can_be_kept_for_a_talk(mine, application):
    answer(mine, walk(mine, application, CLASH), move="keep")
    assert case_of(application).route == Route.TALK
    assert said(application).issued_on == dt.date(2014, 5, 5)
    assert "These can’t both be right" in words(mine.get(questions_url(application)))


def test_keeping_needs_something_that_does_not_fit(mine, application):
    response = walk(mine, application, {"travel_on": "us_need"})
    assert answer(mine, response, move="keep").status_code == 200
    assert case_of(application).route == Route.UNKNOWN


def test_the_chosen_advisor_reads_the_answers_that_do_not_fit_and_nobody_else_can(mine, sign_in, application):
    advisor, other = UserFactory(advisor=application.college), UserFactory(advisor=application.college)
    answer(mine, walk(mine, application, CLASH), move="keep")
    actions.choose_advisor(application, advisor, by=application.student)
    address = reverse("travel:passport-answers", kwargs={"code": application.code})
    page = words(sign_in(advisor).post(address))
    assert "These can’t all be right" in page
    assert "May 5, 2014" in page
    assert sign_in(other).post(address).status_code == 404
    assert sign_in(UserFactory(coordinator=True)).post(address).status_code == 404


# --- the date of birth ---------------------------------------------------------------------------------


def test_the_age_is_not_asked_where_the_application_says_the_date_of_birth(mine, application):
    response = walk(mine, application, {"travel_on": "us_need", "had_passport": "no"})
    assert response.context["page"].name == "born"
    walk(mine, application, FIRST)
    assert said(application).born_on is None  # it isn't stored twice


@pytest.mark.parametrize("value", ["", "1985-03-09"])
def test_a_date_of_birth_that_nobody_knows_is_asked_once_and_may_stay_unsaid(mine, application, value):
    born_on(application, "3/9/")
    response = walk(mine, application, FIRST | {"born_on": value})
    assert response.status_code == 302
    assert said(application).born_on == (dt.date(1985, 3, 9) if value else None)


@pytest.mark.parametrize("value", ["tomorrow", "1885-03-09"])
def test_a_date_on_which_nobody_was_born_is_asked_again(mine, application, value):
    value = in_days(1).isoformat() if value == "tomorrow" else value
    born_on(application, None)
    response = answer(mine, walk(mine, application, {"travel_on": "us_need", "had_passport": "no"}), value)
    assert response.context["page"].name == "born_on"
    assert "Enter the day you were born. Check the year." in words(response)


# --- cases that look ordinary ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lost",
    [{"travel_on": "us_lost"}, {"travel_on": "us_have", "where": "lost"}, {"travel_on": "us_have", "where": "stolen"}],
)
def test_a_lost_passport_starts_its_own_route_at_once(mine, application, lost):
    GuidanceFactory(topic=Guidance.Topic.PAPER, key="report-lost", title_en="Report it first, with form DS-64")
    response = walk(mine, application, lost)
    assert response.context["page"].name == "born"
    assert "Report it first, with form DS-64" in words(response)
    response = walk(mine, application, lost | {key: FIRST[key] for key in ("born", "papers", "name", "photo_id")})
    assert response.status_code == 302
    assert case_of(application).route == Route.LOST


@pytest.mark.parametrize(
    ("birth", "offered", "left_out"),
    [
        ("in_us", "puerto_rico_old", "naturalization"),
        ("naturalized", "naturalization", "certified"),
        ("abroad", "consular_report", "late"),
    ],
)
def test_only_documents_are_offered_that_somebody_born_there_can_have(mine, application, birth, offered, left_out):
    response = walk(mine, application, {"travel_on": "us_need", "had_passport": "no", "born": birth})
    values = [value for value, _label in response.context["page"].field.choices]
    assert offered in values
    assert left_out not in values


def test_a_missing_naturalization_certificate_is_not_ordered_but_talked_about(mine, application):
    UserFactory(advisor=application.college)
    walk(mine, application, FIRST | {"born": "naturalized", "papers": ["naturalization"]})
    address = reverse("travel:passport-certificate", args=[application.code])
    page = words(mine.get(address))
    assert "Your naturalization certificate" in page
    assert "county or state where you were born" not in page
    assert mine.post(address, {"is_needed": "yes"}).status_code == 302
    case = case_of(application)
    assert (case.route, case.needs_certificate) == (Route.TALK, None)
    assert said(application).papers == ("none",)
    assert TravelAnswers.objects.get().talk_with


def test_once_applied_the_questions_are_over(mine, application):
    walk(mine, application, FIRST)
    for stage in (PassportStage.READY, PassportStage.APPLIED):
        actions.move_stage(case_of(application), stage, by=application.student)
    response = mine.get(questions_url(application), follow=True)
    assert "You’ve already applied" in words(response)
    assert "Answer the questions again" not in words(response)


def test_the_screens_are_kept_by_no_browser_and_no_proxy(mine, application):
    assert "no-store" in mine.get(questions_url(application))["Cache-Control"]
    assert "no-store" in mine.get(reverse("travel:passport-stops"))["Cache-Control"]


def test_the_first_question_speaks_of_family_ties(mine, application):
    GuidanceFactory(topic=Guidance.Topic.HELP, key="family-ties", title_en="Ties to the country?")
    assert "Ties to the country?" in words(mine.get(questions_url(application)))


def test_what_can_stop_a_passport_asks_nothing_and_keeps_nothing(mine, application):
    UserFactory(full_name="Elena Park", advisor=application.college)
    GuidanceFactory(topic=Guidance.Topic.HELP, key="what-can-stop-a-passport", title_en="What holds one back")
    before = Event.objects.count()
    response = mine.get(reverse("travel:passport-stops"))
    body = response.text.split("<main")[1].split("</main>")[0]
    assert "What holds one back" in body
    assert "Elena Park" in body
    assert "<form" not in body
    assert "<input" not in body
    assert Event.objects.count() == before
    assert mine.post(reverse("travel:passport-stops")).status_code == 405
