"""Who opened a student's file: written with the answer, once a day, read by the student alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exchange.base import access
from exchange.base.access import Opening
from exchange.models import AccessRecord
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, UploadFactory, review_facts

pytestmark = pytest.mark.django_db
OPENED = reverse("travel:opened")


def detail(application):
    return reverse("applications:application-detail", args=[application.code])


@pytest.fixture
def application():
    review_facts()
    return ApplicationFactory(submitted=True, answered=True)


def test_the_student_reads_who_opened_what_by_role_and_day(application, sign_in):
    advisor = UserFactory(advisor=application.college, full_name="Ana Advisorson")
    sign_in(advisor).get(detail(application))
    sign_in(UserFactory(coordinator=True, full_name="Otto Officeman")).get(detail(application))

    shown = sign_in(application.student).get(OPENED).text

    assert f"An advisor at {application.college.name}" in shown
    assert "The exchange team" in shown
    assert "Advisorson" not in shown and "Officeman" not in shown


def test_a_reader_stays_a_reader(application, sign_in):
    reader = UserFactory(advisor=True, full_name="Bart Readerson")
    assignment = AssignmentFactory(application=application, reader=reader)
    sign_in(reader).get(reverse("applications:review-record", args=[assignment.code]))

    shown = sign_in(application.student).get(OPENED).text

    assert "A reader" in shown
    assert "Readerson" not in shown and reader.roles.get().college.name not in shown


def test_two_readers_of_one_day_are_one_line(application, sign_in):
    for _ in range(2):
        assignment = AssignmentFactory(application=application, reader=UserFactory(advisor=True))
        sign_in(assignment.reader).get(reverse("applications:review-record", args=[assignment.code]))

    assert AccessRecord.objects.count() == 2
    assert sign_in(application.student).get(OPENED).text.count("A reader") == 1


def test_opening_again_the_same_day_is_one_row_and_as_many_queries(application, sign_in):
    client = sign_in(UserFactory(advisor=application.college))
    client.get(detail(application))
    with CaptureQueriesContext(connection) as again:
        client.get(detail(application))

    assert AccessRecord.objects.count() == 1
    writes = [query for query in again if query["sql"].startswith("INSERT")]
    assert len(writes) == 1


def test_own_pages_and_refused_ones_are_not_written_down(application, sign_in):
    sign_in(application.student).get(detail(application))
    assert sign_in(UserFactory(advisor=True)).get(detail(application)).status_code == 404

    assert not AccessRecord.objects.exists()


def test_a_file_is_written_down(application, sign_in):
    upload = UploadFactory(application=application)

    sign_in(UserFactory(advisor=application.college)).get(reverse("applications:upload-download", args=[upload.code]))

    assert AccessRecord.objects.get().what == "file"


def test_nobody_else_reads_the_list(application, sign_in):
    office = UserFactory(coordinator=True)
    sign_in(office).get(detail(application))

    assert not AccessRecord.objects.visible_to(office).exists()
    assert "No one has opened anything yet" in sign_in(office).get(OPENED).text


def test_rows_are_never_changed_or_deleted():
    student, office = UserFactory(), UserFactory(coordinator=True)
    access.record([Opening(student.pk, "ABCD2345", None, "application")], by=office)

    with pytest.raises(TypeError):
        AccessRecord.objects.update(what="file")
    with pytest.raises(TypeError):
        AccessRecord.objects.all().delete()
