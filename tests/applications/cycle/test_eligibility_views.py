""" "Can I apply?": five questions, three results, the same rules as the advisor's page, and nothing kept."""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.models import Answer, Application
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, answer_all

pytestmark = pytest.mark.django_db
NOBODY_BY_A_MACHINE = "no computer turns anyone away"


@pytest.fixture
def college():
    return CollegeFactory(named_advisor=UserFactory(full_name="Ruth Delgado", email="ruth@example.edu"))


@pytest.fixture
def cycle(college):
    return CycleFactory(ready=True, covered_en="Flights for all", student_pays_en="A little money for gifts")


def page_of(cycle):
    return reverse("applications:cycle-eligibility", args=[cycle.code])


def fine(home, **changes):
    born = {"date_of_birth_year": "2000", "date_of_birth_month": "3", "date_of_birth_day": "9"}
    return {"college": home.code, **born, "units": "12", "good_standing": "yes", "free_for_trip": "yes", **changes}


def results(response):
    return {each["rule"].key: str(each["result"]) for each in response.context["results"]}


def test_it_asks_five_plain_questions_without_an_account(client, cycle):
    response = client.get(page_of(cycle))
    assert [row.rule.key for row in response.context["rows"]] == [
        "college",
        "age",
        "units",
        "good_standing",
        "free_for_trip",
    ]
    assert response.text.count('name="date_of_birth_') == 3
    assert "immigration" in response.text  # the page only says that this is never asked
    assert response.headers["Cache-Control"].startswith("max-age=0")


def test_who_meets_all_is_told_what_it_covers_and_costs_before_the_button(client, cycle, college):
    page = client.post(page_of(cycle), fine(college))
    assert set(results(page).values()) == {"meets"}
    places = [page.text.index(text) for text in ("You can apply.", "Flights for all", "A little money", 'id="apply"')]
    assert places == sorted(places)
    assert "/questions/new/" not in page.text


def test_the_page_of_the_cycle_says_the_costs_before_the_button_and_leads_here(client, cycle):
    page = client.get(cycle.get_absolute_url()).text
    places = [page.index(text) for text in ("Flights for all", "A little money", page_of(cycle), 'id="apply"')]
    assert places == sorted(places)
    assert page_of(cycle) in client.get(reverse("home")).text


@pytest.mark.parametrize(
    ("changes", "key", "result", "words"),
    [
        ({"college": "elsewhere"}, "college", "does_not_meet", "Enroll in classes"),
        (
            {"date_of_birth_year": str(timezone.localdate().year - 12)},
            "age",
            "does_not_meet",
            "Apply for a trip that leaves after",
        ),
        ({"units": "3"}, "units", "ask_an_advisor", "One more class"),
        ({"units": "3"}, "units", "ask_an_advisor", "An advisor can tell you if an exception fits you."),
        ({"good_standing": "no"}, "good_standing", "does_not_meet", "Bring your GPA up to 2."),
        ({"free_for_trip": "no"}, "free_for_trip", "does_not_meet", "Talk with your family"),
        ({"free_for_trip": "not_sure"}, "free_for_trip", "ask_an_advisor", "Ask at home, at work"),
        ({"units": ""}, "units", "ask_an_advisor", "Add up the units"),
        ({"units": "a few"}, "units", "ask_an_advisor", "We couldn’t read “a few”."),
        ({"date_of_birth_month": "marx"}, "age", "ask_an_advisor", "We couldn’t read the month “marx”."),
        ({"date_of_birth_day": "40"}, "age", "ask_an_advisor", "Write the day as a number"),
        ({"college": "nowhere-at-all"}, "college", "ask_an_advisor", "Choose your college from the list."),
    ],
)
def test_what_falls_short_comes_with_the_rule_and_what_would_change_it(
    client, cycle, college, changes, key, result, words
):
    response = client.post(page_of(cycle), fine(college, **changes))
    rule = cycle.rules.get(key=key)
    assert results(response)[key] == result
    assert [each for each in results(response).values() if each != "meets"] == [result]
    assert words in response.text
    assert rule.text in response.text
    assert f"/questions/new/?cycle={cycle.code}&amp;about={key}" in response.text
    assert NOBODY_BY_A_MACHINE in response.text.lower()
    assert 'id="apply"' in response.text  # the result is never a no


@pytest.mark.parametrize(
    ("units", "result", "is_unread"),
    [("12.5", "meets", False), ("12 units", "ask_an_advisor", True), ("", "ask_an_advisor", False)],
)
def test_a_page_that_read_an_answer_does_not_say_that_it_could_not(client, cycle, college, units, result, is_unread):
    page = client.post(page_of(cycle), fine(college, units=units))
    assert results(page)["units"] == result
    assert ("We couldn’t read" in page.text) is is_unread


