"""What readers of one application show each other once their own scores are final, if the cycle says so: the others'
scores and reasons, and what they wrote to each other. Queries.

Readers have numbers, not names: nobody reads applications of their own college, so the others' colleges would narrow
down where the student studies. What they wrote is masked like the answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from applications import permissions
from applications.models import Application, Assignment, ReaderRemark, Review
from applications.models.application import scores_can_change
from applications.reading import reader_stack
from applications.reading.actions.conflict import DECLARE
from applications.reading.reading_page import masked_paragraphs
from applications.states import Status
from exchange.models import Event, User

type Paragraphs = list[list[tuple[str, Any]]]


@dataclass(frozen=True, slots=True)
class Given:
    """What one of the others gave. `points`: (criterion's title, points)."""

    who: str
    total: int
    points: Sequence[tuple[str, int]]
    comment: Paragraphs


@dataclass(frozen=True, slots=True)
class Said:
    who: str
    at: datetime
    paragraphs: Paragraphs
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """`waiting`: how many of the others haven't locked yet, or can still undo it."""

    given: Sequence[Given]
    waiting: int
    said: Sequence[Said]
    can_write: bool


def is_open_to(user: User, assignment: Assignment) -> bool:
    """Whether this reader may see what the others gave: the cycle says so, and their own scores are final."""
    if assignment.is_interview or not assignment.application.cycle.readers_talk:
        return False
    if not (permissions.can_score(user, assignment) and assignment.is_locked):
        return False
    return not Assignment.objects.still_scored_by(user).filter(application=assignment.application_id).exists()


def can_still_write(application: Application) -> bool:
    """Until the result is out, or the student withdraws."""
    return application.status == Status.SUBMITTED and application.cycle.closed_out_at is None


def talk_of(user: User, assignment: Assignment) -> Talk | None:
    """None if it isn't open to this person."""
    if not is_open_to(user, assignment):
        return None
    application = assignment.application
    hidden = reader_stack.hidden_in(application)
    final = _final(application)
    who = _numbered(application, final, user)
    given = [
        Given(
            who=who[each.assignment.reader_id],
            total=sum(rating.points for rating in each.ratings.all()),
            points=[(rating.criterion.title, rating.points) for rating in _ordered(each)],
            comment=masked_paragraphs(each.comment, hidden),
        )
        for each in final
        if each.assignment.reader_id != user.pk
    ]
    said = [
        Said(who[each.by_id], each.said_at, masked_paragraphs(each.text, hidden), is_mine=each.by_id == user.pk)
        for each in application.reader_remarks.filter(by__in=who)  # of nobody who knows the student, or has left
    ]
    current = application.assignments.filter(is_interview=False, released_at__isnull=False)
    count = current.exclude(reader__conflicts__application=application).count()
    return Talk(given, count - len(final), said, can_still_write(application))


def said_about(application: Application) -> QuerySet[ReaderRemark]:
    """Everything that readers wrote to each other, with their names: for the office."""
    return application.reader_remarks.select_related("by")


def _numbered(application: Application, final: Sequence[Review], user: User) -> dict[int, str]:
    """What each reader is called, by primary key: numbered as their scores became final, and with who is gone since,
    so that nobody's number changes when another reader comes or goes."""
    of_it = {"target_model": application._meta.label_lower, "target_id": application.pk}
    gone = Event.objects.filter(action=DECLARE, **of_it, changes__is_interview=False)
    locked = gone.values_list("changes__locked_at", flat=True)
    before = [datetime.fromisoformat(each) for each in locked if each]
    who = {}
    for place, review in enumerate(final, start=1):
        number = place + sum(bool(review.locked_at and at < review.locked_at) for at in before)
        name, key = _("Reader %(number)s") % {"number": number}, review.assignment.reader_id
        who[key] = _("You (%(name)s)") % {"name": name} if key == user.pk else name
    return who


def _final(application: Application) -> list[Review]:
    """Not of who knows the student by now."""
    can_change: Q = scores_can_change("")
    reviews = Review.objects.filter(assignment__application=application, assignment__is_interview=False)
    return list(
        reviews.exclude(can_change)
        .exclude(assignment__reader__conflicts__application=application)
        .select_related("assignment")
        .prefetch_related("ratings__criterion")
        .order_by("locked_at", "pk")
    )


def _ordered(review: Review) -> list[Any]:
    return sorted(review.ratings.all(), key=lambda rating: (rating.criterion.order, rating.criterion_id))
