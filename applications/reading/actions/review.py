"""Saving and locking scored readings: field by field or as a whole form."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import rubrics
from applications.models import (
    Application,
    Assignment,
    Cycle,
    InterviewSlot,
    Lottery,
    Rating,
    Review,
    RubricCriterion,
    ScoresFile,
)
from applications.reading import norming
from applications.reading.lost_edit import mark, would_lose
from applications.scores import scoring
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.reference import facts

UNDO_SECONDS = "review.undo_seconds"
TEXTS = ("comment", "feedback")
NOT_LOCKED_YET = ("rubric_changed", "too_early")  # locking was refused, but the reading can still be saved
POINTS = "points_"  # prefix of a criterion's key in the name of its field


class LostEdit(RuleViolation):
    """The save would overwrite text that was saved from another window. `stored`: that text, by field."""

    def __init__(self, stored: Mapping[str, str]):
        super().__init__(
            "written_apart",
            _("You saved different text in another window. Both are shown: keep what you want, then save again."),
        )
        self.stored = dict(stored)


# --- All at once ------------------------------------------------------------------------------------


@transaction.atomic
def save_review(
    assignment: Assignment,
    *,
    points: Mapping[str, int],
    comment: str,
    feedback: str,
    by: User,
    started_at: datetime | None = None,
    seen: Mapping[str, Collection[str]] | None = None,
    rubric_version: int | None = None,
) -> Review:
    """Save a reading, complete or not: `points` by criterion key, any of them may be missing.

    `seen`: for each text field, the hashes of the texts that the page knew (see `lost_edit`); None: no check.
    RuleViolation: locked, moved, samples_first, not_in_the_running, unknown_points, written_apart (nothing is saved).
    """
    review = _open_review(assignment, started_at)
    if review.locked_at:
        raise _locked()
    texts = {"comment": comment, "feedback": feedback}
    _write(review, points, texts, _checked(review, points, texts, seen))
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
    seen: Mapping[str, Collection[str]] | None = None,
    rubric_version: int | None = None,
) -> Review:
    """Lock a reading, and calculate the application's figures from all locked readings. The reader can undo it for as
    many seconds as the fact `review.undo_seconds` says.

    `rubric_version`: the version of the wording that the page showed, None: no check. A second call changes nothing.
    RuleViolation: moved, samples_first, not_in_the_running, too_early, unknown_points, incomplete, written_apart,
    rubric_changed.
    """
    review = _open_review(assignment, started_at)
    if review.locked_at:
        return review
    if assignment.is_interview:
        _check_begun(review.assignment.application)
    cycle = review.assignment.application.cycle
    _check_words(review.assignment, cycle.rubric_version if rubric_version is None else rubric_version)
    texts = {"comment": comment, "feedback": feedback}
    criteria = _checked(review, points, texts, seen)
    if missing := [row for key, row in criteria.items() if key not in points]:
        names = ", ".join(each.title for each in RubricCriterion.objects.filter(pk__in=missing))
        raise RuleViolation("incomplete", _("Not locked yet. Still to score: %(names)s.") % {"names": names})
    _set_locked(review, cycle.rubric_version)
    _write(review, points, texts, criteria)
    work_out_scores(review.assignment.application, None if assignment.is_interview else criteria)
    audit.record("review.lock", assignment, by=by)
    return review


def _check_words(assignment: Assignment, version: int) -> None:
    if rubrics.changes_since(assignment.application.cycle, version, rubrics.criteria_for(assignment)):
        raise RuleViolation(
            "rubric_changed",
            _("Not locked yet: the rubric’s wording changed while you were reading. Check it, then lock."),
        )


def _set_locked(review: Review, rubric_version: int) -> None:
    review.locked_at, review.rubric_version = timezone.now(), rubric_version
    if seconds := float(facts.number(UNDO_SECONDS)):
        review.undo_until = review.locked_at + timedelta(seconds=seconds)


@transaction.atomic
def unlock_review(assignment: Assignment, *, by: User) -> Review:
    """Undo a lock while `undo_until` allows it: points and texts stay, and can be changed again.

    Until then the reader sees nobody else's scores (`scores_can_change`), so nothing seen can change what they give.
    A second call changes nothing. RuleViolation: undo_over, not_in_the_running, scores_used.
    """
    review = _open_review(assignment, None)
    if review.locked_at is None:
        return review
    # the time is taken after waiting for the rows, so that a late request does not count as an early one
    if review.undo_until is None or timezone.now() >= review.undo_until:
        raise RuleViolation("undo_over", _("It’s too late to undo: these scores are final now."))
    application = review.assignment.application
    if application.status != Status.SUBMITTED:
        raise RuleViolation("not_in_the_running", _("This application has its result, so its scores are final."))
    if _are_used(application.cycle, since=review.locked_at):
        raise RuleViolation(
            "scores_used", _("These scores are final: the committee has drawn a lottery or published scores with them.")
        )
    review.locked_at = review.undo_until = None
    review.save(update_fields=["locked_at", "undo_until"])
    work_out_scores(application)
    audit.record("review.unlock", assignment, by=by)
    return review


def _are_used(cycle: Cycle, *, since: datetime) -> bool:
    """Whether scores were frozen elsewhere since then: in a lottery's list or in the published file."""
    lotteries = Lottery.objects.filter(cycle=cycle, announced_at__gte=since)
    return lotteries.exists() or ScoresFile.objects.filter(cycle=cycle, published_at__gte=since).exists()


