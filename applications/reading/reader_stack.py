"""A reader's stack: their progress, the time it will take, what comes next, and which answers they may see."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any

from django.core.cache import cache
from django.db.models import Case, Count, F, Max, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from applications.base import answers
from applications.models import (
    Application,
    Assignment,
    CollegeClue,
    MaskedWord,
    Question,
    Recommendation,
    Review,
    Section,
)
from applications.models.review import AssignmentQuerySet
from applications.reading.clues import clues_of
from applications.reading.masking import Hidden
from exchange.models import College, User
from exchange.reference import facts

# Kinds of questions that are never shown to a reader of another college, whatever audience the form gives them
TELLING_KINDS = frozenset(
    {
        Question.Kind.COLLEGE,
        Question.Kind.EMAIL,
        Question.Kind.PHONE,
        Question.Kind.DATE,
        Question.Kind.FILE,
    }
)
TYPED_NAMES, TYPED_NUMBER = ("full_name", "preferred_name"), "student_number"  # keys of questions
NUMBER_MIN = 4  # characters of a student number that is masked wherever it stands
MINUTES = {"usual": "review.minutes", "most": "review.minutes_most"}  # facts
MINUTES_WITHIN = {name: Max(facts.within(key)) for name, key in MINUTES.items()}
ENOUGH_TO_KNOW_THE_PACE = 3
RECENT = 20
PACE_SECONDS = 24 * 60 * 60
# what is masked besides the student's names: the same columns, so that one UNION query reads all of it
COLLEGES = College.objects.order_by().values_list(Value("college"), "name", "short_name")
REFEREE = Recommendation.objects.order_by().values_list(Value("name"), "referee_name", Value(""))
COVERED = MaskedWord.objects.order_by().values_list(Value("word"), "text", Value(""))
IS_WORD = Case(When(is_also_word=True, then=Value("word")), default=Value(""))
CLUES = CollegeClue.objects.current().order_by().values_list(Concat(Value("clue "), "kind"), "text", IS_WORD)
BEGUN_FIRST = F("review__saved_at").desc(nulls_last=True)


type Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    left: int
    minutes_each: int

    @property
    def total(self) -> int:
        return self.done + self.left

    @property
    def minutes_left(self) -> int:
        return self.left * self.minutes_each


def stack_of(user: User) -> AssignmentQuerySet:
    """The reader's assignments in cycles that are not closed out, in the reader's own order. Without interviews,
    because those are not read blind."""
    return Assignment.objects.to_read_by(user).filter(
        application__cycle__closed_out_at__isnull=True, is_interview=False
    )


def progress_of(user: User) -> Progress:
    counts = stack_of(user).aggregate(
        **MINUTES_WITHIN,
        done=Count("pk", filter=Q(review__locked_at__isnull=False)),
        left=Count("pk", filter=Q(application__status="submitted", review__locked_at__isnull=True)),
        last=Max("review__locked_at"),
    )
    numbers = counts if None not in (counts["usual"], counts["most"]) else _minutes()
    usual, most = int(numbers["usual"]), int(numbers["most"])
    # kept until a reading is locked or unlocked, because the pace changes with nothing else
    key = f"pace:{user.pk}:{counts['done']}:{counts['last'] and counts['last'].timestamp()}:{usual}:{most}"
    each = cache.get_or_set(key, lambda: minutes_each(_recent(user), usual=usual, most=most), PACE_SECONDS)
    return Progress(done=counts["done"], left=counts["left"], minutes_each=each or usual)


def _recent(user: User) -> list[Span]:
    own = Review.objects.filter(
        assignment__reader=user, assignment__is_interview=False, locked_at__isnull=False
    ).order_by("-locked_at")
    spans = own.values_list("started_at", "locked_at")[: RECENT + 1]
    return [(started, locked) for started, locked in spans if locked]


def _minutes() -> dict[str, Any]:
    """Of a reader who has no assignment yet."""
    numbers = facts.numbers(*MINUTES.values())
    return {name: numbers[key] for name, key in MINUTES.items()}


def minutes_each(spans: Sequence[Span], *, usual: int, most: int) -> int:
    """The reader's own minutes per reading, from when each of the recent readings was opened and locked, newest first.

    A reading opened before the previous one was locked counts from that lock. One that took longer than `most`
    minutes is left out, because it contains a pause, unless most readings took that long. `usual` if there are too
    few to tell.
    """
    before = [locked for _started, locked in spans[1:]] + [None]
    took = [
        (locked - max(started, earlier or started)).total_seconds() / 60
        for (started, locked), earlier in zip(spans, before, strict=False)
    ][:RECENT]
    without_pause = [minutes for minutes in took if minutes <= most]
    if len(took) >= ENOUGH_TO_KNOW_THE_PACE and len(without_pause) * 2 < len(took):
        return most
    if len(without_pause) < ENOUGH_TO_KNOW_THE_PACE:
        return usual
    return max(1, round(fmean(without_pause)))


def next_unread(user: User, later: Sequence[str] = ()) -> Assignment | None:
    """The next reading to serve: begun ones first, then the reader's own order. Those put off (`later`) come last, the
    longest waiting first."""
    rows = stack_of(user).unread().select_related("application", "review")
    if not later:
        return rows.order_by(BEGUN_FIRST, "code").first()
    waiting = Case(*(When(code=code, then=Value(place)) for place, code in enumerate(later, start=1)), default=Value(0))
    return rows.order_by(waiting, BEGUN_FIRST, "code").first()


def to_read(user: User) -> QuerySet[Assignment]:
    """All readings the reader still owes, in the order in which they are served while none is put off."""
    return stack_of(user).unread().order_by(BEGUN_FIRST, "code")


def readable_items(
    application: Application, answered: Iterable[tuple[int, Any]] | None = None
) -> list[tuple[Section, answers.Item]]:
    """The answers that readers of other colleges may read, each with its section of the form. `answered`: (question,
    value) of all answers, if the caller has read them already."""
    return list(answers.read_by(application, can_be_read, answered))


def can_be_read(question: Question) -> bool:
    """Whether readers may see answers to this question. The question for the answers' language is left out, because
    the language is shown under each answer."""
    is_for_readers = question.audience == Question.Audience.READERS and question.kind not in TELLING_KINDS
    return is_for_readers and question.key != "answer_language"


def hidden_in(application: Application, answered: Iterable[tuple[str, Any]] | None = None) -> Hidden:
    """What must be masked in this application: the student's names and number from the account and from answers, the
    referee's name, all colleges and what tells them (any of them narrows it down), and words that a reader reported or
    the office masked. `answered`: (key, value) of all answers, if the caller has read them already."""
    if answered is None:
        typed = application.answers.filter(question__key__in=(*TYPED_NAMES, TYPED_NUMBER))
        answered = typed.values_list("question__key", "value")
    said = [(key, value) for key, value in answered if isinstance(value, str)]
    names = {application.person.full_name, application.person.preferred_name}
    names |= {value for key, value in said if key in TYPED_NAMES}
    referee = REFEREE.filter(application=application)
    by_kind: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for what, text, more in COLLEGES.union(referee, COVERED.filter(application=application), CLUES, all=True):
        by_kind[what].append((text, more))
    clues = (
        (what.removeprefix("clue "), text, mark == "word")
        for what, found in sorted(by_kind.items())
        if what.startswith("clue")
        for text, mark in found
    )
    names |= {text for text, _none in by_kind["name"]}
    return Hidden(
        names=tuple(sorted(name for name in names if name)),
        colleges=tuple(sorted(by_kind["college"])),
        clues=clues_of(clues),
        numbers=tuple(value for key, value in said if key == TYPED_NUMBER and len(value) >= NUMBER_MIN),
        words=tuple(text for text, _none in by_kind["word"]),
    )
