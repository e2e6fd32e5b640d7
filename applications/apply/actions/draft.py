"""Writing in an application: begun with or without an account, saved field by field from any device, kept apart
where two devices disagree, and given to the account on signing in."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply import help_record
from applications.apply.actions import draft_merge, fields, help
from applications.base import merge
from applications.models import Application, Cycle, FormVersion, Recommendation
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import deadline

GRACE = "application.grace_minutes"
ON_THE_WAY = timedelta(seconds=3)  # an age told by a phone is short by the way that the message took
VERSIONS_MAX = 25  # of one field, written apart: more devices than anyone has, and what is stored has an end
DEVICES_MAX = 200  # of one field, remembered: each page without script is one
OFFICE_DEVICE = "portal"  # what the portal itself writes: seeds, imports, carried answers
HELPER_DEVICE = "helper-"  # and a hash: what a helper writes on theirs


@dataclass(frozen=True, slots=True)
class Change:
    """One field as one device wrote it. `typed_at`: on our clock; `seen`: what the device knew of the field."""

    key: str
    value: Any
    device: str
    number: int
    typed_at: datetime
    seen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one change: the field's state now, or why it cannot be kept."""

    key: str
    number: int
    state: merge.FieldState | None
    violation: RuleViolation | None = None


# --- Beginning --------------------------------------------------------------------------------------


@transaction.atomic
def start(cycle: Cycle, *, by: User) -> Application:
    """The student's one application for this cycle: begun now and welcomed by message, or the one there is."""
    existing = Application.objects.filter(cycle=cycle, student=by).first()
    if existing:
        return existing
    # get_or_create: the database keeps one when a phone sends the same tap twice at once
    application, created = Application.objects.get_or_create(
        cycle=cycle, student=by, defaults={"form": _current_form(cycle), "answer_language": by.language}
    )
    if created:
        Recommendation.objects.create(application=application)
        _welcome(application, by)
    return application


@transaction.atomic
def start_anonymous(cycle: Cycle, *, language: str) -> tuple[Application, str]:
    """A draft for a visitor, and its key: shown to their browser once, kept here as a hash only."""
    key = secrets.token_urlsafe(32)
    application = Application.objects.create(
        cycle=cycle, form=_current_form(cycle), answer_language=language, draft_key=hash_key(key)
    )
    Recommendation.objects.create(application=application)
    audit.record("application.start_anonymous", application, by=None)
    return application, key


def hash_key(key: str) -> str:
    """What is stored of a draft's key. A plain hash: the key itself is 32 random bytes."""
    return hashlib.sha256(key.encode()).hexdigest()


def _current_form(cycle: Cycle) -> FormVersion:
    if not cycle.is_open:
        if not cycle.has_opened:
            when = deadline(cycle.opens_at)
            raise RuleViolation("not_open_yet", _("Applications open on %(when)s.") % {"when": when})
        raise closed(cycle.closes_at)
    form = cycle.form_versions.filter(published_at__isnull=False).order_by("-number").first()
    if form is None:
        raise RuleViolation("no_form", _("The form is not ready yet. Please come back tomorrow."))
    return form


def _welcome(application: Application, student: User) -> None:
    audit.record("application.start", application, by=student, changes={"form": application.form.number})
    outbox.queue("applications/application_started", to=student, context={"application": application}, is_answer=True)


def closed(when: datetime) -> RuleViolation:
    return RuleViolation("closed", _("Applications closed on %(when)s.") % {"when": deadline(when)})


# --- Writing ----------------------------------------------------------------------------------------


def lock_to_write(application: Application, *, late: bool = False) -> Application:
    """The row, locked, if it takes changes at this moment; `late`: also in the minutes after the deadline.

    RuleViolation: not_open_for_editing, closed.
    """
    rows = Application.objects.select_for_update(of=("self",)).select_related("cycle", "form")
    locked = rows.get(pk=application.pk)
    if not locked.is_open_for_editing:
        raise RuleViolation("not_open_for_editing", _("Your application is with us now, so it can’t be changed."))
    if locked.accepts_changes or (late and timezone.now() < grace_ends(locked)):
        return locked
    raise closed(locked.closes_at)


