"""The word of the home college, who reads what, and the scored readings."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import cast

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications import assignment as drawing
from applications import scoring
from applications.models import (
    Application,
    Assignment,
    Cycle,
    Endorsement,
    HelpSession,
    Rating,
    Review,
    RubricCriterion,
)
from applications.states import Status
from exchange import audit, facts, messages
from exchange.errors import RuleViolation
from exchange.models import College, Role, User

# --- The word of the home college -------------------------------------------------------------------


@transaction.atomic
def endorse(
    application: Application, *, result: str, is_enrolled: bool, units: int, note: str, by: User
) -> Endorsement:
    """Record or correct what the home college says. The same words again change nothing.

    RuleViolation: not_to_endorse (withdrawn, back with the student, or its result is out).
    """
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.status != Status.SUBMITTED:
        raise RuleViolation("not_to_endorse", _why_not_to_endorse(locked))
    said = {"result": result, "is_enrolled": is_enrolled, "units": units, "note": note}
    endorsement = Endorsement.objects.filter(application=locked).first()
    if endorsement and all(getattr(endorsement, field) == value for field, value in said.items()):
        return endorsement
    before = endorsement.result if endorsement else ""
    endorsement = endorsement or Endorsement(application=locked)
    for field, value in said.items():
        setattr(endorsement, field, value)
    endorsement.endorsed_by, endorsement.endorsed_at = by, timezone.now()
    endorsement.save()
    audit.record("review.endorse", locked, by=by, changes={"before": before, "result": result, "units": units})
    return endorsement


def _why_not_to_endorse(application: Application) -> str:
    if application.status == Status.RETURNED:
        return _("The student is fixing this application. You can give your word when it comes back.")
    if application.status == Status.WITHDRAWN:
        return _("The student took this application back. Nothing is owed.")
    return _("The result is out, so the word of the college stays as it is.")


# --- Who reads what ---------------------------------------------------------------------------------


@transaction.atomic
def assign_readers(cycle: Cycle, *, by: User, seed: int | None = None) -> drawing.AssignmentPlan:
    """Give each submitted application of the cycle its readers from other colleges; keeps those it has.

    Each reader with something new gets one message. The seed is drawn here unless given, and recorded.
    RuleViolation: no_rubric, not_enough_readers (nothing is assigned; says what would do).
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)  # two at once would assign twice
    if not cycle.criteria.exists():
        raise RuleViolation("no_rubric", _("This cycle has no rubric yet, so nobody can score. Add one first."))
    seed = secrets.randbelow(2**31) if seed is None else seed
    applications = {each.code: each for each in cycle.applications.submitted().select_related("college", "student")}
    kept = list(
        Assignment.objects.filter(application__in=applications.values()).values_list(
            "application__code", "reader__code"
        )
    )
    people, readers, conflicts = _pool(applications, {reader for _code, reader in kept})
    colleges = {reader.code: reader.college for reader in readers}
    existing = [
        (code, reader)
        for code, reader in kept
        if _home(applications[code]).code != colleges[reader] and (code, reader) not in conflicts
    ]
    try:
        plan = drawing.assign(
            [drawing.Candidate(code, _home(each).code) for code, each in applications.items()],
            readers,
            cycle.reads_each,
            conflicts=conflicts,
            existing=existing,
            seed=seed,
        )
    except drawing.NotEnoughReaders as shortage:
        raise RuleViolation("not_enough_readers", _explain(shortage, applications, people, readers)) from shortage
    _write(plan, cycle, applications, people, by)
    if plan.added:
        changes = {"seed": seed, "added": len(plan.added), "loads": dict(plan.loads)}
        audit.record("review.assign_readers", cycle, by=by, changes=changes)
    return plan


def _home(row: Application | Role) -> College:
    """A submitted application and an advisor's role always name one: constraints say so."""
    return cast(College, row.college)


