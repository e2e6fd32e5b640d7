"""The office records that a reader knows a student, before assignments are drawn and after."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from applications.models import Assignment, ConflictOfInterest
from applications.reading import readers
from applications.reading.actions import assigning, conflict
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    ReviewFactory,
    review_facts,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def scene():
    """An application that two people read, and three more who could."""
    review_facts()
    cycle = CycleFactory(ready=True, reads_each=2)
    application = ApplicationFactory(submitted=True, answered=True, cycle=cycle)
    return cycle, application, [UserFactory(advisor=True) for _ in range(3)]


def pages_of(application):
    return reverse("applications:application-keep-away", args=[application.code])


def test_whoever_is_kept_away_is_never_drawn(scene, office):
    cycle, application, people = scene

    conflict.keep_away(application, people[0], relation="related", by=office)
    conflict.keep_away(application, people[0], relation="taught", by=office)

    assert [(each.reader, each.relation) for each in conflict.known_about(application)] == [(people[0], "related")]
    assert Event.objects.filter(action=conflict.KEEP_AWAY).count() == 1
    for seed in range(4):
        assigning.draw_again(cycle, by=office, seed=seed)
        assert {each.reader for each in application.assignments.all()} == set(people[1:])


def test_a_drawn_reading_is_drawn_anew_in_the_draft_and_nobody_is_told(scene, office):
    _cycle, application, people = scene
    for person in people[:2]:
        AssignmentFactory(application=application, reader=person, released_at=None)

    conflict.keep_away(application, people[0], relation="knows", by=office)

    assert {each.reader for each in application.assignments.all()} == {people[1], people[2]}
    assert not Assignment.objects.filter(released_at__isnull=False).exists()
    assert not Message.objects.exists()


def test_a_reading_that_was_given_out_goes_to_somebody_else_and_both_are_told(scene, office):
    _cycle, application, people = scene
    for person in people[:2]:
        AssignmentFactory(application=application, reader=person)

    conflict.keep_away(application, people[0], relation="knows", by=office)

    assert {each.reader for each in application.assignments.all()} == {people[1], people[2]}
    told = {(each.recipient, each.template) for each in Message.objects.all()}
    assert told == {
        (people[0], "applications/readings_moved"),
        (people[2], "applications/readings_assigned"),
    }


def test_locked_scores_of_whoever_is_kept_away_count_no_more(scene, office):
    _cycle, application, people = scene
    ReviewFactory(assignment__application=application, assignment__reader=people[0], points=4, locked=True)

    conflict.keep_away(application, people[0], relation="related", by=office)

    application.refresh_from_db()
    assert (application.reads_locked, application.score_mean) == (0, None)


def test_who_interviews_the_student_is_not_kept_away_behind_their_back(scene, office):
    _cycle, application, people = scene
    AssignmentFactory(application=application, reader=people[0], is_interview=True)

    with pytest.raises(RuleViolation) as caught:
        conflict.keep_away(application, people[0], relation="knows", by=office)
    assert caught.value.code == "meets"
    assert not ConflictOfInterest.objects.exists()


def test_the_page_keeps_away_and_takes_back(scene, office, sign_in):
    cycle, application, people = scene
    client = sign_in(office)
    assert pages_of(application) in client.get(application.get_absolute_url()).text

    assert "Choose a person." in client.post(pages_of(application), {"act": "keep"}).text
    sent = {"reader": people[0].code, "relation": "taught"}
    assertRedirects(client.post(pages_of(application), sent), pages_of(application))
    assert (application.code, people[0].code) in readers.pool_of(cycle).ties
    page = client.get(pages_of(application)).text
    assert "taught or advised the student" in page
    assert f'<option value="{people[0].code}"' not in page

    lifted = {"act": "lift", "reader": people[0].code}
    assertRedirects(client.post(pages_of(application), lifted), pages_of(application))
    assert client.post(pages_of(application), lifted).status_code == 404
    assert (application.code, people[0].code) not in readers.pool_of(cycle).ties


def test_nothing_is_said_once_the_result_is_out_nor_about_the_own_application(scene, office, sign_in):
    _cycle, application, _people = scene
    own = ApplicationFactory(submitted=True, student=office, cycle=application.cycle)
    told = ApplicationFactory(submitted=True, cycle=application.cycle, status="not_selected")
    client = sign_in(office)

    assert [client.get(pages_of(each)).status_code for each in (own, told)] == [403, 403]