def is_in_time(application: Application, when: datetime) -> bool:
    """Whether what was done then counts, also if it arrives in the grace. What was returned has no deadline."""
    return application.status != Status.DRAFT or when < application.closes_at + ON_THE_WAY


def grace_ends(application: Application) -> datetime:
    """Until then arrives what was typed before the deadline: a bus in a tunnel costs nobody their words."""
    return application.closes_at + timedelta(minutes=float(facts.number(GRACE)))


@transaction.atomic
def save_changes(application: Application, changes: Iterable[Change], *, by: User | None) -> list[Saved]:
    """Merge what devices wrote, each change by itself, and keep what is shown now. Nothing here judges an answer.

    A change that was here already changes nothing. RuleViolation where the application takes no change at all
    (not_open_for_editing, closed, help_over); for one change in its `Saved`: unknown_question, part_not_open, closed
    (typed after the deadline), referee_has_written, referee_is_the_students.
    """
    application = lock_to_write(application, late=True)
    help.require_running(application, by=by)
    changes = [replace(change, device=_device(application, change, by)) for change in changes]
    known = fields.load(application, {change.key for change in changes})
    saved: list[Saved] = []
    changed: dict[str, Any] = {}
    for change in changes:
        violation = _refusal(application, known, change) or help.refusal(
            application, known.recommendation, change.key, by
        )
        if violation:
            saved.append(Saved(change.key, change.number, None, violation))
            continue
        state = known.states[change.key] = _written(known.states[change.key], change, by)
        top = merge.shown(state)
        changed[change.key] = top.value if top else None
        saved.append(Saved(change.key, change.number, state))
    keys = fields.store(application, known, changed)
    if changed:
        fields.keep_states(application, {key: known.states[key] for key in changed})
    if keys:
        helped = help_record.kept(
            application, known.questions, known.values, {key: changed[key] for key in keys}, by=by
        )
        audit.record("application.save_answers", application, by=by, changes={"keys": sorted(keys), **helped})
    return saved


def _device(application: Application, change: Change, by: User | None) -> str:
    """Under what name it is kept. A helper's has one of its own: the page names the student's devices, and a write
    under the name of one of them, with a high number, would pass for what that phone wrote last.
    """
    if change.device == OFFICE_DEVICE or by is None or not help_record.is_helper(application, by):
        return change.device
    return HELPER_DEVICE + hash_key(f"{by.pk}:{change.device}")[:20]


def _written(state: merge.FieldState, change: Change, by: User | None) -> merge.FieldState:
    """The state with this change. Nobody can have seen a write that is not here yet: a number made up would swallow
    the words that come under it.
    """
    when = int(change.typed_at.timestamp() * 1000)
    version = merge.Version(change.device, change.number, change.value, when, by.pk if by else None)
    seen = {name: min(number, state.seen[name]) for name, number in change.seen.items() if name in state.seen}
    state = merge.write(state, version, seen)
    if len(state.seen) <= DEVICES_MAX:
        return state
    # forgotten: a device none of whose words are left. Sent again, they would stand beside the others, not be lost
    kept = {OFFICE_DEVICE, merge.STORED, *(each.device for each in state.versions)}
    return merge.FieldState(state.versions, {name: state.seen[name] for name in state.seen if name in kept})


def _refusal(application: Application, known: fields.Known, change: Change) -> RuleViolation | None:
    if (violation := known.refusal(application, change.key)) is not None:
        return violation
    if not is_in_time(application, change.typed_at):
        return closed(application.closes_at)
    if len(known.states[change.key].versions) >= VERSIONS_MAX and not known.states[change.key].seen.get(change.device):
        return RuleViolation(
            "too_many_versions", _("This answer was written on many devices. Open its page and choose one first.")
        )
    return None


@transaction.atomic
def save_answers(application: Application, values: Mapping[str, Any], *, by: User | None) -> Application:
    """Write over whatever is there, knowingly: the portal's own writing, and scripts. As `save_changes` otherwise.

    Values by question key, stored as given, also an unreadable number or date; "", None and [] empty the answer.
    Cities come as PartnerCity codes in order. Raises the first RuleViolation, and then nothing is kept.
    """
    application = lock_to_write(application)
    states = fields.load(application, values.keys()).states
    now = timezone.now()
    changes = [
        Change(key, value, OFFICE_DEVICE, _next_number(states[key], now), now, dict(states[key].seen))
        for key, value in values.items()
    ]
    for saved in save_changes(application, changes, by=by):
        if saved.violation:
            raise saved.violation
    application.refresh_from_db()
    return application


