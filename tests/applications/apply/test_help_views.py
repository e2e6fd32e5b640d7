"""The pages of a help session: the student's, the helper's, and the form as the helper fills it in."""

import html
import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import draft
from applications.apply.actions import help as actions
from applications.models import Application, HelpSession
from applications.states import Status
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.factories_help import HelpSessionFactory

pytestmark = pytest.mark.django_db
BEGIN = reverse("applications:help-begin")


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()


@pytest.fixture
def application():
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


@pytest.fixture
def student(sign_in, application):
    return sign_in(application.student)


@pytest.fixture
def ruth():
    return UserFactory(advisor=True, full_name="Ruth Delgado")


@pytest.fixture
def helper(sign_in, ruth):
    return sign_in(ruth)


def url(name, application, **more):
    return reverse(f"applications:{name}", kwargs={"code": application.code, **more})


def text_of(response):
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", response.text)).replace("  ", " ")


def words(response):
    return " ".join(text_of(response).split())


def shown_code(student, application) -> str:
    student.post(url("help-offer", application))
    return student.get(url("help-offer", application)).context["digits"]


def save(client, application, number=1, **values):
    changes = [
        {"key": key, "device": "d1", "number": number, "seen": {}, "typed_at": 1, "fields": {key: value}}
        for key, value in values.items()
    ]
    body = json.dumps({"now": 2, "changes": changes})
    return client.post(url("application-save", application), body, content_type="application/json")


# --- The student's page -----------------------------------------------------------------------------


def test_page_says_what_a_helper_can_and_cannot_do_before_any_code(student, application):
    response = student.get(url("help-offer", application))
    page = words(response)
    assert "What a helper can do" in page and "What a helper can’t do" in page
    assert "a code for 10 minutes" in page and "after 3 hours" in page
    assert not HelpSession.objects.exists()


def test_button_shows_a_code_that_a_reload_shows_again(student, application):
    code = shown_code(student, application)
    response = student.get(url("help-offer", application))
    assert f"{code[:3]} {code[3:]}" in words(response)
    assert response.headers["Cache-Control"].count("no-store")
    assert HelpSession.objects.count() == 1


def test_code_can_be_taken_back(student, application):
    shown_code(student, application)
    student.post(url("help-stop", application))
    assert student.get(url("help-offer", application)).context["digits"] == ""


def test_page_shows_who_helps_until_when_and_every_change(student, helper, application, ruth):
    helper.post(BEGIN, {"digits": shown_code(student, application)})
    draft.save_answers(application, {"major": "Biology", "story_why": "Because."}, by=ruth)

    page = words(student.get(url("help-offer", application)))

    college = ruth.roles.get().college.name
    assert f"Ruth Delgado ({college}) can now write in your application." in page
    assert "Before: Nursing. Now: Biology." in page
    assert "Your text was changed. Read it again." in page

    page = words(student.post(url("help-stop", application), follow=True))
    assert "Only you can write here now" in page
    assert "Before: Nursing. Now: Biology." in page  # it stays in the list


def test_page_after_sending_offers_nothing_and_still_shows_the_record(student, application, ruth):
    HelpSessionFactory(application=application, helper=ruth, ended=True)
    Application.objects.update(status=Status.SUBMITTED, submitted_at=timezone.now())
    response = student.get(url("help-offer", application))
    assert not response.context["can_offer"]
    assert "Ruth Delgado" in words(response)
    student.post(url("help-offer", application))
    assert HelpSession.objects.count() == 1


def test_page_asks_the_same_number_of_queries_for_1_and_3_helpers(student, application, django_assert_max_num_queries):
    counts = []
    for helpers in (1, 2):
        for session in HelpSessionFactory.create_batch(helpers, application=application, ended=True):
            for value in ("Biology", "Law"):
                Event.objects.create(
                    action="application.save_answers",
                    at=session.granted_at,
                    target_model="applications.application",
                    target_id=application.pk,
                    by=session.helper,
                    changes={"keys": ["college"], "was": {"college": "x"}, "now": {"college": value}},
                )
        with django_assert_max_num_queries(25) as captured:
            response = student.get(url("help-offer", application))
        assert len(response.context["changes"]) == len(response.context["before"]) * 2
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- The helper's page ------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["{} {}", "{}-{}", " {}{} ", "{}\u00a0{}"])
def test_code_may_be_typed_as_it_is_read(student, helper, application, written):
    code = shown_code(student, application)
    response = helper.post(BEGIN, {"digits": written.format(code[:3], code[3:])})
    assert response.headers["Location"] == url("application-overview", application)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12a456", "１２３４５６", "١٢٣٤٥٦", "\x00", "9" * 500])
def test_what_is_no_code_is_told_without_a_try(helper, typed):
    response = helper.post(BEGIN, {"digits": typed})
    assert response.status_code == 200 and response.context["form"].errors["digits"]
    assert not Event.objects.filter(action="help.wrong_code").exists()


def test_guesses_are_stopped_on_the_page_and_the_code_is_not_echoed_in_the_record(student, helper, application):
    right = shown_code(student, application)
    for guess in range(actions.TRIES):
        helper.post(BEGIN, {"digits": f"{(int(right) + 1 + guess) % 1_000_000:06}"})
    page = words(helper.post(BEGIN, {"digits": right}))
    assert "Too many wrong codes" in page
    assert not HelpSession.objects.granted().exists()


