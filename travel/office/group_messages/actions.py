"""A message to everyone a filter finds: written, looked at, confirmed, sent.

The list is stored as its author saw it. Confirming compares it with what the filter finds now, and sending leaves out
whoever the filter no longer finds: a student who has just done a step isn't told that they are late. Nobody is added
whom the author didn't see.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions import thread as threads
from applications.base import edit_lock
from applications.models import Application, GroupMessage, GroupRecipient
from exchange.base import audit
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.office.group_messages.audience import Audience, audience_of, students_of

TEXTS = ("query", "body_en", "body_es", "send_at")
Outcome = GroupRecipient.Outcome
# between the button and the first message, as for offers; beat sends what is due
HOLD = timedelta(minutes=5)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """Between the list that was seen and the one that the filter finds now, by student.

    `other_application`: those who are on both, and whose thread would be about another application now.
    `out_of_sight`: how many more have left it, whom the author may no longer see.
    """

    joined: list[Application] = field(default_factory=list)
    left: list[Application] = field(default_factory=list)
    other_application: list[Application] = field(default_factory=list)
    other_language: list[Application] = field(default_factory=list)
    out_of_sight: int = 0

    def __bool__(self) -> bool:
        changed = self.joined or self.left or self.other_application or self.other_language
        return bool(changed or self.out_of_sight)


@transaction.atomic
def draft(*, query: str, body_en: str, body_es: str, send_at: datetime | None, by: User) -> GroupMessage:
    """Write it, and store whom it would go to. Nobody gets anything yet. RuleViolation: nobody, too_many."""
    group = GroupMessage(query=query, body_en=body_en, body_es=body_es, send_at=send_at, author=by)
    found = _found(group)
    group.save()
    _store(group, found)
    return group


@transaction.atomic
def change(
    group: GroupMessage, *, query: str, body_en: str, body_es: str, send_at: datetime | None, seen: str, by: User
) -> GroupMessage:
    """Other words, another list or another time. A scheduled one is a draft again, until it is confirmed again.

    RuleViolation: gone, changed_meanwhile, nobody, too_many.
    """
    locked = _locked(group)
    edit_lock.check(seen, edit_lock.fingerprint(locked, TEXTS))
    was_confirmed = locked.confirmed_at is not None
    locked.query, locked.body_en, locked.body_es, locked.send_at = query, body_en, body_es, send_at
    locked.confirmed_at, locked.missing = None, ""
    found = _found(locked)
    locked.save()
    _store(locked, found)
    if was_confirmed:
        audit.record("group_message.change", locked, by=by)
    return locked


def mark_of(group: GroupMessage) -> str:
    """A fingerprint of what the page of a draft shows: its words, its time and its list."""
    rows = group.recipients.order_by("application_id").values_list("application_id", "language")
    return edit_lock.fingerprint(group, TEXTS, *rows)


@transaction.atomic
def confirm(group: GroupMessage, *, seen: str, missing: str = "", by: User) -> Difference:
    """Send it soon, or at its time: HOLD is left to undo it. If the list has changed, store the new one, send nothing,
    and say who differs.

    `missing`: of `GroupMessage.Missing`, needed if somebody reads a language that has no text.
    RuleViolation: gone, changed_meanwhile, nobody, too_many, no_language, in_the_past.
    """
    locked = _locked(group)
    if locked.confirmed_at is not None:  # a double tap
        return Difference()
    edit_lock.check(seen, mark_of(locked))
    found = _found(locked)
    if difference := _difference(locked, found):
        _store(locked, found)
        return difference
    if lacks_text(locked) and not missing:
        raise RuleViolation("no_language", _("Choose what students get if there’s no text in their language."))
    now = timezone.now()
    if locked.send_at and locked.send_at <= now:
        raise RuleViolation("in_the_past", _("That time has passed. Choose another, or send it now."))
    locked.missing = missing if lacks_text(locked) else ""
    locked.confirmed_at, locked.send_at = now, locked.send_at or now + HOLD
    locked.save(update_fields=["missing", "confirmed_at", "send_at"])
    changes = {"count": len(found.rows), "send_at": locked.send_at.isoformat()}
    audit.record("group_message.confirm", locked, by=by, changes=changes)
    return Difference()


def lacks_text(group: GroupMessage) -> list[str]:
    """Languages that somebody on the list reads and that have no text."""
    texts = {"en": group.body_en, "es": group.body_es}
    read = set(group.recipients.order_by().values_list("language", flat=True).distinct())
    return sorted(language for language in read if not texts[language])


@transaction.atomic
def call_off(group: GroupMessage, *, by: User) -> GroupMessage:
    """It won't be sent. A second call changes nothing. RuleViolation: gone, once it is on its way."""
    if group.called_off_at:
        return group
    locked = _locked(group)
    locked.called_off_at, locked.called_off_by = timezone.now(), by
    locked.save(update_fields=["called_off_at", "called_off_by"])
    audit.record("group_message.call_off", locked, by=by)
    return locked