def _check_begun(application: Application) -> None:
    slot = InterviewSlot.objects.filter(interview__application=application).first()
    if slot is None or not slot.has_begun:
        raise RuleViolation("too_early", _("The interview hasn’t started yet."))


def _locked() -> RuleViolation:
    return RuleViolation("locked", _("You’ve locked these scores, so they can’t be changed."))


def _open_review(assignment: Assignment, started_at: datetime | None) -> Review:
    # lock the application's row first, so that two taps, or two readers who lock at once, wait for each other
    rows = Application.objects.select_for_update(of=("self",)).select_related("cycle")
    application = rows.get(pk=assignment.application_id)
    assignment.application = application  # current, with the cycle's current rubric
    defaults = {"started_at": started_at or timezone.now(), "rubric_version": application.cycle.rubric_version}
    review, is_new = Review.objects.select_for_update(of=("self",)).get_or_create(
        assignment=assignment, defaults=defaults
    )
    if is_new and not Assignment.objects.filter(pk=assignment.pk).exists():
        raise RuleViolation("moved", _("This application has gone to another reader. Thank you for your time."))
    if is_new and norming.owed_before(assignment):
        raise RuleViolation("samples_first", _("Score the remaining samples first, then start this one."))
    if not review.locked_at and application.status != Status.SUBMITTED:
        raise RuleViolation("not_in_the_running", _("This application is no longer being read. You can skip it."))
    review.assignment = assignment
    return review


def _checked(
    review: Review, points: Mapping[str, int], texts: Mapping[str, str], seen: Mapping[str, Collection[str]] | None
) -> dict[str, int]:
    """The rubric's criteria by key, in order. RuleViolation if it lacks these points, LostEdit if text would be
    overwritten."""
    criteria = rubrics.criteria_for(review.assignment)
    scale = {(criterion.key, level.points) for criterion in criteria for level in criterion.levels.all()}
    if not scale.issuperset(points.items()):
        raise _unknown_points()
    if seen is not None:
        stored = {name: getattr(review, name) for name in TEXTS}
        if lost := {name: text for name, text in stored.items() if would_lose(text, texts[name], seen.get(name, ()))}:
            raise LostEdit(lost)
    return {criterion.key: criterion.pk for criterion in criteria}


def _write(review: Review, points: Mapping[str, int], texts: Mapping[str, str], criteria: Mapping[str, int]) -> None:
    for name, text in texts.items():
        setattr(review, name, text)
    review.saved_at = timezone.now()
    review.save(update_fields=["comment", "feedback", "saved_at", "locked_at", "undo_until", "rubric_version"])
    if criteria.keys() - points.keys():
        review.ratings.exclude(criterion__key__in=points).delete()
    _rate(review, {criteria[key]: value for key, value in points.items()})


def _unknown_points() -> RuleViolation:
    return RuleViolation("unknown_points", _("The rubric doesn’t have those points. Choose one of the options shown."))


def _rate(review: Review, points: Mapping[int, int]) -> None:
    """Store the points, given by the criterion's primary key."""
    Rating.objects.bulk_create(
        [Rating(review=review, criterion_id=criterion, points=value) for criterion, value in points.items()],
        update_conflicts=True,
        unique_fields=["review", "criterion"],
        update_fields=["points"],
    )


# --- Field by field ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field as the page sends it. `value`: text, or the points as text. `known`: hashes of the texts that the page
    has shown."""

    field: str
    value: str
    known: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """The result of one change. `stored`: the field's current value. `violation`: why the change was refused."""

    field: str
    stored: str
    violation: RuleViolation | None = None


