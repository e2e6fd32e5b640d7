from decimal import Decimal

import pytest

from applications.models import Review
from applications.reading.actions import review
from applications.scores import scoring
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    ReviewFactory,
    review_facts,
)

pytestmark = pytest.mark.django_db
FULL = {"purpose": 4, "adapting": 5, "giving_back": 3}


@pytest.fixture(autouse=True)
def facts(db):
    review_facts()


def read(assignment, act=review.lock_review, points=FULL, comment="", feedback=""):
    return act(assignment, points=points, comment=comment, feedback=feedback, by=assignment.reader)


# --- Scoring ----------------------------------------------------------------------------------------


def test_save_review_keeps_an_incomplete_draft_without_scoring():
    assignment = AssignmentFactory()

    read(assignment, review.save_review, points={"purpose": 4}, feedback="Go on.")
    read(assignment, review.save_review, points={"purpose": 2, "adapting": 3}, comment="Hm.")

    kept = Review.objects.get()
    assert {each.criterion.key: each.points for each in kept.ratings.all()} == {"purpose": 2, "adapting": 3}
    assert (kept.comment, kept.feedback, kept.locked_at) == ("Hm.", "", None)
    assignment.application.refresh_from_db()
    assert assignment.application.reads_locked == 0


def test_lock_review_works_out_the_figures_of_all_locked_reads():
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    first, second = AssignmentFactory.create_batch(2, application=application)
    ReviewFactory(assignment__application=application, points=1)  # begun, not locked

    read(first, points=FULL)
    read(second, points={"purpose": 2, "adapting": 2, "giving_back": 3})

    application.refresh_from_db()
    assert application.reads_locked == 2
    assert (application.score_mean, application.score_median, application.score_spread) == (
        Decimal("9.5"),
        Decimal("9.5"),
        Decimal("5"),
    )


def test_lock_review_needs_every_criterion():
    assignment = AssignmentFactory()

    with pytest.raises(RuleViolation) as caught:
        read(assignment, points={"purpose": 4})

    assert caught.value.code == "incomplete"
    assert "Adapting, Giving back" in caught.value.message
    assert not Review.objects.exists()


def test_lock_review_twice_changes_nothing():
    assignment = AssignmentFactory()

    read(assignment, points=FULL)
    read(assignment, points={"purpose": 1, "adapting": 1, "giving_back": 1})

    assignment.application.refresh_from_db()
    assert assignment.application.score_mean == 12
    assert Event.objects.filter(action="review.lock").count() == 1


def test_save_review_refuses_what_is_locked():
    assignment = ReviewFactory(locked=True).assignment

    with pytest.raises(RuleViolation) as caught:
        read(assignment, review.save_review, points={"purpose": 1})

    assert caught.value.code == "locked"


@pytest.mark.parametrize("act", [review.save_review, review.lock_review])
@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.SELECTED, Status.RETURNED])
def test_reading_stops_when_the_application_leaves_the_running(act, status):
    trait = {Status.WITHDRAWN: "withdrawn", Status.SELECTED: "selected", Status.RETURNED: "returned"}[status]
    assignment = AssignmentFactory(application=ApplicationFactory(answered=True, **{trait: True}))

    with pytest.raises(RuleViolation) as caught:
        read(assignment, act)

    assert caught.value.code == "not_in_the_running"


@pytest.mark.parametrize("points", [{"purpose": 6}, {"charm": 3}])
def test_points_outside_the_rubric_are_refused(points):
    with pytest.raises(RuleViolation) as caught:
        read(AssignmentFactory(application__cycle__ready=True), review.save_review, points=points)

    assert caught.value.code == "unknown_points"


def test_stored_figures_are_those_of_the_pure_module():
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    for points in (2, 5, 4):
        ReviewFactory(locked=True, assignment__application=application, points=points)

    application.refresh_from_db()
    scores = [scoring.Score("a", str(points), key, points) for points in (2, 5, 4) for key in FULL]
    (expected,) = scoring.summarise(scores, dict.fromkeys(FULL, 1))
    assert float(application.score_mean) == pytest.approx(expected.mean, abs=0.0005)
    assert float(application.score_spread) == expected.spread