def send_due() -> int:
    """Send every message whose time has come. Returns to how many students. Safe to run twice, and at once."""
    return sum(_send(group) for group in GroupMessage.objects.due().select_related("author"))


def _send(group: GroupMessage) -> int:
    with transaction.atomic():
        locked = GroupMessage.objects.select_for_update(of=("self",)).due().filter(pk=group.pk).first()
        if locked is None:
            return 0
        if locked.started_at is None:
            locked.started_at = timezone.now()
            locked.save(update_fields=["started_at"])
    still = students_of(locked.query, group.author)
    waiting = locked.recipients.filter(outcome="").order_by("pk").values_list("pk", flat=True)
    sent = sum(_send_one(locked, pk, group.author, still) for pk in list(waiting))
    GroupMessage.objects.filter(pk=locked.pk, finished_at=None).update(finished_at=timezone.now())
    return sent


@transaction.atomic
def _send_one(group: GroupMessage, pk: int, author: User, still: set[int | None]) -> bool:
    """One student, in a transaction of their own, so that a worker that dies repeats nobody."""
    rows = GroupRecipient.objects.select_for_update(of=("self",)).filter(pk=pk, outcome="")
    row = rows.select_related("application__student", "application__college", "group").first()
    if row is None:
        return False
    text, _language = group.text_for(row.language)
    if row.application.student_id not in still:  # who has begun another application is on the list with that one
        row.outcome = Outcome.NO_MATCH
    elif not text:
        row.outcome = Outcome.NO_TEXT
    else:
        _write(row, text, author)
    row.save(update_fields=["outcome", "thread"])
    return row.outcome == Outcome.SENT


def _write(row: GroupRecipient, text: str, author: User) -> None:
    """What nobody foresaw with one student doesn't hold up the others: tried again each minute, it would for good."""
    try:
        with transaction.atomic():
            row.thread = threads.open_for(row.application, text, by=author, batch=key_of(row.group))
    except Exception:
        logger.exception("%s failed for application %s", row.group, row.application_id)
        row.outcome = Outcome.FAILED
    else:
        row.outcome = Outcome.SENT


def _found(group: GroupMessage) -> Audience:
    found = audience_of(group.query, group.author)
    if found.is_too_many:
        raise RuleViolation("too_many", _("That’s more than 2,000 students. Narrow the list down."))
    if not found.rows:
        raise RuleViolation("nobody", _("This list is empty, so nothing was sent. Choose other filters."))
    return found


def _difference(group: GroupMessage, found: Audience) -> Difference:
    rows = group.recipients.select_related("application__student")
    seen = {row.application.student_id: row for row in rows}
    now = {row.student_id: row for row in found.rows}
    left = [row.application for pk, row in seen.items() if pk not in now]
    in_sight = Application.objects.visible_to(group.author).filter(pk__in=[row.pk for row in left])
    named = set(in_sight.values_list("pk", flat=True))
    stayed = [(seen[pk], row) for pk, row in now.items() if pk in seen]
    return Difference(
        joined=[row for pk, row in now.items() if pk not in seen],
        left=[row for row in left if row.pk in named],
        other_application=[row for before, row in stayed if before.application_id != row.pk],
        other_language=[row for before, row in stayed if before.language != row.person.language],
        out_of_sight=len(left) - len(named),
    )


def _store(group: GroupMessage, found: Audience) -> None:
    group.recipients.all().delete()
    rows = [GroupRecipient(group=group, application=row, language=row.person.language) for row in found.rows]
    GroupRecipient.objects.bulk_create(rows, batch_size=500)


def _locked(group: GroupMessage) -> GroupMessage:
    """Of a message that can still be changed; else RuleViolation("gone")."""
    locked = GroupMessage.objects.select_for_update(of=("self",)).select_related("author").get(pk=group.pk)
    if not locked.can_change:
        raise RuleViolation("gone", _("This message has already gone out or was canceled. Nothing was changed."))
    return locked
