"""A student's question to an advisor or to the office, answered in the portal.

The notes are shown only in the portal; messages have a link. Those who should answer are messaged when a question
starts to wait: at most once an hour per thread, unless it was answered meanwhile.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import disclosures
from applications.models import Application, Disclosure, Note, Thread
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import College, Event, Role, User

TOLD_AT_MOST_EVERY = timedelta(hours=1)
# the same text again within this time is a double tap, not a second question
SAME_TAP = timedelta(minutes=10)
# a person with more open questions than this is a script, or needs a call and not a form
OPEN_AT_MOST = 10
Addressee = Thread.Addressee


@dataclass(frozen=True, slots=True)
class ByText:
    """A note that came as a text message. `came_at`: when, if the office learned only later whose it is. `batch`: of
    the messages about it (`exchange.messages.batches`)."""

    came_at: datetime | None = None
    batch: str = ""


@transaction.atomic
def ask(
    body: str,
    *,
    addressee: str,
    by: User,
    college: College | None = None,
    application: Application | None = None,
    text: ByText | None = None,
) -> Thread:
    """Open a thread and message those who should answer. The same text sent twice to the same people is one question.

    A question for the advisors of a college that has none goes to the office. `college`: else the application's. Raises
    RuleViolation: too_many_open, no_college.
    """
    college = college or (application.college if application else None)
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # serializes a double tap
    if addressee == Addressee.ADVISOR and college and not _advisors(college):
        addressee = Addressee.OFFICE
    if thread := _same_question(body, addressee, by):
        return thread
    if Thread.objects.filter(student=by).waiting().count() >= OPEN_AT_MOST:
        raise RuleViolation(
            "too_many_open", _("You already have several open questions. Add to one of them, or wait for an answer.")
        )
    if addressee == Addressee.ADVISOR and college is None:
        raise RuleViolation("no_college", _("Choose your college so your advisor gets this."))
    now = timezone.now()
    thread = Thread.objects.create(
        student=by,
        application=application,
        college=college,
        addressee=addressee,
        opened_at=now,
        waiting_since=(text and text.came_at) or now,
    )
    Note.objects.create(thread=thread, author=by, body=body, written_at=now, by_text=text is not None)
    audit.record("thread.ask", thread, by=by, changes={"to": thread.addressee})
    _tell(thread, batch=text.batch if text else "")
    return thread


@transaction.atomic
def begin(application: Application, body: str, *, by: User) -> Thread:
    """Write to a student first: opens a thread and messages them. The same text sent twice is one thread.

    An advisor of the student's college writes as their advisor, anyone else as the office. Nothing waits for an answer
    by staff until the student writes back.
    """
    student = application.person
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # serializes a double tap
    since = timezone.now() - SAME_TAP
    recent = Thread.objects.filter(student=student, opened_at__gt=since, notes__author=by, notes__body=body)
    if same := recent.first():
        return same
    return open_for(application, body, by=by)


def open_for(application: Application, body: str, *, by: User, batch: str = "") -> Thread:
    """Open the thread of a message that staff write first, and message the student. In the caller's transaction.

    `batch`: the act that it is part of (`exchange.messages.batches`).
    """
    student = application.person
    is_advisor = application.college_id in roles.advisor_college_ids(by)
    thread = Thread.objects.create(
        student=student,
        application=application,
        college=application.college,
        addressee=Addressee.ADVISOR if is_advisor else Addressee.OFFICE,
    )
    Note.objects.create(thread=thread, author=by, body=body)
    audit.record("thread.begin", thread, by=by)
    outbox.queue("applications/thread_begun", to=student, context={"thread": thread, "writer": by}, batch=batch)
    return thread


def _same_question(body: str, addressee: str, by: User) -> Thread | None:
    since = timezone.now() - SAME_TAP
    asked = Thread.objects.filter(student=by, opened_at__gt=since, addressee=addressee)
    return asked.filter(notes__author=by, notes__body=body).first()


@transaction.atomic
def write(thread: Thread, body: str, *, by: User, seen: int | None = None, text: ByText | None = None) -> Note:
    """Add a note: a student's waits for an answer, an answer is messaged to the student. Ignores a double tap.

    `seen`: how many notes the page had shown; what the student has written after those still waits.
    RuleViolation("changed_meanwhile"): a colleague has answered after those, so the student would get two answers.
    """
    thread = Thread.objects.select_for_update(of=("self",)).get(pk=thread.pk)
    last = thread.notes.last()
    if last and last.author_id == by.pk and last.body == body and last.written_at > timezone.now() - SAME_TAP:
        return last
    if seen is not None and by.pk != thread.student_id:
        _refuse_second_answer(thread, seen, by)
    unseen = _unanswered(thread, after=seen) if seen is not None else []
    note = Note.objects.create(thread=thread, author=by, body=body, by_text=text is not None)
    if by.pk == thread.student_id:
        was_waiting = thread.is_waiting
        thread.waiting_since = min(thread.waiting_since or note.written_at, (text and text.came_at) or note.written_at)
        audit.record("thread.write", thread, by=by)
        if not was_waiting:
            _tell(thread, batch=text.batch if text else "")
    else:
        thread.waiting_since = unseen[0].written_at if unseen else None
        audit.record("thread.answer", thread, by=by)
        outbox.queue("applications/thread_answered", to=thread.student, context={"thread": thread})
    thread.save(update_fields=["waiting_since"])
    return note


def _refuse_second_answer(thread: Thread, seen: int, by: User) -> None:
    theirs = next(
        (each for each in thread.notes.all()[seen:] if each.author_id not in (by.pk, thread.student_id)), None
    )
    if theirs:
        text = _("%(name)s has answered since you opened this. Read it above, then send yours if it’s still needed.")
        raise RuleViolation("changed_meanwhile", text % {"name": theirs.author})


def _unanswered(thread: Thread, *, after: int) -> list[Note]:
    """The student's unanswered notes after the first `after` notes."""
    if thread.waiting_since is None:
        return []
    since, notes = thread.waiting_since, thread.notes.all()[after:]
    return [each for each in notes if each.author_id == thread.student_id and each.written_at >= since]


