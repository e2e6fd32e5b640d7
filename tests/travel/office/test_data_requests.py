"""A student asks to correct or delete their data, and the office answers by a day, with reasons."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import Recommendation
from exchange.base.errors import RuleViolation
from exchange.models import DataRequest, Event, User
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, application_facts, review_facts
from tests.factories_travel import travel_facts
from tests.signing import minutes_old
from travel.office.own_data import requests as actions
from travel.office.retention import erasing
from travel.office.retention import holds as hold

pytestmark = pytest.mark.django_db
OWN = reverse("travel:data-requests")
LIST = reverse("travel:data-request-list")
Kind, Result = DataRequest.Kind, DataRequest.Result


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def student():
    return ApplicationFactory(not_selected=True, answered=True).student


def page_of(asked):
    return reverse("travel:data-request-answer", args=[asked.code])


def test_a_student_asks_on_the_page_and_reads_the_day(student, sign_in):
    client = sign_in(student)

    client.post(OWN, {"kind": "correction", "text": "My birthday is March 9."})

    asked = DataRequest.objects.get()
    assert asked.due_on == timezone.localdate() + dt.timedelta(days=30)
    shown = client.get(OWN).text
    assert "My birthday is March 9." in shown and "You’ll have our answer by" in shown


def test_the_office_is_told_and_has_it_on_its_list(
    student, office, sign_in, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        asked = actions.ask(student, kind=Kind.CORRECTION, text="My name.")

    assert any(page_of(asked) in mail.body for mail in mailoutbox if office.email in mail.to)
    client = sign_in(office)
    assert str(student) in client.get(LIST).text
    cycle = student.applications.get().cycle
    duties = client.get(reverse("travel:pipeline"), {"cycle": cycle.code}).context["duties"]
    assert [duty.href for duty in duties if duty.key == "data_requests"] == [LIST]


def test_a_correction_needs_words_and_one_open_request_is_enough(student):
    with pytest.raises(RuleViolation) as raised:
        actions.ask(student, kind=Kind.CORRECTION, text=" ")
    assert raised.value.code == "no_text"

    assert actions.ask(student, kind=Kind.DELETION, text="") == actions.ask(student, kind=Kind.DELETION, text="")
    assert DataRequest.objects.count() == 1


def test_staff_write_to_the_owner_instead(office):
    with pytest.raises(RuleViolation) as raised:
        actions.ask(office, kind=Kind.DELETION, text="")
    assert raised.value.code == "staff"


def test_deleting_asks_for_a_fresh_proof(student, sign_in):
    client = sign_in(student)
    minutes_old(client, 16)

    client.post(OWN, {"kind": "deletion"})

    assert not DataRequest.objects.exists()


def test_the_student_can_cancel_and_nobody_else(student, sign_in):
    asked = actions.ask(student, kind=Kind.DELETION, text="")
    drop = reverse("travel:data-request-drop", args=[asked.code])

    assert sign_in(UserFactory()).post(drop).status_code == 404
    sign_in(student).post(drop)

    asked.refresh_from_db()
    assert asked.dropped_at and not asked.is_open


def test_an_answer_reaches_the_student_with_its_reason(
    student, office, sign_in, mailoutbox, django_capture_on_commit_callbacks
):
    asked = actions.ask(student, kind=Kind.CORRECTION, text="My name.")

    with django_capture_on_commit_callbacks(execute=True):
        sign_in(office).post(page_of(asked), {"result": "refused", "answer": "It’s the name on your passport."})

    assert any("It’s the name on your passport." in mail.body for mail in mailoutbox)
    assert "It’s the name on your passport." in sign_in(student).get(OWN).text


def test_an_answer_needs_words_and_is_given_once(student, office):
    asked = actions.ask(student, kind=Kind.CORRECTION, text="My name.")
    with pytest.raises(RuleViolation):
        actions.answer(asked, result=Result.DONE, answer=" ", by=office)

    actions.answer(asked, result=Result.DONE, answer="Done.", by=office)
    actions.answer(asked, result=Result.REFUSED, answer="No.", by=office)

    asked.refresh_from_db()
    assert (asked.result, asked.answer) == ("done", "Done.")


def test_a_granted_deletion_erases_the_applications_and_the_account(
    student, office, mailoutbox, django_capture_on_commit_callbacks
):
    address = student.email
    application = student.applications.get()
    asked = actions.ask(student, kind=Kind.DELETION, text="")

    with django_capture_on_commit_callbacks(execute=True):
        actions.answer(asked, result=Result.DONE, answer="All of it is gone.", by=office)

    student = User.objects.get(pk=student.pk)
    application.refresh_from_db()
    assert (student.full_name, student.is_active) == (erasing.GONE, False)
    assert application.erased_at and not Recommendation.objects.filter(application=application).exists()
    assert any(mail.to == [address] and "last message" in mail.body for mail in mailoutbox)
    assert Event.objects.filter(action="retention.erase_account", by=office).exists()


@pytest.mark.parametrize(("trait", "code"), [("submitted", "needed"), ("confirmed", "needed"), ("held", "held")])
def test_what_is_needed_or_held_is_not_deleted_and_the_request_stays_open(office, trait, code):
    application = ApplicationFactory(answered=True, **{"not_selected" if trait == "held" else trait: True})
    if trait == "held":
        hold.place(reason="A lawsuit.", by=office, cycle=application.cycle)
    asked = actions.ask(application.student, kind=Kind.DELETION, text="")

    with pytest.raises(RuleViolation) as raised:
        actions.answer(asked, result=Result.DONE, answer="Gone.", by=office)

    asked.refresh_from_db()
    assert raised.value.code == code and asked.is_open
    assert Recommendation.objects.filter(application=application).exists()


def test_the_page_says_why_it_cannot_be_deleted(office, sign_in):
    application = ApplicationFactory(submitted=True, answered=True)
    asked = actions.ask(application.student, kind=Kind.DELETION, text="")

    shown = sign_in(office).post(page_of(asked), {"result": "done", "answer": "Gone."}).text

    assert "They need to withdraw first" in shown
