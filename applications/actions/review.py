"""The scored readings."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import scoring
from applications.models import (
    Application,
    Assignment,
    Rating,
    Review,
    RubricCriterion,
)
from applications.states import Status
from exchange import audit
from exchange.errors import RuleViolation
from exchange.models import User

# --- Scored readings --------------------------------------------------------------------------------


@transaction.atomic
def save_review(
    assignment: Assignment,
    *,
    points: Mapping[str, int],
    comment: str,
    feedback: str,
    by: User,
    started_at: datetime | None = None,
) -> Review:
    """Keep a reading as far as it is: `points` by criterion key, any of them may be missing.

    RuleViolation: locked, not_in_the_running, unknown_points.
    """
    review = _open_review(assignment, started_at)
    if review.locked_at:
        raise RuleViolation("locked", _("You locked this reading. Its scores stay as they are."))
    _fill(review, points, comment, feedback)
    audit.record("review.save", assignment, by=by, changes={"scored": len(points)})
    return review


@transaction.atomic
def lock_review(
    assignment: Assignment,
    *,
    points: Mapping[str, int],
    comment: str,
    feedback: str,
    by: User,
    started_at: datetime | None = None,
) -> Review:
    """Lock a reading for good and work out the application's figures from all locked ones.

    A second call changes nothing. RuleViolation: not_in_the_running, unknown_points, incomplete.
    """
    review = _open_review(assignment, started_at)
    if review.locked_at:
        return review
    criteria = _fill(review, points, comment, feedback)
    if missing := [criterion.title for criterion in criteria.values() if criterion.key not in points]:
        names = ", ".join(missing)
        raise RuleViolation("incomplete", _("Not locked yet. Still to score: %(names)s.") % {"names": names})
    review.locked_at = timezone.now()
    review.save(update_fields=["locked_at"])
    work_out_scores(assignment.application)
    audit.record("review.lock", assignment, by=by)
    return review


def _open_review(assignment: Assignment, started_at: datetime | None) -> Review:
    # the application's row first: a reader's two taps, and two readers who lock at once, wait for each other
    application = Application.objects.select_for_update(of=("self",)).get(pk=assignment.application_id)
    review, _created = Review.objects.select_for_update(of=("self",)).get_or_create(
        assignment=assignment, defaults={"started_at": started_at or timezone.now()}
    )
    if not review.locked_at and application.status != Status.SUBMITTED:
        raise RuleViolation("not_in_the_running", _("This application is not being read any more. You can skip it."))
    return review


def _fill(review: Review, points: Mapping[str, int], comment: str, feedback: str) -> dict[str, RubricCriterion]:
    criteria = {each.key: each for each in review.assignment.application.cycle.criteria.prefetch_related("levels")}
    for key, value in points.items():
        if key not in criteria or value not in {level.points for level in criteria[key].levels.all()}:
            raise RuleViolation("unknown_points", _("The rubric has no such points. Choose one of those shown."))
    review.comment, review.feedback, review.saved_at = comment, feedback, timezone.now()
    review.save(update_fields=["comment", "feedback", "saved_at"])
    review.ratings.exclude(criterion__key__in=points).delete()
    Rating.objects.bulk_create(
        [Rating(review=review, criterion=criteria[key], points=value) for key, value in points.items()],
        update_conflicts=True,
        unique_fields=["review", "criterion"],
        update_fields=["points"],
    )
    return criteria


def work_out_scores(application: Application) -> None:
    """Store the raw figures of the locked readings beside the application, for lists that sort by them.

    To be called in the transaction that locked a reading, with the application's row locked.
    """
    ratings = Rating.objects.filter(
        review__assignment__application=application, review__locked_at__isnull=False
    ).values_list("review__assignment__reader__code", "criterion__key", "points")
    scores = [scoring.Score(application.code, reader, criterion, points) for reader, criterion, points in ratings]
    weights = dict.fromkeys(application.cycle.criteria.values_list("key", flat=True), 1)
    (summary,) = scoring.summarise(scores, weights, [application.code])
    application.reads_locked = summary.reads
    application.score_mean = _stored(summary.mean)
    application.score_median = _stored(summary.median)
    application.score_spread = _stored(summary.spread)
    application.save(update_fields=["reads_locked", "score_mean", "score_median", "score_spread"])


def _stored(figure: float | None) -> Decimal | None:
    return None if figure is None else round(Decimal(str(figure)), 3)
