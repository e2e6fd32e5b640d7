"""The student's pages (start, write, check, submit, receipt, withdraw), and who else sees a submitted application."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Question
from applications.states import Status
from exchange.models import Message
from tests.applications.saving import page_fields
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    EndorsementFactory,
    FormVersionFactory,
    application_facts,
)

pytestmark = pytest.mark.django_db


def at(name, application, **more):
    return reverse(f"applications:application-{name}", kwargs={"code": application.code, **more})


def section(application, key):
    return at("section", application, section=key)


# --- Start ------------------------------------------------------------------------------------------


def test_start_begins_one_application_with_the_newest_form_and_a_welcome(sign_in):
    cycle = CycleFactory(ready=True)
    newest = FormVersionFactory(cycle=cycle, number=2)
    FormVersionFactory(cycle=cycle, number=3, published_at=None)
    student = UserFactory()

    response = sign_in(student).post(reverse("applications:application-start", args=[cycle.code]))

    application = Application.objects.get()
    assert response.url == at("overview", application)
    assert (application.student, application.form) == (student, newest)
    assert [m.template for m in Message.objects.all()] == ["applications/application_started"]


def test_start_again_opens_the_existing_application(sign_in):
    application = ApplicationFactory(answered=True)
    client = sign_in(application.student)

    response = client.post(reverse("applications:application-start", args=[application.cycle.code]))

    assert response.url == at("overview", application)
    assert Application.objects.count() == 1
    assert not Message.objects.exists()


@pytest.mark.parametrize("role", ["advisor", "coordinator", "director"])
def test_start_is_not_for_staff(sign_in, role):
    cycle = CycleFactory(ready=True)
    response = sign_in(UserFactory(**{role: True})).post(reverse("applications:application-start", args=[cycle.code]))
    assert response.status_code == 403
    assert not Application.objects.exists()


@pytest.mark.parametrize("when", ["closed", "upcoming"])
def test_start_outside_the_dates_says_when_and_begins_nothing(sign_in, when):
    cycle = CycleFactory(ready=True, **{when: True})
    response = sign_in(UserFactory()).post(reverse("applications:application-start", args=[cycle.code]), follow=True)
    assert "Los Angeles time" in response.text
    assert response.redirect_chain[0][0] == cycle.get_absolute_url()
    assert not Application.objects.exists()


def test_start_by_get_leads_to_the_cycle_and_begins_nothing(sign_in):
    cycle = CycleFactory(ready=True)
    response = sign_in(UserFactory()).get(reverse("applications:application-start", args=[cycle.code]))
    assert response.url == cycle.get_absolute_url()
    assert not Application.objects.exists()


# --- Writing ----------------------------------------------------------------------------------------


def test_overview_shows_each_part_with_its_state(sign_in):
    application = ApplicationFactory(answered=True, answered__story_back=None, answered__units=None)
    page = sign_in(application.student).get(at("overview", application)).text
    assert page.count("not started") == 1  # the third story
    assert page.count("in progress") == 1  # the college page lacks the units
    assert page.count(">done<") == 6
    assert "6 of 8 parts done" in page
    assert "Los Angeles time" in page


@pytest.mark.parametrize("key", ["about", "college", "experience", "why", "new", "back", "cities", "referee"])
def test_section_page_shows_what_was_written(sign_in, key):
    application_facts()
    application = ApplicationFactory(answered=True)
    response = sign_in(application.student).get(section(application, key))
    assert response.status_code == 200
    assert "Save and continue" in response.text
    assert "Saved online" in response.text


def test_section_keeps_everything_typed_and_goes_on(sign_in):
    application = ApplicationFactory(answered=True, answered__date_of_birth=None)
    data = {
        "full_name": "Marisol Reyes",
        "preferred_name": "Mari",
        "date_of_birth_month": "2",
        "date_of_birth_day": "31",
        "date_of_birth_year": "05",
        "phone": "call my sister",
        "answer_language": "es",
    }

    response = sign_in(application.student).post(section(application, "about"), data)

    assert response.url == section(application, "college")
    values = {answer.question.key: answer.value for answer in application.answers.select_related("question")}
    assert values["full_name"] == "Marisol Reyes"
    assert values["date_of_birth"] == "2/31/05"
    assert values["phone"] == "call my sister"
    application.refresh_from_db()
    assert application.answer_language == "es"
    assert (application.student.full_name, application.student.preferred_name) == ("Marisol Reyes", "Mari")
    again = sign_in(application.student).get(section(application, "about")).text
    assert 'value="31"' in again and 'value="05"' in again
    assert "Write the whole year, such as 2005." in again


def test_section_keeps_a_text_over_the_limit_and_the_check_names_it(sign_in):
    application = ApplicationFactory(answered=True)
    client = sign_in(application.student)
    client.post(section(application, "why"), page_fields(client, application, "why") | {"story_why": "word " * 253})
    assert "3 words too many. The limit is 250." in client.get(at("check", application)).text
    assert "Submit application" not in client.get(at("check", application)).text


def test_section_reached_from_the_check_leads_back_to_it(sign_in):
    application = ApplicationFactory(answered=True)
    response = sign_in(application.student).post(section(application, "why") + "?from=check", {"story_why": "Short."})
    assert response.url == at("check", application)


def test_section_with_a_city_twice_keeps_the_ranking_and_says_so(sign_in):
    cycle = CycleFactory(ready=True)
    first, second, _third = cycle.cities.order_by("code")
    application = ApplicationFactory(cycle=cycle)
    response = sign_in(application.student).post(
        section(application, "cities"),
        {"cities_1": second.code, "cities_2": second.code, "cities_3": first.code},
    )
    assert response.status_code == 200
    assert f"{second.name} is already on your list." in response.text
    assert [line.city for line in application.city_preferences.all()] == [second, first]


def test_section_refuses_a_choice_that_is_not_offered_and_keeps_the_rest(sign_in):
    application_facts()
    application = ApplicationFactory(answered=True)
    response = sign_in(application.student).post(
        section(application, "college"), {"college": "hogwarts", "units": "7", "major": "Law"}
    )
    assert response.status_code == 200
    assert "There’s a problem" in response.text
    application.refresh_from_db()
    values = {answer.question.key: answer.value for answer in application.answers.select_related("question")}
    assert (values["units"], values["major"]) == (7, "Law")
    assert values["college"] == application.college.code


def test_section_after_closing_is_read_only_and_a_late_save_keeps_the_words_on_the_page(sign_in):
    application = ApplicationFactory(answered=True)
    application.cycle.closes_at = timezone.now() - dt.timedelta(hours=1)
    application.cycle.save()
    client = sign_in(application.student)

    assert client.get(section(application, "why")).url == at("check", application)
    page = client.get(at("check", application)).text
    assert "After the clinic job starts" in page
    assert "Submit application" not in page
    late = client.post(section(application, "why"), {"story_why": "Typed too late."})
    assert late.status_code == 200
    assert "Applications closed on" in late.text and "Typed too late." in late.text
    assert not application.answers.filter(value="Typed too late.").exists()


def test_section_of_a_referee_who_has_written_is_locked(sign_in):
    application = ApplicationFactory(returned=True, answered=True)
    recommendation = application.recommendation
    recommendation.requested_at = recommendation.received_at = timezone.now()
    recommendation.letter = "Good."
    recommendation.save()
    client = sign_in(application.student)
    assert "has already written" in client.get(section(application, "referee")).text
    client.post(section(application, "referee"), {"referee_name": "Somebody else"})
    recommendation.refresh_from_db()
    assert recommendation.referee_name == "Dr. Lena Whitcomb"


def test_essay_page_shows_how_readers_score_it(sign_in):
    application = ApplicationFactory(cycle=CycleFactory(ready=True))
    page = sign_in(application.student).get(section(application, "new")).text
    assert "Finds a way to fit in and says what they learned" in page
    assert "of 250 words" in page


def test_unknown_section_is_404(sign_in):
    application = ApplicationFactory(answered=True)
    assert sign_in(application.student).get(section(application, "shoes")).status_code == 404


def test_answers_are_escaped(sign_in):
    application = ApplicationFactory(answered=True, answered__major="<script>alert(1)</script>")
    page = sign_in(application.student).get(at("check", application)).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("language", ["en", "es"])
def test_form_is_asked_in_the_students_language(sign_in, language):
    application = ApplicationFactory(answered=True)
    client = sign_in(application.student)
    client.cookies["language"] = language
    label = Question.objects.get(key="story_new")
    assert getattr(label, f"label_{language}") in client.get(section(application, "new")).text


# --- Check, send, receipt ---------------------------------------------------------------------------


def test_check_lists_what_is_missing_with_a_link_to_the_field(sign_in):
    application = ApplicationFactory(answered=True, answered__units=None)
    page = sign_in(application.student).get(at("check", application)).text
    assert f"{section(application, 'college')}?from=check#id_units" in page
    assert "1 thing to do before you can submit" in page


def test_submit_leads_to_a_receipt_with_the_time(sign_in):
    application = ApplicationFactory(answered=True)
    client = sign_in(application.student)
    assert "Received" not in client.get(at("check", application)).text

    response = client.post(at("submit", application), follow=True)

    application.refresh_from_db()
    assert application.status == Status.SUBMITTED
    assert response.redirect_chain[-1][0] == at("receipt", application)
    assert "We received it on" in response.text and "Los Angeles time" in response.text
    assert application.code in response.text


def test_submit_incomplete_changes_nothing_and_says_what_is_missing(sign_in):
    application = ApplicationFactory(answered=True, answered__units=None)
    response = sign_in(application.student).post(at("submit", application), follow=True)
    assert "How many units are you taking this term?" in response.text
    application.refresh_from_db()
    assert application.status == Status.DRAFT


def test_submit_by_get_is_refused(sign_in):
    application = ApplicationFactory(answered=True)
    assert sign_in(application.student).get(at("submit", application)).status_code == 405


@pytest.mark.parametrize("page", ["overview", "check", "receipt"])
def test_pages_lead_to_where_the_application_stands(sign_in, page):
    sent = ApplicationFactory(answered=True, submitted=True)
    draft = ApplicationFactory(answered=True)
    expected = {"overview": (302, 200), "check": (302, 200), "receipt": (200, 302)}[page]
    assert (
        sign_in(sent.student).get(at(page, sent)).status_code,
        sign_in(draft.student).get(at(page, draft)).status_code,
    ) == expected


def test_returned_application_shows_the_note_and_can_be_sent_again(sign_in):
    application = ApplicationFactory(answered=True, returned=True, return_note="Which term are you in?")
    application.cycle.closes_at = timezone.now() - dt.timedelta(days=1)
    application.cycle.save()
    client = sign_in(application.student)
    assert "Which term are you in?" in client.get(at("overview", application)).text
    words = page_fields(client, application, "why") | {"story_why": "New words."}
    assert client.post(section(application, "why"), words).status_code == 302
    client.post(at("submit", application))
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED
    assert "New words." in client.get(application.get_absolute_url()).text


def test_withdraw_asks_first_and_acts_on_post(sign_in):
    application = ApplicationFactory(answered=True, submitted=True)
    client = sign_in(application.student)
    assert "Withdraw your application?" in client.get(at("withdraw", application)).text
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED
    client.post(at("withdraw", application), {"reason": "New job"})
    application.refresh_from_db()
    assert application.status == Status.WITHDRAWN
    assert "This application was withdrawn on" in client.get(application.get_absolute_url()).text


# --- Who may open what ------------------------------------------------------------------------------

PAGES = ["overview", "check", "submit", "receipt", "withdraw"]


def reach(client, page, application):
    """Requests the page; with POST where it takes one, which needs more than permission to look."""
    ask = client.get if page in ("overview", "check", "receipt") else client.post
    return ask(at(page, application))


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_another_student_are_404(sign_in, page):
    application = ApplicationFactory(answered=True)
    client = sign_in(UserFactory())
    assert reach(client, page, application).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_the_student_are_403_for_staff_who_see_the_application(sign_in, page):
    application = ApplicationFactory(answered=True, submitted=True)
    for user in (UserFactory(coordinator=True), UserFactory(advisor=application.college)):
        assert reach(sign_in(user), page, application).status_code == 403


@pytest.mark.parametrize(
    ("role", "status"), [("own", 200), ("home", 200), ("office", 200), ("other", 404), ("away", 404), ("director", 404)]
)
def test_detail_is_for_the_student_the_home_college_and_the_office(sign_in, role, status):
    application = ApplicationFactory(answered=True, submitted=True)
    user = {
        "own": lambda: application.student,
        "home": lambda: UserFactory(advisor=application.college),
        "office": lambda: UserFactory(coordinator=True),
        "other": UserFactory,
        "away": lambda: UserFactory(advisor=CollegeFactory()),
        "director": lambda: UserFactory(director=True),
    }[role]()
    assert sign_in(user).get(application.get_absolute_url()).status_code == status


def test_detail_hides_the_offices_questions_from_the_advisor(sign_in):
    application = ApplicationFactory(answered=True, submitted=True)
    question = "How far did your parents go in school?"
    advisor, office = UserFactory(advisor=application.college), UserFactory(coordinator=True)
    assert question not in sign_in(advisor).get(application.get_absolute_url()).text
    assert question in sign_in(office).get(application.get_absolute_url()).text


def test_detail_shows_the_letter_to_staff_only(sign_in):
    application = ApplicationFactory(answered=True, submitted=True)
    recommendation = application.recommendation
    recommendation.requested_at = recommendation.received_at = timezone.now()
    recommendation.letter = "She stayed late on Thursdays."
    recommendation.save()
    office = UserFactory(coordinator=True)
    assert "Thursdays" in sign_in(office).get(application.get_absolute_url()).text
    assert "Thursdays" not in sign_in(application.student).get(application.get_absolute_url()).text


def test_detail_shows_endorsement_and_history_to_the_coordinator(sign_in):
    application = ApplicationFactory(answered=True)
    student = sign_in(application.student)
    student.post(at("submit", application))
    EndorsementFactory(application=application, units=9)
    page = sign_in(UserFactory(coordinator=True)).get(application.get_absolute_url()).text
    assert "9 units this term" in page
    assert "submitted" in page


def test_return_asks_for_a_note_then_gives_it_back(sign_in):
    application = ApplicationFactory(answered=True, submitted=True)
    client = sign_in(UserFactory(coordinator=True))
    assert "Say what to fix" in client.post(at("return", application), {"note": " "}).text
    client.post(at("return", application), {"note": "Name your college.", "sections": ["college"]})
    application.refresh_from_db()
    assert (application.status, application.return_note) == (Status.RETURNED, "Name your college.")


def test_return_is_for_the_coordinator(sign_in):
    application = ApplicationFactory(answered=True, submitted=True)
    for user in (application.student, UserFactory(advisor=application.college)):
        assert sign_in(user).post(at("return", application), {"note": "x"}).status_code == 403
    assert sign_in(UserFactory()).post(at("return", application), {"note": "x"}).status_code == 404


def test_the_check_tells_a_gap_from_what_may_stay_empty(client, sign_in):
    application = ApplicationFactory(cycle__ready=True)
    page = sign_in(application.student).get(reverse("applications:application-check", args=[application.code])).text
    assert "Not answered yet" in page and "Left blank. It’s optional." in page
