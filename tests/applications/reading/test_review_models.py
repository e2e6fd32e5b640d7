import pytest
from django.db import IntegrityError

from applications.models import Assignment, Endorsement, Rating, RubricCriterion, RubricLevel
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    EndorsementFactory,
    ReviewFactory,
)

pytestmark = pytest.mark.django_db


def test_endorsement_other_than_yes_has_a_note():
    with pytest.raises(IntegrityError, match="endorsement_other_than_yes_has_a_note"):
        EndorsementFactory(result=Endorsement.Result.NOT_ENDORSED, note="")


def test_endorsement_yes_needs_enrollment():
    with pytest.raises(IntegrityError, match="endorsement_yes_needs_enrollment"):
        EndorsementFactory(result=Endorsement.Result.ENDORSED, is_enrolled=False)


def unique(*columns):
    """How SQLite names a broken unique constraint: by its columns; PostgreSQL says its name."""
    return "|".join(columns)


def test_assignment_once_per_reader():
    assignment = AssignmentFactory()

    with pytest.raises(
        IntegrityError,
        match=unique("assignment_once_per_reader", "application_id, applications_assignment.reader_id"),
    ):
        Assignment.objects.create(application=assignment.application, reader=assignment.reader)


def test_rating_one_per_criterion():
    review = ReviewFactory(locked=True)

    with pytest.raises(
        IntegrityError, match=unique("rating_one_per_criterion", "review_id, applications_rating.criterion_id")
    ):
        Rating.objects.create(review=review, criterion=review.ratings.first().criterion, points=3)


@pytest.mark.parametrize("points", [0, 6])
def test_rating_points_from_one_to_five(points):
    review = ReviewFactory()

    with pytest.raises(IntegrityError, match="rating_points_from_one_to_five"):
        Rating.objects.create(
            review=review, criterion=review.assignment.application.cycle.criteria.first(), points=points
        )


def test_rubriccriterion_key_once_per_cycle():
    cycle = CycleFactory(ready=True)

    with pytest.raises(
        IntegrityError,
        match=unique("rubriccriterion_key_once_per_cycle", "cycle_id, applications_rubriccriterion.key"),
    ):
        RubricCriterion.objects.create(cycle=cycle, key="purpose", order=9, title_en="Again", title_es="Otra vez")


def test_rubriclevel_points_once_per_criterion():
    criterion = CycleFactory(ready=True).criteria.first()

    with pytest.raises(
        IntegrityError,
        match=unique("rubriclevel_points_once_per_criterion", "criterion_id, applications_rubriclevel.points"),
    ):
        RubricLevel.objects.create(criterion=criterion, points=5, text_en="Again", text_es="Otra vez")


@pytest.mark.parametrize("points", [0, 6])
def test_rubriclevel_points_from_one_to_five(points):
    criterion = CycleFactory(ready=True).criteria.first()

    with pytest.raises(IntegrityError, match="rubriclevel_points_from_one_to_five"):
        RubricLevel.objects.create(criterion=criterion, points=points, text_en="Off", text_es="Fuera")


def test_a_stack_leaves_out_the_reader_s_own_college():
    reader = UserFactory(advisor=True)
    own = ApplicationFactory(submitted=True, college=reader.roles.get().college)
    other = AssignmentFactory(reader=reader)
    AssignmentFactory(reader=reader, application=own)

    assert list(Assignment.objects.to_read_by(reader)) == [other]


def test_unread_leaves_out_what_is_locked_or_out_of_the_running():
    reader = UserFactory(advisor=True)
    cycle = CycleFactory(ready=True)
    ReviewFactory(locked=True, assignment__reader=reader, assignment__application__cycle=cycle)
    AssignmentFactory(reader=reader, application=ApplicationFactory(withdrawn=True))
    begun = ReviewFactory(assignment__reader=reader, assignment__application__cycle=cycle).assignment
    untouched = AssignmentFactory(reader=reader, application=ApplicationFactory(submitted=True))

    assert set(Assignment.objects.to_read_by(reader).unread()) == {begun, untouched}
