"""Two students who asked for their decision to be looked at again: one is waiting, one was answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from applications.models import Appeal, Application, Decision
from applications.release.actions import appeals
from exchange.base.codes import key_of
from exchange.models import OfficeTask, User
from travel.demo.book import Book, at

DAYS_TO_ANSWER = 14
# by language: the reason of the first, then the reason of the second and its answer
ASKED = {
    "en": (
        "I had two jobs this fall and wrote only one of them in the form. I’d like you to look at the hours again.",
        "My classes this term were still marked as in progress when my college sent its list.",
        "We asked your college, and all your classes this term are in our records. The readers had them too, so your"
        " place on the waitlist stays the same. Thank you for telling us.",
    ),
    "es": (
        "Este otoño tuve dos trabajos y en el formulario solo puse uno. Quisiera que revisaran mis horas.",
        "Mis clases de este semestre todavía aparecían como en curso cuando mi college mandó su lista.",
        "Le preguntamos a tu college, y tenemos todas tus clases de este semestre. También las tenían quienes leyeron"
        " tu solicitud, así que tu lugar en la lista de espera no cambia. Gracias por avisarnos.",
    ),
}


@dataclass(frozen=True, slots=True)
class Asking:
    """Days before the day of the demo on which the student asked, and was answered."""

    code: str
    student: User
    asked: int
    answered: int | None = None


def write(book: Book, waiting: User, answered: User, *, by: User) -> None:
    """`waiting` wasn't selected two days ago, `answered` was put on the waitlist six days ago."""
    _write(book, Asking("DEMAP001", waiting, 1), 0, owner=None, by=by)
    _write(book, Asking("DEMAP002", answered, 5, 2), 1, owner=by, by=by)


def _write(book: Book, asking: Asking, which: int, *, owner: User | None, by: User) -> None:
    decision = (
        Decision.objects.filter(application__student=asking.student, released_at__isnull=False)
        .select_related("application")
        .latest("released_at")
    )
    words, asked_at = ASKED[asking.student.language], at(book.day(-asking.asked), 19, 20)
    appeal = Appeal.objects.create(
        code=asking.code,
        application=decision.application,
        decision=decision,
        reason=words[which],
        asked_at=asked_at,
        due_on=asked_at.date() + timedelta(days=DAYS_TO_ANSWER),
    )
    done_at = None if asking.answered is None else at(book.day(-asking.answered), 11, 5)
    appeal.task = _task(appeal, decision.application, owner=owner, opened_at=asked_at)
    if done_at:
        appeal.task.done_at, appeal.task.done_by = done_at, by
        appeal.task.save(update_fields=["done_at", "done_by"])
        appeal.result, appeal.answer = Appeal.Result.UPHELD, words[2]
        appeal.answered_at, appeal.answered_by = done_at, by
    appeal.save()


def _task(appeal: Appeal, application: Application, *, owner: User | None, opened_at: datetime) -> OfficeTask:
    return OfficeTask.objects.create(
        key=f"{key_of(appeal)}:demo",
        kind=appeals.TASK,
        due_on=appeal.due_on,
        path=appeal.get_absolute_url(),
        person=application.student,
        source=key_of(appeal),
        owner=owner,
        opened_at=opened_at,
        opened_by=application.student,
    )