@transaction.atomic
def pass_on(thread: Thread, *, to: str, by: User) -> Thread:
    """The office passes a question to the advisors of the student's college, or takes it back. Messages them.

    Raises RuleViolation: no_college, no_advisor.
    """
    thread = Thread.objects.select_for_update(of=("self",)).select_related("college").get(pk=thread.pk)
    if thread.addressee == to:
        return thread
    if to == Addressee.ADVISOR:
        if thread.college is None:
            raise RuleViolation(
                "no_college", _("We don’t know the student’s college, so we can’t pass this to an advisor.")
            )
        if not _advisors(thread.college):
            raise RuleViolation(
                "no_advisor", _("This college doesn’t have an advisor here yet, so the office has to answer.")
            )
    before, thread.addressee = thread.addressee, to
    thread.save(update_fields=["addressee"])
    audit.record("thread.pass_on", thread, by=by, changes={"from": before, "to": to})
    if thread.is_waiting:
        _tell(thread, but_not=by)
    return thread


def _tell(thread: Thread, but_not: User | None = None, *, batch: str = "") -> None:
    """Message those who should answer, but not again within an hour unless they have answered in between: then they
    would not look at the thread again by themselves.
    """
    events = Event.objects.filter(target_model=thread._meta.label_lower, target_id=thread.pk)
    told = events.filter(
        action="thread.tell", at__gt=timezone.now() - TOLD_AT_MOST_EVERY, changes__to=thread.addressee
    ).first()
    if told and not events.filter(action="thread.answer", pk__gt=told.pk).exists():
        return
    for person in _who_answers(thread):
        if person not in (but_not, thread.student):
            outbox.queue("applications/thread_asked", to=person, context={"thread": thread}, batch=batch)
    audit.record("thread.tell", thread, by=None, changes={"to": thread.addressee})


def _who_answers(thread: Thread) -> list[User]:
    if thread.addressee == Addressee.ADVISOR and thread.college:
        return _advisors(thread.college)
    return _people(Role.Kind.COORDINATOR)


def _advisors(college: College) -> list[User]:
    return _people(Role.Kind.ADVISOR, college=college)


def _people(kind: str, **where: College) -> list[User]:
    found = Role.objects.filter(kind=kind, user__is_active=True, **where).select_related("user").order_by("user__pk")
    return [role.user for role in found]


@transaction.atomic
def record_download(rows: Collection[Thread], *, query: str, by: User) -> None:
    """A list of questions leaves the portal as a file. `query`: the filters of the list."""
    audit.record("thread.download", by, by=by, changes={"query": query, "rows": len(rows)})
    disclosures.record({row.application_id for row in rows if row.application_id}, Disclosure.Kind.LIST, by=by)
