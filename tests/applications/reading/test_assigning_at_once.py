"""Concurrent requests by the office, by two readers, or by a double tap: nothing is done twice or past a limit."""

import pytest
from django.urls import reverse

from applications.models import Assignment, ConflictOfInterest
from applications.reading.actions import assigning, conflict, reader_profile, reassigning, review
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    review_facts,
)
from tests.test_attacks import at_once, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cycle(transactional_db):
    review_facts()
    return CycleFactory(ready=True, reads_each=2)


@pytest.fixture
def offices(sign_in):
    return [sign_in(UserFactory(coordinator=True)) for _ in range(2)]


def page(name, cycle):
    return reverse(f"applications:assignment-{name}", args=[cycle.code])


def test_two_of_the_office_draw_at_once_and_each_application_has_its_readers_once(cycle, offices):
    applications = [ApplicationFactory(submitted=True, cycle=cycle) for _ in range(5)]
    for _ in range(4):
        UserFactory(advisor=True)

    assert at_once(*(post(office, page("draw", cycle)) for office in offices)) == [302, 302]

    assert [application.assignments.count() for application in applications] == [2] * 5
    assert Event.objects.filter(action="review.assign_readers").count() == 1


def test_given_out_twice_at_once_each_reader_is_told_once(cycle, offices):
    for _ in range(5):
        ApplicationFactory(submitted=True, cycle=cycle)
    people = [UserFactory(advisor=True) for _ in range(3)]
    assigning.draw_readers(cycle, by=UserFactory(coordinator=True))
    seen = {"seen": assigning.draft_fingerprint(cycle)}

    at_once(*(post(office, page("release", cycle), seen) for office in offices))

    assert Event.objects.filter(action="review.release_readers").count() == 1
    told = Message.objects.filter(template="applications/readings_assigned").values_list("recipient", flat=True)
    assert sorted(told) == sorted(person.pk for person in people)
    assert not assigning.draft_of(cycle).exists()


def test_drawn_again_while_it_is_given_out_nobody_gets_what_was_not_seen(cycle, offices):
    for _ in range(4):
        ApplicationFactory(submitted=True, cycle=cycle)
    for _ in range(4):
        UserFactory(advisor=True)
    assigning.draw_readers(cycle, by=UserFactory(coordinator=True), seed=1)
    drawn = set(assigning.draft_of(cycle).values_list("application", "reader"))
    seen = {"seen": assigning.draft_fingerprint(cycle)}

    at_once(post(offices[0], page("release", cycle), seen), post(offices[1], page("draw-again", cycle), {"seed": "2"}))

    rows = Assignment.objects.filter(application__cycle=cycle)
    assert rows.count() == 8
    given = set(rows.filter(released_at__isnull=False).values_list("application", "reader"))
    assert given in (set(), drawn)


def test_one_thumb_taps_three_times_and_one_person_is_found(cycle, sign_in):
    application = ApplicationFactory(submitted=True, answered=True, cycle=cycle)
    people = [UserFactory(advisor=True) for _ in range(4)]
    row, _other = [AssignmentFactory(application=application, reader=person) for person in people[:2]]
    tap = reverse("applications:review-conflict", args=[row.code])

    assert at_once(*(post(sign_in(people[0]), tap) for _tap in range(3))) == [302] * 3

    assert ConflictOfInterest.objects.count() == 1
    assert application.assignments.count() == 2
    assert Event.objects.filter(action=conflict.DECLARE).count() == 1
    assert Message.objects.filter(template="applications/readings_assigned").count() == 1


def test_two_readers_who_both_know_their_student_do_not_get_the_same_last_place(cycle, sign_in):
    applications = [ApplicationFactory(submitted=True, answered=True, cycle=cycle) for _ in range(2)]
    known, other, free = (UserFactory(advisor=True) for _ in range(3))
    second = UserFactory(advisor=True)
    rows = []
    for application, reader in zip(applications, (known, second), strict=True):
        rows.append(AssignmentFactory(application=application, reader=reader))
        AssignmentFactory(application=application, reader=other)
    for person, most in ((known, 1), (second, 1), (other, 2), (free, 1)):
        reader_profile.save_profile(person, reads_spanish=False, reads_most=most, is_reading=True, by=person)
    # neither may take the other's file, so the places they free are of no use to each other
    ConflictOfInterest.objects.create(application=applications[0], reader=second, declared_by=second)
    ConflictOfInterest.objects.create(application=applications[1], reader=known, declared_by=known)

    at_once(*(post(sign_in(row.reader), reverse("applications:review-conflict", args=[row.code])) for row in rows))

    assert Assignment.objects.filter(reader=free).count() == 1
    assert sorted(application.assignments.count() for application in applications) == [1, 2]


def test_what_is_locked_at_the_moment_it_moves_is_kept_or_refused_but_never_lost(cycle):
    application = ApplicationFactory(submitted=True, answered=True, cycle=cycle)
    late, other, _free = people = [UserFactory(advisor=True) for _ in range(3)]
    row, _other = [AssignmentFactory(application=application, reader=person) for person in people[:2]]
    office = UserFactory(coordinator=True)
    plan = reassigning.plan_move(cycle, late, seed=1)
    points = {criterion.key: 4 for criterion in cycle.criteria.all()}

    def told(act):
        def job():
            try:
                act()
            except RuleViolation as refused:
                return refused.code
            return "done"

        return job

    answers = at_once(
        told(lambda: reassigning.move_unread(cycle, late, by=office, seed=1, seen=plan.fingerprint)),
        told(lambda: review.lock_review(row, by=late, points=points, comment="", feedback="")),
    )

    locked = Event.objects.filter(action="review.lock").exists()
    assert answers.count("done") == 1
    assert Assignment.objects.filter(reader=late, review__locked_at__isnull=False).exists() is locked
    assert other in {each.reader for each in application.assignments.all()}