def _next_number(state: merge.FieldState, now: datetime) -> int:
    """Higher than all before it, and in order even where two writes fall into one microsecond."""
    return max(state.seen.get(OFFICE_DEVICE, 0) + 1, int(now.timestamp() * 1_000_000))


@transaction.atomic
def choose(application: Application, key: str, *, device: str, number: int, by: User | None) -> Saved:
    """The person chose one of the versions of a field that were written apart; the others go.

    RuleViolation: version_gone, or as `save_changes`.
    """
    state = fields.load(application, [key]).states[key]
    wanted = next((version for version in state.versions if version.dot == (device, number)), None)
    if wanted is None:
        raise RuleViolation("version_gone", _("That version was replaced already. Here is what we have now."))
    now = timezone.now()
    change = Change(key, wanted.value, OFFICE_DEVICE, _next_number(state, now), now, dict(state.seen))
    (saved,) = save_changes(application, [change], by=by)
    if saved.violation:
        raise saved.violation
    return saved


# --- From a visitor to an account -------------------------------------------------------------------


@transaction.atomic
def attach(draft: Application, *, by: User) -> Application:
    """Give a visitor's draft to the account that has just signed in; returns the account's application.

    Where the account has one already, the two are merged field by field: nothing is written over, and what has no
    place there stays beside it (`leftovers.beside`). Again changes nothing. RuleViolation: not_yours, already_sent
    (there is one that was sent: the draft stays as it is).
    """
    draft = Application.objects.select_for_update(of=("self",)).select_related("cycle", "form").get(pk=draft.pk)
    if draft.merged_into_id:
        target = Application.objects.get(pk=draft.merged_into_id)
        if target.student_id != by.pk:
            raise _not_yours()
        return target
    if draft.student_id:
        if draft.student_id != by.pk:
            raise _not_yours()
        return draft
    existing = Application.objects.filter(cycle=draft.cycle, student=by).select_related("cycle").first()
    if existing is None:
        return _own(draft, by)
    if not existing.is_open_for_editing:
        raise RuleViolation(
            "already_sent",
            _("You have sent an application for this cycle already. What was written on this phone stays apart."),
        )
    existing = lock_to_write(existing, late=True)
    draft_merge.join(draft, existing, by=by)
    return existing


def _not_yours() -> RuleViolation:
    return RuleViolation("not_yours", _("This draft belongs to another account. Nothing was changed."))


def _own(draft: Application, by: User) -> Application:
    draft.student = by
    draft.save(update_fields=["student"])
    shown = {key: merge.shown(state) for key, state in fields.states_of(draft).items()}
    fields.copy_out(draft, {key: version.value for key, version in shown.items() if version})
    draft.save(update_fields=["college", "answer_language"])
    _welcome(draft, by)
    return draft


@transaction.atomic
def discard(draft: Application) -> None:
    """A visitor takes all of it back before there is an account: nothing stays. RuleViolation: not_yours."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if locked.student_id or locked.merged_into_id:
        raise _not_yours()
    audit.record("application.discard", locked, by=None)
    _delete(locked)


def _delete(draft: Application) -> None:
    for upload in draft.uploads.all():
        transaction.on_commit(fields.deletion(upload))
    draft.delete()


@transaction.atomic
def purge_abandoned(*, dry_run: bool = False) -> int:
    """Visitors' drafts that nobody touched for `draft.visitor_days` go for good. Returns how many.

    What went into an application stays as long as that does, if some of it stands beside.
    """
    until = timezone.now() - timedelta(days=float(facts.number("draft.visitor_days")))
    abandoned = draft_merge.without_leftovers(Application.objects.anonymous().filter(saved_at__lt=until))
    count = abandoned.count()
    if not dry_run:
        for application in abandoned.prefetch_related("uploads"):
            _delete(application)
    return count


def typed_at(milliseconds: int, phone_now: int) -> datetime:
    """When something was typed, on our clock: by its age, for a phone's clock may be wrong. Never in the future."""
    age = max(0, phone_now - milliseconds)
    return datetime.now(UTC) - timedelta(milliseconds=min(age, 10**12))