UNSURE = {
    "college": "",
    "date_of_birth_year": "",
    "date_of_birth_month": "",
    "date_of_birth_day": "",
    "units": "",
    "good_standing": "not_sure",
    "free_for_trip": "not_sure",
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_somebody_unsure_of_everything_is_told_how_to_find_out_and_never_what_to_change(client, cycle, language):
    response = client.post(page_of(cycle), UNSURE, headers={"Accept-Language": language})
    rules = list(cycle.rules.all())
    assert [each["rule"] for each in response.context["flagged"]] == rules
    assert len(rules) == 5
    for rule in rules:
        assert getattr(rule, f"unsure_{language}") in response.text
        assert getattr(rule, f"change_{language}") not in response.text
        assert f"about={rule.key}" in response.text


def test_a_form_sent_without_any_field_is_answered_as_if_nothing_was_known(client, cycle):
    empty = client.post(page_of(cycle))
    assert empty.status_code == 200 and results(empty)
    assert results(empty) == results(client.post(page_of(cycle), UNSURE))


def test_everything_that_is_flagged_is_named_at_once_before_what_is_met(client, cycle, college):
    response = client.post(page_of(cycle), fine(college, units="3", good_standing="no", free_for_trip="not_sure"))
    assert "3 of 5 rules need another look." in response.text
    flagged = [(each["rule"].key, each["label"]) for each in response.context["flagged"]]
    assert flagged == [("units", "Ask an advisor"), ("good_standing", "Not yet"), ("free_for_trip", "Not sure yet")]
    rules = {rule.key: rule for rule in cycle.rules.all()}
    for key, advice in (("units", "change"), ("good_standing", "change"), ("free_for_trip", "unsure")):
        rule = rules[key]
        assert all(str(words) in response.text for words in (rule.ask, rule.text, getattr(rule, advice)))
    result = response.text[response.text.index('id="result"') :]
    assert result.index(str(rules["free_for_trip"].text)) < result.index(str(rules["college"].text))


def test_a_rule_without_a_way_to_find_out_leads_to_an_advisor(client, cycle, college):
    cycle.rules.update(unsure_en="", unsure_es="")
    response = client.post(page_of(cycle), fine(college, good_standing="not_sure"))
    assert "That’s fine. An advisor can help you find out." in response.text


def test_rules_that_are_not_asked_are_named_so_that_nothing_is_promised(client, cycle, college):
    rule = cycle.rules.get(key="units")
    cycle.rules.filter(key="units").update(ask_en="", ask_es="")
    response = client.post(page_of(cycle), fine(college))
    assert "You meet every rule we ask about here." in response.text
    assert "not asked here" in response.text and str(rule.text) in response.text


def test_an_advisor_is_named_where_the_college_has_named_one(client, cycle, college):
    page = client.post(page_of(cycle), fine(college, units="3")).text
    assert "Ruth Delgado" in page
    assert "mailto:ruth@example.edu" in page
    assert "Ruth Delgado" not in client.get(page_of(cycle)).text


def test_nothing_said_here_is_kept(client, cycle, college):
    before = (Event.objects.count(), Message.objects.count())
    with CaptureQueriesContext(connection) as captured:
        client.post(page_of(cycle), fine(college))
    wrote = [query["sql"] for query in captured if not query["sql"].lstrip().startswith("SELECT")]
    assert wrote == []
    assert (Event.objects.count(), Message.objects.count()) == before
    assert not (Application.objects.exists() or Answer.objects.exists() or Session.objects.exists())


def test_the_same_answers_give_the_same_results_on_the_advisor_page(client, sign_in, cycle, college):
    application = ApplicationFactory(cycle=cycle, college=college, submitted=True)
    cycle.form_versions.exclude(pk=application.form_id).delete()
    answer_all(application, units=3, free_for_trip="no", date_of_birth="2000-03-09")
    public = results(client.post(page_of(cycle), fine(college, units="3", free_for_trip="no")))
    advisor = UserFactory(advisor=college)
    page = sign_in(advisor).get(reverse("applications:endorsement-record", args=[application.code]))
    assert {each.rule.key: str(each.result) for each in page.context["conditions"]} == public


def test_it_speaks_spanish(client, cycle, college):
    page = client.post(page_of(cycle), fine(college, units="3"), headers={"Accept-Language": "es"}).text
    assert cycle.rules.get(key="units").change_es in page


def test_a_rule_without_a_question_is_not_asked(client, cycle, college):
    cycle.rules.exclude(key="units").update(ask_en="", ask_es="")
    response = client.post(page_of(cycle), {"units": "12"})
    assert results(response) == {"units": "meets"}


def test_a_closed_cycle_offers_no_start(client, college):
    cycle = CycleFactory(ready=True, closed=True)
    assert 'id="apply"' not in client.post(page_of(cycle), fine(college)).text


def test_an_unpublished_cycle_is_404(client):
    assert client.get(page_of(CycleFactory(published_at=None))).status_code == 404
