"""A student's text lands in their thread, where a person answers it.

It continues the thread that was written in lately, because that is what people answer from a phone; otherwise it opens
one with the office. A text from an unknown number does so once the office says whose it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions import thread as threads
from applications.apply.actions.application import undo_hours
from applications.apply.actions.thread import ByText
from applications.models import Application, Note, Thread
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import inbound
from exchange.messages.inbound import RECEIVED, Reply, Text
from exchange.models import Event, IncomingText, Message, User

CONTINUES = timedelta(days=14)
ATTACHED, DETACHED = "thread.attach_text", "thread.detach_text"  # of the thread, for its page
HANDED_OVER = "incoming_text.hand_over"  # of the text, with what the undo needs
ANSWERED = Exists(  # someone else wrote after this note
    Note.objects.filter(thread=OuterRef("thread"), pk__gt=OuterRef("pk")).exclude(author=OuterRef("author"))
)
UNDONE = "The text was taken back before this went out."


@dataclass(frozen=True, slots=True)
class Attached:
    """A note that the office added from an unknown number. `text`: None once retention has removed it."""

    by: User | None
    at: datetime
    text: IncomingText | None
    can_undo: bool


def take(text: Text) -> Reply | None:
    """Write it into the student's thread; None if the number is nobody's, or of somebody who never applied."""
    student, body = text.user, text.body.strip()
    if student is None or not body:
        return None
    application = Application.objects.filter(student=student).order_by("-created_at", "-pk").first()
    if application is None:
        return None
    _write(application, body, ByText())
    return Reply(RECEIVED, once_a_day=True)


def _write(application: Application, body: str, text: ByText) -> Note:
    student = application.person
    thread = _current(student.pk)
    if thread is None:
        try:
            to = Thread.Addressee.OFFICE
            asked = threads.ask(body, addressee=to, by=student, application=application, text=text)
            return asked.notes.filter(body=body).order_by("pk")[0]
        except RuleViolation:  # too many open questions: it joins the newest of them
            thread = Thread.objects.filter(student=student).waiting().order_by("-opened_at", "-pk")[0]
    return threads.write(thread, body, by=student, text=text)


def _current(student: int) -> Thread | None:
    lately = Thread.objects.filter(student=student, notes__written_at__gt=timezone.now() - CONTINUES)
    return lately.order_by("-notes__written_at", "-pk").first()


# --- The office says whose it is ---------------------------------------------------------------------


@transaction.atomic
def attach(text: IncomingText, application: Application, *, by: User) -> Note:
    """Write a text from an unknown number into this student's thread, as if it had come from theirs; it waits for an
    answer since it came. A second tap changes nothing.

    RuleViolation: handled, no_words.
    """
    student = _locked(application.person)
    if there := _attached_before(text, student):
        return there
    waited = dict(Thread.objects.filter(student=student).values_list("pk", "waiting_since"))
    written = set(Note.objects.filter(thread__in=waited).values_list("pk", flat=True))
    body = inbound.hand_over(text, to=student, by=by)
    note = _write(application, body, ByText(text.received_at, _batch(text)))
    was = waited.get(note.thread_id)
    undo = {"note": note.pk, "user": text.user_id, "was": was.isoformat() if was else ""}
    # the student had just asked the same here: that note is theirs, and stays
    audit.record(HANDED_OVER, text, by=by, changes=undo | {"is_double": note.pk in written})
    audit.record(ATTACHED, note.thread, by=by, changes={"note": note.pk, "text": text.pk})
    return note


@transaction.atomic
def detach(text: IncomingText, *, by: User) -> None:
    """It was someone else's: it leaves the thread and is back on the list with its words. A second tap changes nothing.

    RuleViolation: answered, too_late.
    """
    event, note = audit.last(HANDED_OVER, text), note_of(text)
    if event is None or note is None or not _is_handled(text):
        return
    _locked(note.thread.student)
    thread = Thread.objects.select_for_update(of=("self",)).get(pk=note.thread_id)
    if Note.objects.filter(ANSWERED, pk=note.pk).exists():
        raise RuleViolation("answered", _("Someone has already answered it, so it stays here. Nothing was changed."))
    if event.at <= _in_time_since():
        raise RuleViolation("too_late", _("The time to undo this has passed. Nothing was changed."))
    inbound.take_back(text, note.body, user=User.objects.filter(pk=event.changes["user"]).first())
    audit.record(DETACHED, thread, by=by, changes={"text": text.pk})
    unsent = Message.objects.filter(batch=_batch(text), claimed_at=None).waiting()
    unsent.update(dropped_at=timezone.now(), error=UNDONE)
    if not event.changes["is_double"]:
        _remove(note, thread, event.changes["was"])


def _remove(note: Note, thread: Thread, was: str) -> None:
    """`was`: since when the thread had waited before this note, as ISO, or empty."""
    more = thread.notes.filter(pk__gt=note.pk).order_by("pk").first()
    note.delete()
    if not thread.notes.exists():
        thread.delete()
        return
    since = more.written_at if more else None
    thread.waiting_since = datetime.fromisoformat(was) if was else since
    thread.save(update_fields=["waiting_since"])


def attached_to(thread: Thread) -> dict[int, Attached]:
    """What the office added to this thread from unknown numbers, by primary key of the note. At most four queries."""
    events = Event.objects.filter(target_model=thread._meta.label_lower, target_id=thread.pk, action=ATTACHED)
    found = {event.changes["note"]: event for event in events.select_related("by").order_by("pk")}
    if not found:
        return {}
    texts = IncomingText.objects.in_bulk([event.changes["text"] for event in found.values()])
    unanswered = set(thread.notes.filter(~ANSWERED, pk__in=found).values_list("pk", flat=True))
    since = _in_time_since()
    return {
        pk: Attached(event.by, event.at, texts.get(event.changes["text"]), pk in unanswered and event.at > since)
        for pk, event in found.items()
    }


def _in_time_since() -> datetime:
    return timezone.now() - timedelta(hours=undo_hours())


def _is_handled(text: IncomingText) -> bool:
    return IncomingText.objects.filter(pk=text.pk, handled_at__isnull=False).exists()


def _attached_before(text: IncomingText, student: User) -> Note | None:
    note = note_of(text) if _is_handled(text) else None
    return note if note and note.thread.student_id == student.pk else None


def note_of(text: IncomingText) -> Note | None:
    """Where a text that the office added is now, unless that was undone."""
    event = audit.last(HANDED_OVER, text)
    notes = Note.objects.filter(pk=event.changes["note"]) if event else Note.objects.none()
    return notes.select_related("thread__student").first()


def _locked(student: User) -> User:
    """As `threads.ask` does, before everything else."""
    return User.objects.select_for_update(of=("self",)).get(pk=student.pk)


def _batch(text: IncomingText) -> str:
    return f"text:{text.code}"
