"""Queries about the sample files that readers score before the real ones: how many each has left, and the scores that
all gave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import translation

from applications.models import (
    Application,
    Assignment,
    Cycle,
    NormingFile,
    NormingReading,
    Question,
    ReaderProfile,
    RubricCriterion,
)
from applications.reading import masking, reader_stack
from applications.scores import calculating, calculations
from applications.scores.calculations import Missing
from applications.scores.scoring import Agreement
from exchange.base import roles
from exchange.models import Language, Role, User

FACTS = ("norming.files_min", "norming.files_max")
# Condition on an assignment: whether `left_for` its reader may find something
MAY_BE_LEFT = Exists(
    NormingFile.objects.order_by().filter(
        ~Exists(
            NormingReading.objects.order_by().filter(
                file=OuterRef("pk"), reader=OuterRef(OuterRef("reader")), locked_at__isnull=False
            )
        ),
        cycle__norming_published_at__isnull=False,
        cycle__closed_out_at__isnull=True,
    )
)


@dataclass(frozen=True, slots=True)
class Left:
    """How far one person is with one cycle's samples. `next`: the first sample they have not locked."""

    cycle: Cycle
    done: int
    total: int
    next: NormingFile | None

    @property
    def count(self) -> int:
        return self.total - self.done


def is_asked(reader: User | OuterRef) -> Q:
    """Condition on a sample: this reader is asked to score it, because they read its language, or has done so."""
    reads_spanish = ReaderProfile.objects.filter(user=reader, reads_spanish=True)
    locked = NormingReading.objects.order_by().filter(file=OuterRef("pk"), reader=reader, locked_at__isnull=False)
    return ~Q(language=Language.SPANISH) | Exists(reads_spanish) | Exists(locked)


def sets_for(user: User) -> list[Left]:
    """The person's progress in each running cycle that has published samples and that they read in, with those that
    they're asked to score. One query."""
    rows = NormingFile.objects.visible_to(user).filter(
        is_asked(user), cycle__norming_published_at__isnull=False, cycle__closed_out_at__isnull=True
    )
    if roles.is_coordinator(user):
        rows = rows.filter(Exists(_own_readings(user, OuterRef("cycle"))))
    locked = NormingReading.objects.filter(file=OuterRef("pk"), reader=user, locked_at__isnull=False)
    by_cycle: dict[Cycle, list[Any]] = {}  # Any: the rows have annotations
    ordered = rows.select_related("cycle").annotate(is_done=Exists(locked))
    for file in ordered.order_by("-cycle__opens_at", "order", "pk"):
        by_cycle.setdefault(file.cycle, []).append(file)
    return [
        Left(
            cycle=cycle,
            done=sum(file.is_done for file in files),
            total=len(files),
            next=next((file for file in files if not file.is_done), None),
        )
        for cycle, files in by_cycle.items()
    ]


def left_for(user: User) -> list[Left]:
    """As `sets_for`, only the cycles with samples left to score."""
    return [each for each in sets_for(user) if each.count]


def owed_before(assignment: Assignment, left: Iterable[Left] | None = None) -> Left | None:
    """The samples that the reader must score before they begin this assignment; None if none is left, and for
    interviews. `left`: what `left_for` says of the reader, if the caller knows it."""
    if assignment.is_interview:
        return None
    left = left_for(assignment.reader) if left is None else left
    return next((each for each in left if each.cycle == assignment.application.cycle), None)


def _own_readings(user: User, cycle: Cycle | OuterRef) -> QuerySet[Assignment]:
    return Assignment.objects.filter(reader=user, application__cycle=cycle, is_interview=False)


def readers_of(cycle: Cycle) -> QuerySet[User]:
    """People who should score the samples: advisors who read, and everybody with an assignment in the cycle."""
    office = Role.objects.filter(kind=Role.Kind.COORDINATOR).values("user")
    resting = ReaderProfile.objects.filter(is_reading=False).values("user")
    advisors = Role.objects.filter(kind=Role.Kind.ADVISOR).exclude(user__in=office).exclude(user__in=resting)
    given = Assignment.objects.filter(application__cycle=cycle, is_interview=False, released_at__isnull=False)
    may_read = Q(pk__in=advisors.values("user")) | Q(pk__in=given.values("reader"))
    return User.objects.filter(may_read, is_active=True).order_by("full_name", "pk")


