"""A reading that was locked too soon to have been read is shown to the office, with the seconds."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.models import Fact
from tests.applications.reading.test_review_views import text_of
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, ReviewFactory, review_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def application(db):
    review_facts()
    return ApplicationFactory(submitted=True, cycle__ready=True)


def read(application, seconds, **more):
    """A reading that was locked so many seconds after it was opened."""
    now = timezone.now()
    given = AssignmentFactory(application=application, **more)
    return ReviewFactory(assignment=given, started_at=now - dt.timedelta(seconds=seconds), locked_at=now)


def test_the_office_sees_what_was_locked_after_four_seconds(sign_in, application):
    quick, usual = read(application, 4), read(application, 700)
    office = sign_in(UserFactory(coordinator=True))

    page = text_of(office.get(reverse("applications:decision-record", args=[application.code])))
    assert page.count("after opening it") == 1
    assert page.index("locked 4 seconds after opening it") > page.index(str(quick.assignment.reader))

    shown = text_of(office.get(reverse("applications:review-list"), {"cycle": application.cycle.code}))
    assert shown.count("1 locked within seconds") == 1
    peek = "applications:reader-peek"
    for reading, is_quick in ((quick, True), (usual, False)):
        panel = office.get(reverse(peek, args=[reading.assignment.reader.code, application.cycle.code]))
        assert ("Locked within seconds" in text_of(panel)) == is_quick


def test_the_office_sets_how_soon_is_too_soon(sign_in, application):
    read(application, 1)
    office, page = (
        sign_in(UserFactory(coordinator=True)),
        reverse("applications:decision-record", args=[application.code]),
    )
    assert "locked 1 second after opening it" in text_of(office.get(page))

    Fact.objects.filter(key="review.quick_seconds").update(value=0)

    assert "after opening it" not in text_of(office.get(page))


def test_an_interview_is_scored_quickly_and_a_reader_sees_no_such_mark(sign_in, application):
    read(application, 4, is_interview=True)
    given = read(application, 4).assignment
    office = sign_in(UserFactory(coordinator=True))
    page = text_of(office.get(reverse("applications:decision-record", args=[application.code])))
    assert page.count("after opening it") == 1

    assert "after opening it" not in text_of(sign_in(given.reader).get(given.get_absolute_url()))
