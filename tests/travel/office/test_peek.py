"""One student beside a list: what it shows, to whom, and at what cost."""

import pytest
from django.urls import reverse

from applications.apply.actions import staff_note
from exchange.models import AccessRecord
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import PlacementFactory, travel_facts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def peek(client, application):
    return client.get(reverse("travel:peek", args=[application.code]))


def test_who_where_they_stand_what_is_owed_and_how_to_reach_them(office, sign_in):
    application = ApplicationFactory(
        cycle=CycleFactory(ready=True), submitted=True, student__full_name="Ana Ruiz", student__phone="+12135550142"
    )
    staff_note.write(application, "Works evenings.", by=office)
    text = peek(sign_in(office), application).text
    for words in ("Ana Ruiz", "+1 213-555-0142", "Waiting for the college’s decision", "Works evenings.", "note added"):
        assert words in text
    assert "<html" not in text, "a part, not a page"
    assert AccessRecord.objects.filter(student=application.student).exists(), "who looked is on the student's list"


def test_a_placed_student_shows_the_passport_step_and_its_days(office, sign_in):
    placement = PlacementFactory(checklist=True)
    case = placement.passport_case
    text = peek(sign_in(office), placement.application).text
    assert placement.trip.city.name in text
    assert "Last safe day" in text
    assert "days" in text
    assert case.get_stage_display() in text


def test_before_the_student_signs_nothing_is_due_from_the_college(office, sign_in):
    text = peek(sign_in(office), ApplicationFactory(cycle=CycleFactory(ready=True), submitted=True, signed=False)).text
    assert "Waiting for the student’s authorization" in text
    assert "Due " not in text and "Waiting for the college’s decision" not in text


def test_a_returned_one_shows_what_to_fix(office, sign_in):
    application = ApplicationFactory(cycle=CycleFactory(ready=True), returned=True)
    assert "Name your college." in peek(sign_in(office), application).text


def test_an_advisor_sees_no_note_and_no_activity_and_only_their_own(office, sign_in):
    college = CollegeFactory()
    application = ApplicationFactory(cycle=CycleFactory(ready=True), submitted=True, college=college)
    staff_note.write(application, "Works evenings.", by=office)
    page = peek(sign_in(UserFactory(advisor=college)), application)
    assert page.status_code == 200
    for words in ("Works evenings.", "Last activity", "Add a note"):
        assert words not in page.text
    assert peek(sign_in(UserFactory(advisor=CollegeFactory())), application).status_code == 404
    assert peek(sign_in(application.student), application).status_code in (403, 404)


def test_at_most_ten_queries(office, sign_in, django_assert_max_num_queries):
    placement = PlacementFactory(checklist=True)
    for number in range(5):
        staff_note.write(placement.application, f"Note {number}", by=office)
    client = sign_in(office)
    peek(client, placement.application)
    with django_assert_max_num_queries(10):
        peek(client, placement.application)