def progress_of(cycle: Cycle) -> QuerySet[Any]:
    """`readers_of`, with how many samples each has locked (`samples_done`) and is asked to score (`samples_asked`)."""
    done = Count(
        "norming_readings",
        filter=Q(norming_readings__file__cycle=cycle, norming_readings__locked_at__isnull=False),
    )
    asked = NormingFile.objects.order_by().filter(is_asked(OuterRef(OuterRef("pk"))), cycle=cycle)
    counted = asked.values("cycle").annotate(number=Count("pk")).values("number")
    return readers_of(cycle).annotate(samples_done=done, samples_asked=Coalesce(Subquery(counted), 0))


def may_see_others(user: User, file: NormingFile) -> bool:
    """Whether this person may see the others' scores: once their own reading is locked. Office staff may at any time,
    unless they read in this cycle themselves."""
    if file.readings.filter(reader=user, locked_at__isnull=False).exists():
        return True
    return roles.is_coordinator(user) and not _own_readings(user, file.cycle).exists()


# --- What everybody gave ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """The readers who gave a certain number of points."""

    points: int
    readers: tuple[str, ...]
    is_own: bool
    is_agreed: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """How the points for one criterion of one sample are distributed."""

    title: str
    cells: tuple[Cell, ...]


def spreads_of(
    file: NormingFile, criteria: Iterable[RubricCriterion], readings: Iterable[NormingReading], user: User
) -> list[Spread]:
    """The distribution for each criterion. `readings`: locked, with their readers. `criteria`: with their levels."""
    readings = list(readings)
    return [
        Spread(
            criterion.title,
            tuple(
                Cell(
                    points=level.points,
                    readers=tuple(
                        str(each.reader) for each in readings if each.points.get(criterion.key) == level.points
                    ),
                    is_own=any(
                        each.reader_id == user.pk and each.points.get(criterion.key) == level.points
                        for each in readings
                    ),
                    is_agreed=file.agreed_points.get(criterion.key) == level.points,
                )
                for level in criterion.levels.all()
            ),
        )
        for criterion in criteria
    ]


def agreement_of(cycle: Cycle) -> Mapping[str, Agreement] | Missing:
    """By the criterion's key: how far the readers agree on the samples. Missing until a worker has calculated it."""
    locked = NormingReading.objects.filter(file__cycle=cycle, locked_at__isnull=False).select_related("file")
    points = [(key, reading.file.code, int(given)) for reading in locked for key, given in reading.points.items()]
    if not points:
        return {}
    found = calculations.ask(calculating.agreements, sorted(points))
    return found if isinstance(found, Missing) else {key: Agreement(**each) for key, each in found.items()}


# --- From a past application ------------------------------------------------------------------------


def past_applications(cycle: Cycle, user: User) -> QuerySet[Application]:
    """Scored applications of earlier cycles whose results are out, from the highest score to the lowest. Never the
    person's own."""
    told = Application.objects.visible_to(user).in_the_cycle().exclude(status__in=("submitted", "returned"))
    earlier = told.filter(cycle__opens_at__lt=cycle.opens_at, score_mean__isnull=False).exclude(student=user)
    return earlier.select_related("cycle").order_by("-cycle__opens_at", "-score_mean", "code")


def covered_answers(application: Application) -> list[dict[str, str]]:
    """The long answers as readers see them, with names and colleges masked, to be edited before they are saved."""
    with translation.override(application.answer_language):
        hidden = reader_stack.hidden_in(application)
        return [
            {
                "question": item.question.label,
                "text": "\n\n".join(masking.plain(each) for each in masking.paragraphs(item.text, hidden)),
            }
            for _part, item in reader_stack.readable_items(application)
            if item.is_essay
        ]


def empty_answers(cycle: Cycle, language: str) -> list[dict[str, str]]:
    """The questions whose answers readers see, each with an empty answer to fill in."""
    form = cycle.form_versions.order_by("-number").first()
    asked = Question.objects.filter(section__form=form, kind=Question.Kind.LONG_TEXT)
    asked = asked.filter(audience=Question.Audience.READERS).order_by("section__order", "order")
    with translation.override(language):
        return [{"question": question.label, "text": ""} for question in asked]