def test_page_lists_whom_one_helps_with_the_way_in_and_out(student, helper, application):
    helper.post(BEGIN, {"digits": shown_code(student, application)})
    response = helper.get(BEGIN)
    assert url("application-overview", application) in response.text
    assert url("help-stop", application) in response.text
    helper.post(url("help-stop", application))
    assert url("application-overview", application) not in helper.get(BEGIN).text


def test_page_asks_the_same_number_of_queries_for_1_and_3_sessions(helper, ruth, django_assert_max_num_queries):
    counts = []
    for more in (1, 2):
        HelpSessionFactory.create_batch(more, granted=True, helper=ruth)
        with django_assert_max_num_queries(25) as captured:
            helper.get(BEGIN)
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- The form in the helper's hands -----------------------------------------------------------------


@pytest.fixture
def helped(student, helper, application):
    helper.post(BEGIN, {"digits": shown_code(student, application)})
    return application


def form_pages(application):
    section = application.form.sections.first().key
    return [
        url("application-overview", application),
        url("application-section", application, section=section),
        url("application-check", application),
    ]


def test_every_form_page_says_whom_one_helps_and_how_to_end(helper, helped):
    for address in form_pages(helped):
        response = helper.get(address)
        assert response.status_code == 200
        assert f"You’re helping {helped.student}" in words(response)
        assert url("help-stop", helped) in response.text
        assert response.text.count("csrfmiddlewaretoken") >= 2


def test_student_sees_who_is_there_and_the_way_to_stop_it(student, helped):
    response = student.get(url("application-overview", helped))
    assert "You’re helping" not in response.text
    assert "Ruth Delgado can now write in your application." in words(response)
    assert "See the changes or stop it" in words(response)
    student.post(url("help-stop", helped))
    assert "can now write in your application" not in words(student.get(url("application-overview", helped)))


def test_helper_writes_in_the_form_under_their_own_name(helper, helped, ruth):
    response = save(helper, helped, major="Biology")
    assert response.json()["results"][0]["ok"]
    event = Event.objects.filter(action="application.save_answers").latest("pk")
    assert (event.by, event.changes["was"], event.changes["now"]) == (ruth, {"major": "Nursing"}, {"major": "Biology"})


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("application-submit", "post"),
        ("application-withdraw", "post"),
        ("application-receipt", "get"),
        ("application-detail", "get"),
        ("recommendation-replace", "post"),
        ("help-offer", "get"),
        ("help-offer", "post"),
    ],
)
def test_helper_may_not_send_take_back_replace_the_referee_or_see_what_comes_after(helper, helped, name, method):
    before = Application.objects.values().get(pk=helped.pk)
    assert getattr(helper, method)(url(name, helped)).status_code in (403, 404)
    assert Application.objects.values().get(pk=helped.pk) == before


def test_helper_sees_nothing_after_it_was_sent(helper, helped):
    Application.objects.filter(pk=helped.pk).update(status=Status.SUBMITTED, submitted_at=timezone.now())
    for address in [*form_pages(helped), url("application-receipt", helped)]:
        response = helper.get(address, follow=True)
        assert response.status_code in (403, 404) or "Nursing" not in response.text


def test_stale_tab_of_a_former_helper_saves_nothing_and_is_told(student, helper, helped):
    student.post(url("help-stop", helped))

    response = save(helper, helped, major="Biology")
    assert response.status_code == 409
    assert (
        response.json()["code"] == "help_over"
        and "Nothing you typed after that was saved" in response.json()["message"]
    )

    section = helped.form.sections.get(questions__key="major").key
    response = helper.post(url("application-section", helped, section=section), {"major": "Biology"}, follow=True)
    assert "Your time helping with this application has ended" in words(response)
    assert helped.answers.get(question__key="major").value == "Nursing"


def test_who_stops_being_an_advisor_stops_being_a_helper(helper, helped, ruth):
    ruth.roles.all().delete()
    assert save(helper, helped, major="Biology").status_code in (403, 404)


def test_help_is_for_one_application_only(helper, helped):
    another = ApplicationFactory(cycle=helped.cycle, form=helped.form, answered=True)
    assert helper.get(url("application-overview", another)).status_code == 404
    assert save(helper, another, major="Biology").status_code in (403, 404)
    assert helper.post(url("help-stop", another)).status_code == 404


def test_students_cannot_type_a_code_or_stop_the_help_of_others(sign_in, helped, student):
    stranger = sign_in(UserFactory())
    assert stranger.post(BEGIN, {"digits": "123456"}).status_code == 403
    assert stranger.post(url("help-stop", helped)).status_code == 404
    assert HelpSession.objects.running().count() == 1


def test_reading_an_address_never_begins_or_ends_help(student, helper, helped):
    assert student.get(url("help-stop", helped)).status_code == 405
    assert helper.get(url("help-stop", helped)).status_code == 405
    assert helper.get(f"{BEGIN}?digits=123456").status_code == 200
    assert HelpSession.objects.running().count() == 1