@transaction.atomic
def save_fields(
    assignment: Assignment, changes: Sequence[FieldChange], *, by: User, started_at: datetime | None = None
) -> list[Kept]:
    """Save single fields of an unlocked reading; sending the same change again changes nothing.

    A refused change has its RuleViolation in its `Kept`: unknown_field, unknown_points, written_apart, scored_apart.
    RuleViolation for all changes: locked, samples_first, not_in_the_running.
    """
    review = _open_review(assignment, started_at)
    if review.locked_at:
        return _as_locked(review, changes)
    texts = [change for change in changes if change.field in TEXTS]
    points = [change for change in changes if change.field.startswith(POINTS)]
    kept = {change.field: _keep_text(review, change) for change in texts}
    kept |= _keep_points(review, points) if points else {}
    if any(not each.violation for each in kept.values()):
        review.saved_at = timezone.now()
        review.save(update_fields=["comment", "feedback", "saved_at"])
        audit.record("review.save", assignment, by=by, changes={"fields": sorted(kept)})
    unknown = RuleViolation("unknown_field", _("The rubric has changed since you opened this page. Reload it."))
    return [kept.get(change.field) or Kept(change.field, "", unknown) for change in changes]


def _as_locked(review: Review, changes: Sequence[FieldChange]) -> list[Kept]:
    """Changes that arrive after the lock: accepted if they equal the stored values, otherwise RuleViolation."""
    points = review.ratings.values_list("criterion__key", "points")
    stored = {name: getattr(review, name) for name in TEXTS} | {f"{POINTS}{key}": str(value) for key, value in points}
    if any(mark(stored.get(change.field, "")) != mark(change.value) for change in changes):
        raise _locked()
    return [Kept(change.field, change.value) for change in changes]


def _keep_text(review: Review, change: FieldChange) -> Kept:
    stored = getattr(review, change.field)
    if would_lose(stored, change.value, change.known):
        return Kept(change.field, stored, LostEdit({change.field: stored}))
    setattr(review, change.field, change.value)
    return Kept(change.field, change.value)


def _keep_points(review: Review, changes: Sequence[FieldChange]) -> dict[str, Kept]:
    scale = {  # field -> {points as text: the criterion's row}
        f"{POINTS}{criterion.key}": {str(level.points): criterion.pk for level in criterion.levels.all()}
        for criterion in rubrics.criteria_for(review.assignment)
    }
    given = {f"{POINTS}{key}": str(value) for key, value in review.ratings.values_list("criterion__key", "points")}
    kept: dict[str, Kept] = {}
    new: dict[int, int] = {}
    for change in changes:
        stored = given.get(change.field, "")
        if change.value not in scale.get(change.field, ()):
            kept[change.field] = Kept(change.field, stored, _unknown_points())
        elif stored not in ("", change.value) and mark(stored) not in change.known:
            told = _("You gave %(points)s in another window. Choose again to change it.")
            kept[change.field] = Kept(change.field, stored, RuleViolation("scored_apart", told % {"points": stored}))
        else:
            kept[change.field] = Kept(change.field, change.value)
            new[scale[change.field][change.value]] = int(change.value)
    if new:
        _rate(review, new)
    return kept


# --- The figures ------------------------------------------------------------------------------------


def work_out_scores(application: Application, criteria: Collection[str] | None = None) -> None:
    """Store the raw figures of the locked readings on the application, for lists that sort by them.

    An interview's score stands beside the readers' figures and counts in none of them. `criteria`: the keys of the
    readers' rubric, if the caller has them already. To be called in the transaction that locks a reading, with the
    application's row locked.
    """
    rows = list(
        Rating.objects.filter(review__assignment__application=application, review__locked_at__isnull=False).values_list(
            "review__assignment__reader__code", "criterion__key", "points", "review__assignment__is_interview"
        )
    )
    keys = application.cycle.criteria.values_list("key", flat=True) if criteria is None else criteria
    figures = figures_of(rows, keys)
    for name, value in figures.items():
        setattr(application, name, value)
    application.save(update_fields=list(figures))


def figures_of(rows: Sequence[tuple[str, str, int, bool]], criteria: Iterable[str]) -> dict[str, int | Decimal | None]:
    """The figures of one application from its locked ratings: (reader, criterion, points, whether in an interview)."""
    read = [scoring.Score("", reader, criterion, points) for reader, criterion, points, is_met in rows if not is_met]
    (summary,) = scoring.summarise(read, dict.fromkeys(criteria, 1), [""])
    met = Counter[str]()
    for reader, _criterion, points, is_interview in rows:
        met[reader] += points if is_interview else 0
    interviewers = {row[0] for row in rows if row[-1]}
    return {
        "reads_locked": len(summary.totals),
        "score_mean": _stored(summary.mean),
        "score_median": _stored(summary.median),
        "score_spread": _stored(summary.spread),
        "interview_mean": _stored(met.total() / len(interviewers)) if interviewers else None,
    }


def _stored(figure: float | None) -> Decimal | None:
    return None if figure is None else round(Decimal(str(figure)), 3)
