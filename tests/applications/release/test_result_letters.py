"""The result as a letter, with helpful feedback: in the student's language, without readers' names."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from pypdf import PdfReader

from applications.apply import results
from applications.states import Status
from tests.factories import UserFactory
from tests.factories_applications import (
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    ReviewFactory,
    application_facts,
    review_facts,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def told(result, cycle=None, **fields):
    return DecisionFactory(released=True, result=result, application__cycle=cycle or CycleFactory(seats=2), **fields)


def words(response):
    return " ".join(response.text.split())


def text_of(response):
    document = PdfReader(io.BytesIO(response.content))
    return " ".join(" ".join(page.extract_text() for page in document.pages).split()), document


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("result", ["selected", "waitlisted", "not_selected"])
def test_the_letter_says_the_result_in_the_students_language(result, language, sign_in):
    decision = told(result, application__student__language=language)
    application = decision.application
    response = sign_in(application.student).get(reverse("applications:application-letter", args=[application.code]))

    text, document = text_of(response)
    with translation.override(language):
        assert str(results.HEADINGS[Status(result)]) in text
    assert application.student.full_name in text
    assert decision.reason not in text
    assert document.trailer["/Root"]["/Lang"] == language


def test_a_no_is_useful_and_names_no_reader(sign_in):
    advisor = UserFactory(full_name="Rosa Delgado")
    application = told(Status.NOT_SELECTED, CycleFactory(ready=True)).application
    application.college.named_advisor = advisor
    application.college.save()
    reviews = [
        ReviewFactory(
            locked=True,
            assignment__application=application,
            points={"purpose": 5, "adapting": 3, "giving_back": 2},
            assignment__reader=UserFactory(advisor=True, full_name=name),
        )
        for name in ("Ken Ito", "Lia Moss")
    ]
    upcoming = CycleFactory(
        opens_at=application.cycle.opens_at + dt.timedelta(days=1), closes_at=timezone.now() + dt.timedelta(days=90)
    )
    title = application.cycle.criteria.get(key="purpose").title
    client = sign_in(application.student)

    page = words(client.get(application.get_absolute_url()))
    text, _document = text_of(client.get(reverse("applications:application-letter", args=[application.code])))
    for said in (page, text):
        assert f"What readers valued most in your application: {title}." in said
        assert reviews[0].feedback in said
        assert "Rosa Delgado" in said
        assert "Ken Ito" not in said
        assert "Lia Moss" not in said
    assert reverse("applications:application-carry", args=[upcoming.code]) in page


def test_the_strongest_is_named_only_where_there_is_one():
    application = told(Status.NOT_SELECTED, CycleFactory(ready=True)).application
    ReviewFactory(locked=True, assignment__application=application, points={"purpose": 5, "adapting": 3})
    assert results.strongest_of(application) == ""  # one reader
    ReviewFactory(locked=True, assignment__application=application, points={"purpose": 1, "adapting": 3})
    assert results.strongest_of(application) == ""  # level


def test_the_office_reads_the_letter_before_the_student(office, sign_in):
    decision = DecisionFactory(result=Status.WAITLISTED, waitlist_position=1)
    code = decision.application.code

    text, _document = text_of(sign_in(office).get(reverse("applications:decision-letter", args=[code])))
    assert "You’re on the waitlist" in text
    student = sign_in(decision.application.student)
    assert student.get(reverse("applications:application-letter", args=[code])).status_code == 404
    assert student.get(reverse("applications:decision-letter", args=[code])).status_code == 403


@pytest.mark.parametrize("is_interview", [False, True])
def test_who_still_reads_gets_no_letter_with_the_words_of_others(office, sign_in, is_interview):
    decision = DecisionFactory(result=Status.NOT_SELECTED)
    application = decision.application
    others = AssignmentFactory(application=application)
    ReviewFactory(assignment=others, locked=True, feedback="Say what you did yourself.")
    own = AssignmentFactory(application=application, reader=office, is_interview=is_interview)
    client, address = sign_in(office), reverse("applications:decision-letter", args=[application.code])

    response = client.get(address, follow=True)

    assert response.redirect_chain[0][0] == reverse("applications:decision-record", args=[application.code])
    assert "Lock your own reading first" in words(response)
    assert "Say what you did" not in words(response)
    ReviewFactory(assignment=own, locked=True)
    text, _document = text_of(client.get(address))
    assert "Say what you did yourself." in text
