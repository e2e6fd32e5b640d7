"""Undoing a lock: for a minute, by the reader only, and never after seeing what others gave."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Assignment, Review
from applications.reading.actions import review
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Fact
from tests.applications.reading.test_review_views import text_of
from tests.factories import UserFactory
from tests.factories_applications import AssignmentFactory, ReviewFactory, review_facts
from tests.factories_lottery import lottery_of, tie
from tests.test_attacks import at_once, post

FIGURES = ("reads_locked", "score_mean", "score_median", "score_spread")
POINTS = {"purpose": 4, "adapting": 5, "giving_back": 3}
FORM = {f"points_{key}": str(points) for key, points in POINTS.items()}
pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(db):
    review_facts()
    Fact.objects.filter(key=review.UNDO_SECONDS).update(value=60)
    return AssignmentFactory()


def lock(assignment, **more):
    return review.lock_review(
        assignment, points=POINTS, comment="Clear.", feedback="Well told.", by=assignment.reader, **more
    )


def figures(assignment):
    return Application.objects.filter(pk=assignment.application_id).values(*FIGURES).get()


def undo_ended(seconds):
    """As if the time to undo had ended this many seconds ago; negative: it ends in as many."""
    Review.objects.update(undo_until=timezone.now() - timedelta(seconds=seconds))


def test_an_undone_lock_leaves_everything_as_it_was_before(assignment):
    ReviewFactory(assignment__application=assignment.application, locked=True, points=2)
    before = figures(assignment)
    lock(assignment)
    assert figures(assignment) != before

    review.unlock_review(assignment, by=assignment.reader)
    review.unlock_review(assignment, by=assignment.reader)  # a double tap

    stored = Review.objects.get(assignment=assignment)
    assert figures(assignment) == before
    assert dict(stored.ratings.values_list("criterion__key", "points")) == POINTS
    assert (stored.comment, stored.feedback, stored.locked_at) == ("Clear.", "Well told.", None)
    assert Event.objects.filter(action="review.unlock", by=assignment.reader).count() == 1
    review.save_review(assignment, points=POINTS | {"purpose": 1}, comment="", feedback="", by=assignment.reader)
    assert lock(assignment).undo_until


def test_after_the_minute_the_scores_are_final(assignment):
    lock(assignment)
    undo_ended(0)

    with pytest.raises(RuleViolation) as caught:
        review.unlock_review(assignment, by=assignment.reader)

    assert caught.value.code == "undo_over"
    assert Review.objects.get().locked_at


def test_without_seconds_in_the_fact_there_is_no_undo(assignment):
    Fact.objects.filter(key=review.UNDO_SECONDS).update(value=0)
    assert lock(assignment).undo_until is None

    with pytest.raises(RuleViolation, match="too late"):
        review.unlock_review(assignment, by=assignment.reader)


@pytest.mark.parametrize("ended", [-60, -1, 0, 1, 4, 6, 60])
def test_nobody_can_undo_and_see_the_others(assignment, ended):
    """At no moment: they show a few seconds later than the undo ends, for clocks that differ and slow requests."""
    lock(assignment)
    undo_ended(ended)
    shown = not Assignment.objects.still_scored_by(assignment.reader).exists()
    try:
        with transaction.atomic():
            review.unlock_review(assignment, by=assignment.reader)
            can_undo = True
    except RuleViolation:
        can_undo = False

    assert (can_undo, shown) == (ended < 0, ended > 5)


def test_a_result_or_a_lottery_makes_it_final(assignment):
    lock(assignment)
    lottery = lottery_of(tie(cycle=assignment.application.cycle))
    with pytest.raises(RuleViolation) as caught:
        review.unlock_review(assignment, by=assignment.reader)
    assert caught.value.code == "scores_used"

    lottery.delete()
    Application.objects.filter(pk=assignment.application_id).update(status=Status.SELECTED)
    with pytest.raises(RuleViolation) as caught:
        review.unlock_review(assignment, by=assignment.reader)
    assert caught.value.code == "not_in_the_running"


def test_an_undo_needs_a_lock():
    review_facts()
    given = ReviewFactory()
    with pytest.raises(IntegrityError, match="review_undo_only_of_a_lock"):
        Review.objects.filter(pk=given.pk).update(undo_until=timezone.now())


def test_the_page_that_follows_offers_the_undo(sign_in, assignment):
    client = sign_in(assignment.reader)
    other = AssignmentFactory(reader=assignment.reader, application__cycle=assignment.application.cycle)
    address = reverse("applications:review-unlock", args=[assignment.code])

    page = client.post(assignment.get_absolute_url(), FORM | {"act": "lock"}, follow=True)
    assert page.request["PATH_INFO"] == other.get_absolute_url()
    assert f'action="{address}"' in page.text
    assert f"You locked your scores for candidate {assignment.candidate_label}." in text_of(page)
    assert address in client.get(reverse("applications:review-list")).text

    page = client.post(address, follow=True)
    assert page.request["PATH_INFO"] == assignment.get_absolute_url()
    assert "Unlocked. Your scores are as you left them." in text_of(page)
    assert 'value="lock"' in page.text

    client.post(assignment.get_absolute_url(), FORM | {"act": "lock"})
    undo_ended(1)
    assert address not in client.get(reverse("applications:review-list")).text
    assert "It’s too late to undo" in text_of(client.post(address, follow=True))


def test_nobody_else_can_undo_it(sign_in, assignment):
    lock(assignment)
    address = reverse("applications:review-unlock", args=[assignment.code])

    assert sign_in(UserFactory(advisor=True)).post(address).status_code == 404
    assert sign_in(UserFactory(coordinator=True)).post(address).status_code == 403
    assert Review.objects.get().locked_at


@pytest.mark.django_db(transaction=True)
def test_lock_and_undo_at_once_leave_one_of_the_two(sign_in, transactional_db):
    review_facts()
    Fact.objects.filter(key=review.UNDO_SECONDS).update(value=60)
    assignment = AssignmentFactory()
    lock(assignment)
    clients = [sign_in(assignment.reader) for _ in range(3)]
    undo = reverse("applications:review-unlock", args=[assignment.code])

    given = at_once(
        post(clients[0], undo),
        post(clients[1], undo),
        post(clients[2], assignment.get_absolute_url(), FORM | {"act": "lock"}),
    )

    assert given == [302] * 3
    stored = Review.objects.get()
    assert bool(stored.locked_at) == bool(stored.undo_until)
    assert figures(assignment)["reads_locked"] == (1 if stored.locked_at else 0)
    events = list(Event.objects.order_by("pk").values_list("action", flat=True))
    assert events.count("review.lock") - events.count("review.unlock") == (1 if stored.locked_at else 0)
