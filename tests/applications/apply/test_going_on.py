"""An application that was returned for a fix and not fixed in time is considered again as it was submitted."""

import pytest
from django.urls import reverse

from applications.apply.actions import application as actions
from applications.models import Application
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, application_facts, review_facts

pytestmark = pytest.mark.django_db
WHY = "The readers wait."


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def returned(office):
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    Message.objects.all().delete()
    return actions.return_for_fix(application, note="Name your college.", by=office)


def refused(act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    return caught.value.code


def test_the_office_goes_on_and_the_student_is_told_once(returned, office, sign_in):
    client, page = sign_in(office), reverse("applications:application-go-on", args=[returned.code])
    assert f'href="{page}"' in client.get(returned.get_absolute_url()).text
    assert "Say why" in client.post(page, {"reason": ""}).text

    for _ in range(2):
        client.post(page, {"reason": WHY})

    application = Application.objects.get(pk=returned.pk)
    assert (application.status, application.return_note, application.submitted_at) == (
        Status.SUBMITTED,
        "",
        returned.submitted_at,
    )
    told = Message.objects.filter(template="applications/application_goes_on")
    assert [message.recipient for message in told] == [application.student]
    assert Event.objects.get(action="application.go_on").reason == WHY
    assert page not in client.get(returned.get_absolute_url()).text
    assert client.get(page).url == application.get_absolute_url()


def test_nobody_reads_what_was_changed_and_not_sent(returned, office, sign_in):
    Event.objects.create(
        action="application.save_answers",
        target_model="applications.application",
        target_id=returned.pk,
        by=returned.student,
    )
    assert refused(actions.go_on, returned, reason=WHY, by=office) == "begun"

    page = reverse("applications:application-go-on", args=[returned.code])
    assert "The student has made changes" in sign_in(office).post(page, {"reason": WHY}, follow=True).text
    returned.refresh_from_db()
    assert returned.status == Status.RETURNED
    assert not Message.objects.filter(template="applications/application_goes_on").exists()


def test_what_was_written_before_it_was_returned_does_not_count(office):
    application = ApplicationFactory(submitted=True)
    Event.objects.create(
        action="application.save_answers",
        target_model="applications.application",
        target_id=application.pk,
        by=application.student,
    )
    actions.return_for_fix(application, note="Name your college.", by=office)
    assert actions.go_on(application, reason=WHY, by=office).status == Status.SUBMITTED


def test_what_was_mended_the_first_time_does_not_count_the_second_time(returned, office):
    Event.objects.create(
        action="application.save_answers",
        target_model="applications.application",
        target_id=returned.pk,
        by=returned.student,
    )
    Application.objects.filter(pk=returned.pk).update(status=Status.SUBMITTED, return_note="")
    actions.return_for_fix(returned, note="And your units.", by=office)
    assert actions.go_on(returned, reason=WHY, by=office).status == Status.SUBMITTED


@pytest.mark.parametrize("trait", [None, "selected", "withdrawn"])
def test_only_what_is_back_with_the_student(office, trait):
    application = ApplicationFactory(**({trait: True} if trait else {}))
    assert refused(actions.go_on, application, reason=WHY, by=office) == "not_returned"
