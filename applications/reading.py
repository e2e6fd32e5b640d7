"""A reader's stack: how far they are, how long it will take, what comes next, and what an answer shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db.models import Count, F, Q

from applications import answers
from applications.masking import Hidden
from applications.models import Application, Assignment, Question, Review
from exchange import facts
from exchange.models import College, User

# Never shown to a reader of another college, whatever a form's author marked them as
TELLING_KINDS = frozenset(
    {
        Question.Kind.COLLEGE,
        Question.Kind.EMAIL,
        Question.Kind.PHONE,
        Question.Kind.DATE,
        Question.Kind.FILE,
    }
)
ENOUGH_TO_KNOW_THE_PACE = 3
RECENT = 20


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


def stack_of(user: User):
    """The reader's assignments of cycles that are not closed out, in their own order."""
    return Assignment.objects.to_read_by(user).filter(application__cycle__closed_out_at__isnull=True)


def progress_of(user: User) -> Progress:
    counts = stack_of(user).aggregate(
        done=Count("pk", filter=Q(review__locked_at__isnull=False)),
        left=Count("pk", filter=Q(application__status="submitted", review__locked_at__isnull=True)),
    )
    own = Review.objects.filter(assignment__reader=user, locked_at__isnull=False).order_by("-locked_at")
    durations = own.annotate(took=F("locked_at") - F("started_at")).values_list("took", flat=True)[:RECENT]
    each = minutes_each(list(durations), usual=int(facts.number("review.minutes")))
    return Progress(done=counts["done"], left=counts["left"], minutes_each=each)


def minutes_each(durations: Sequence[timedelta], *, usual: int) -> int:
    """The reader's own pace: the middle of the recent ones, so that a lunch in between does not count."""
    if len(durations) < ENOUGH_TO_KNOW_THE_PACE:
        return usual
    return max(1, round(median(each.total_seconds() for each in durations) / 60))


def next_unread(user: User) -> Assignment | None:
    return stack_of(user).unread().first()


def readable_items(application: Application) -> list[tuple[answers.Part, answers.Item]]:
    """What readers of other colleges may read, with the page of the form it stands on."""
    return [
        (part, item)
        for part in answers.parts_of(application)
        if part.key != answers.REFEREE_SECTION
        for item in part.items
        if item.text and can_be_read(item.question)
    ]


def can_be_read(question: Question) -> bool:
    """The language of the answers goes without saying: it stands under each of them."""
    is_for_readers = question.audience == Question.Audience.READERS and question.kind not in TELLING_KINDS
    return is_for_readers and question.key != "answer_language"


def hidden_in(application: Application) -> Hidden:
    """Each form of the student's name, as an account and as typed, and all colleges: any of them narrows it down."""
    typed = application.answers.filter(question__key__in=("full_name", "preferred_name"))
    names = {application.person.full_name, application.person.preferred_name}
    names |= {value for value in typed.values_list("value", flat=True) if isinstance(value, str)}
    colleges = tuple(College.objects.values_list("name", "short_name"))
    return Hidden(names=tuple(sorted(name for name in names if name)), colleges=colleges)