def _pool(
    applications: Mapping[str, Application], assigned: set[str]
) -> tuple[dict[str, User], list[drawing.Reader], set[drawing.Pair]]:
    """Advisors read; the office decides, so it does not. Who has left keeps what they have and gets no more."""
    most = int(facts.number("review.reads_max"))
    advisors = Role.objects.filter(kind=Role.Kind.ADVISOR, user__is_active=True)
    office = Role.objects.filter(kind=Role.Kind.COORDINATOR).values("user")
    colleges: dict[str, list[str]] = defaultdict(list)
    people: dict[str, User] = {}
    for role in advisors.exclude(user__in=office).select_related("user", "college").order_by("college__code"):
        people[role.user.code] = role.user
        colleges[role.user.code].append(_home(role).code)
    former = set(assigned) - people.keys()
    people |= {user.code: user for user in User.objects.filter(code__in=former)}
    readers = [drawing.Reader(code, (colleges.get(code) or [""])[0], 0 if code in former else most) for code in people]
    # someone who advises at two colleges reads neither of them
    conflicts = {
        (application.code, code)
        for code, own in colleges.items()
        if len(own) > 1
        for application in applications.values()
        if _home(application).code in own[1:]
    }
    # nor does a former student read the own application
    conflicts |= {(code, each.person.code) for code, each in applications.items() if each.person.code in people}
    # nor does anyone read what they helped to write
    helped = HelpSession.objects.granted().filter(application__in=applications.values())
    conflicts |= set(helped.values_list("application__code", "helper__code"))
    return people, readers, conflicts


def _write(
    plan: drawing.AssignmentPlan,
    cycle: Cycle,
    applications: Mapping[str, Application],
    people: Mapping[str, User],
    by: User,
) -> None:
    now = timezone.now()
    Assignment.objects.bulk_create(
        [
            Assignment(application=applications[code], reader=people[reader], assigned_by=by, released_at=now)
            for code, reader in plan.added
        ],
        batch_size=2000,
    )
    for reader, count in sorted(Counter(reader for _code, reader in plan.added).items()):
        messages.queue("applications/readings_assigned", to=people[reader], context={"cycle": cycle, "count": count})


def _explain(
    shortage: drawing.NotEnoughReaders,
    applications: Mapping[str, Application],
    people: Mapping[str, User],
    readers: list[drawing.Reader],
) -> str:
    """What is missing, exactly, and what would do."""
    missing = sum(each.missing for each in shortage.shortfalls)
    sentences = [
        ngettext(
            "No reader was assigned: %(missing)s reading is missing.",
            "No reader was assigned: %(missing)s readings are missing.",
            missing,
        )
        % {"missing": missing},
        _("The %(readers)s readers can take %(capacity)s in all; %(needed)s would do.")
        % {
            "readers": sum(1 for each in readers if each.capacity),
            "capacity": shortage.capacity,
            "needed": shortage.sufficient_capacity,
        },
    ]
    sentences += _new_readers(shortage, applications)
    full = {
        reader
        for each in shortage.shortfalls
        for reader, barrier in each.barriers.items()
        if barrier is drawing.Barrier.AT_CAP
    }
    if full:
        names = ", ".join(sorted(str(people[code]) for code in full))
        sentences.append(_("At their limit, and able to help with more: %(names)s.") % {"names": names})
    return " ".join(sentences)


def _new_readers(shortage: drawing.NotEnoughReaders, applications: Mapping[str, Application]) -> list[str]:
    """For each college whose students lack readers, how many more would do."""
    sentences = []
    new_readers: dict[str, int] = defaultdict(int)
    for each in shortage.shortfalls:
        college = _home(applications[each.application]).name
        new_readers[college] = max(new_readers[college], each.new_readers)
    for college, count in sorted(new_readers.items()):
        if count:
            sentences.append(
                ngettext(
                    "Students of %(college)s need %(count)s more reader who advises at another college.",
                    "Students of %(college)s need %(count)s more readers who advise at other colleges.",
                    count,
                )
                % {"college": college, "count": count}
            )
    return sentences


def lacking_readers(cycle: Cycle) -> QuerySet[Application]:
    """Submitted applications of the cycle that have fewer readers than they should."""
    return (
        cycle.applications.submitted()
        .annotate(readers=Count("assignments"))
        .filter(readers__lt=cycle.reads_each)
        .order_by("pk")
    )


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
