"""What the database constraints refuse of drafts, questions with conditions, and files."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.models import Application, DraftField, IncomingUpload, Question
from applications.states import Status
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, application_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun():
    application_facts()
    return ApplicationFactory(cycle=CycleFactory(ready=True))


def changed(row, **fields):
    return lambda: type(row)._default_manager.filter(pk=row.pk).update(**fields)


@pytest.mark.parametrize("fields", [{"draft_key": None}, {"draft_key": "x", "status": Status.SUBMITTED}])
def test_without_a_student_there_is_a_draft_and_a_key(begun, fields):
    more = {"submitted_at": timezone.now()} if "status" in fields else {}
    refused("application_without_a_student_is_a_draft", changed(begun, student=None, **fields, **more))


def test_what_was_merged_has_no_student(begun):
    other = ApplicationFactory(cycle=begun.cycle, form=begun.form)
    refused("application_merged_has_no_student", changed(begun, merged_into=other))


def test_a_test_is_never_sent(begun):
    now = timezone.now()
    refused("application_test_is_never_sent", changed(begun, is_test=True, status=Status.SUBMITTED, submitted_at=now))


def test_more_time_is_asked_with_a_reason(begun):
    refused("application_more_time_has_a_reason", changed(begun, more_time_asked_at=timezone.now()))


def test_one_row_of_versions_for_each_field(begun):
    DraftField.objects.create(application=begun, key="major")
    refused("draftfield_one_per_key", lambda: DraftField.objects.create(application=begun, key="major"))


@pytest.mark.parametrize("fields", [{"show_if_key": "units"}, {"show_if_value": True}])
def test_a_condition_is_whole(begun, fields):
    question = Question.objects.filter(section__form=begun.form).first()
    refused("question_condition_is_whole", changed(question, **fields))


@pytest.mark.parametrize("number", [0, 11])
def test_a_question_takes_one_file_to_ten(begun, number):
    question = Question.objects.filter(section__form=begun.form).first()
    refused("question_takes_a_file_or_more", changed(question, files_max=number))


@pytest.mark.parametrize("fields", [{"refused_because": "infected"}, {"state": "refused"}])
def test_a_refused_file_says_why_and_no_other_does(fields):
    upload = UploadFactory(state="kept", checked_at=timezone.now())
    refused("upload_refused_says_why", changed(upload, **fields))


def test_a_kept_file_was_checked():
    upload = UploadFactory(state="kept", checked_at=timezone.now())
    refused("upload_checked_unless_just_received", changed(upload, checked_at=None))


def test_no_more_arrives_than_was_said(begun):
    question = Question.objects.get(section__form=begun.form, key="class_schedule")
    refused(
        "incomingupload_never_more_than_said",
        lambda: IncomingUpload.objects.create(
            code="c", application=begun, question=question, original_name="n", size=3, received=4
        ),
    )


def test_more_time_moves_the_deadline_of_one_application(begun):
    later = begun.cycle.closes_at + dt.timedelta(days=2)
    Application.objects.filter(pk=begun.pk).update(reopened_until=later)
    begun.refresh_from_db()

    assert begun.closes_at == later
    assert ApplicationFactory(cycle=begun.cycle, form=begun.form).closes_at == begun.cycle.closes_at


def test_nobody_sees_visitors_drafts_and_tests_in_lists(begun):
    office = UserFactory(coordinator=True)
    Application.objects.create(cycle=begun.cycle, form=begun.form, draft_key="k")
    ApplicationFactory(cycle=begun.cycle, form=begun.form, student=office, is_test=True)

    assert list(Application.objects.visible_to(office)) == [begun]
    assert list(Application.objects.real()) == [begun]
