"""A student's draft: begun with or without an account, saved field by field from any device, and given to the account
on signing in.

Saving is one straight path: lock the application, load its fields (`fields`), decide (`saving`, which is pure), store
them (`fields`).
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply import help_record, limits, saving
from applications.apply.actions import draft_merge, fields, help
from applications.apply.saving import OFFICE_DEVICE, Change, Outcome, Refusal
from applications.base import merge
from applications.base.sections import unknown_question
from applications.models import Application, Cycle, FormVersion, Recommendation
from applications.models.hold import is_held
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import deadline

GRACE = "application.grace_minutes"
LATENCY = timedelta(seconds=3)  # the age that a phone reports leaves out the time its message took
HELPER_DEVICE = "helper-"  # and a hash: a device on which a helper writes


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one change: the field's state now, or why it can't be kept."""

    key: str
    number: int
    state: merge.FieldState  # empty if the change is refused
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
def start_anonymous(cycle: Cycle, *, language: str, network: str = "") -> tuple[Application, str]:
    """A draft for a visitor, and its key: shown to their browser once, kept here as a hash only.

    `network`: from `limits.network_mark`. RuleViolation: too_many_drafts, not_open_yet, closed, no_form.
    """
    form = _current_form(cycle)
    limits.require_room_for_draft(network)
    key = secrets.token_urlsafe(32)
    application = Application.objects.create(
        cycle=cycle, form=form, answer_language=language, draft_key=hash_key(key), draft_network=network
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
        raise RuleViolation("no_form", _("The form isn’t ready yet. Please come back tomorrow."))
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
        raise RuleViolation("not_open_for_editing", _("You’ve submitted your application, so it can’t be changed."))
    if locked.accepts_changes or (late and timezone.now() < grace_ends(locked)):
        return locked
    raise closed(locked.closes_at)


def is_in_time(application: Application, when: datetime) -> bool:
    """Whether what was done then counts, also if it arrives in the grace. What was returned has no deadline."""
    ends_at = _ends_at(application)
    return ends_at is None or when < ends_at


def _ends_at(application: Application) -> datetime | None:
    return application.closes_at + LATENCY if application.status == Status.DRAFT else None


def grace_ends(application: Application) -> datetime:
    """Until then arrives what was typed before the deadline: a bus in a tunnel costs nobody their words."""
    return application.closes_at + timedelta(minutes=float(facts.number(GRACE)))


@transaction.atomic
def save_changes(application: Application, changes: Collection[Change], *, by: User | None) -> list[Saved]:
    """Merge what devices wrote, each change by itself, and keep what is shown now. Nothing here judges an answer.

    A change that was here already changes nothing. RuleViolation where the application takes no change at all
    (not_open_for_editing, closed, help_over, draft_full); for one in its `Saved`: unknown_question, part_not_open,
    closed (typed after the deadline), too_many_versions, referee_has_written, referee_is_the_students.
    """
    application = _lock_to_save(application, by, late=True)
    loaded = fields.load(application, {change.key for change in changes}, by=by)
    changes = [replace(change, device=_device(application, change, by)) for change in changes]
    saved = _save(loaded, changes, by)
    limits.require_room_in_draft(application)
    return saved


def _lock_to_save(application: Application, by: User | None, *, late: bool = False) -> Application:
    """As `lock_to_write`, by a person who may write in it now. RuleViolation also: help_over."""
    locked = lock_to_write(application, late=late)
    help.require_running(locked, by=by)
    return locked


def _save(loaded: fields.Loaded, changes: Iterable[Change], by: User | None) -> list[Saved]:
    application = loaded.application
    outcomes = saving.decide(loaded.fields, changes, by=by.pk if by else None, ends_at=_ends_at(application))
    changed = fields.store(loaded, saving.states_after(outcomes))
    if changed:
        helped = help_record.kept(application, loaded.questions, loaded.values, changed, by=by)
        audit.record("application.save_answers", application, by=by, changes={"keys": sorted(changed), **helped})
    return [_saved(each, application) for each in outcomes]


def _saved(outcome: Outcome, application: Application) -> Saved:
    violation = _violation(outcome.refusal, application) if outcome.refusal else None
    return Saved(outcome.change.key, outcome.change.number, outcome.state or merge.FieldState(), violation)


def _violation(refusal: Refusal, application: Application) -> RuleViolation:
    match refusal:
        case Refusal.UNKNOWN_QUESTION:
            return unknown_question()
        case Refusal.CLOSED:
            return closed(application.closes_at)
        case Refusal.PART_NOT_OPEN:
            message = _("You can only change the parts we asked you to fix.")
        case Refusal.REFEREE_HAS_WRITTEN:
            message = _("The person who recommends you has already written, so this page can’t be changed.")
        case Refusal.REFEREE_IS_THE_STUDENTS:
            message = _("Only the student can change the recommender now.")
        case Refusal.TOO_MANY_VERSIONS:
            message = _("This answer was written on several devices. Open its page and choose which one to keep.")
    return RuleViolation(refusal.value, message)


def _device(application: Application, change: Change, by: User | None) -> str:
    """The name that a change's device is kept under.

    A helper's device has a name of its own. The page names the student's devices, and a write under one of those names
    with a high number would pass for what that phone wrote last.
    """
    if change.device == OFFICE_DEVICE or by is None or not help_record.is_helper(application, by):
        return change.device
    return HELPER_DEVICE + hash_key(f"{by.pk}:{change.device}")[:20]


@transaction.atomic
def save_answers(application: Application, values: Mapping[str, Any], *, by: User | None) -> Application:
    """Write over whatever is there, knowingly: the portal's own writing, and scripts. As `save_changes` otherwise.

    Values by question key, stored as given, also an unreadable number or date; "", None and [] empty the answer.
    Cities come as PartnerCity codes in order. Raises the first RuleViolation, and then nothing is kept.
    """
    locked = _lock_to_save(application, by)
    loaded = fields.load(locked, values.keys(), by=by)
    now = timezone.now()
    changes = [saving.office_change(key, value, loaded.fields[key].state, now) for key, value in values.items()]
    for saved in _save(loaded, changes, by):
        if saved.violation:
            raise saved.violation
    return locked


@transaction.atomic
def choose(application: Application, key: str, *, device: str, number: int, by: User | None) -> Saved:
    """The person chose one of the versions of a field that were written apart; the others go.

    RuleViolation: version_gone, or as `save_changes`.
    """
    locked = _lock_to_save(application, by, late=True)
    loaded = fields.load(locked, [key], by=by)
    state = loaded.fields[key].state
    wanted = next((version for version in state.versions if version.dot == (device, number)), None)
    if wanted is None:
        raise RuleViolation("version_gone", _("That version has already been replaced. Here’s what we have now."))
    (saved,) = _save(loaded, [saving.office_change(key, wanted.value, state, timezone.now())], by)
    if saved.violation:
        raise saved.violation
    return saved


# --- From a visitor to an account -------------------------------------------------------------------


@transaction.atomic
def attach(draft: Application, *, by: User) -> Application:
    """Give a visitor's draft to the account that has just signed in; returns the account's application.

    Where the account has one already, the two are merged field by field: nothing is written over, and what has no
    place there stays beside it (`unplaced_answers.beside`). Again changes nothing.

    RuleViolation: not_yours, already_sent (there is one that was sent: the draft stays as it is).
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
            _(
                "You’ve already submitted an application for this cycle. What was written on this phone is kept"
                " apart from it."
            ),
        )
    existing = lock_to_write(existing, late=True)
    draft_merge.join(draft, existing, by=by)
    return existing


def _not_yours() -> RuleViolation:
    return RuleViolation("not_yours", _("This draft belongs to another account. Nothing was changed."))


def _own(draft: Application, by: User) -> Application:
    draft.student, draft.draft_network = by, ""
    draft.save(update_fields=["student", "draft_network"])
    fields.copy_out(draft, saving.values_of(fields.states_of(draft)))
    draft.save(update_fields=[*fields.COPIED_OUT])
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
    """Visitors' drafts that nobody touched for `draft.visitor_days` go for good, empty ones sooner. Returns how many.

    What went into an application stays as long as that does, if some of it stands beside.
    """
    now = timezone.now()
    is_old = Q(saved_at__lt=now - timedelta(days=float(facts.number("draft.visitor_days"))))
    soon = now - timedelta(hours=settings.EMPTY_DRAFT_HOURS)
    is_empty = Q(draft_fields=None, uploads=None, merged_into=None, saved_at__lt=soon)
    found = Application.objects.anonymous().filter(is_old | is_empty, ~is_held())
    abandoned = draft_merge.without_leftovers(Application.objects.filter(pk__in=found.values("pk")))
    count = abandoned.count()
    if not dry_run:
        for application in abandoned.prefetch_related("uploads"):
            _delete(application)
    return count


def typed_at(milliseconds: int, phone_now: int) -> datetime:
    """When something was typed, on our clock: by its age, for a phone's clock may be wrong. Never in the future."""
    age = max(0, phone_now - milliseconds)
    return datetime.now(UTC) - timedelta(milliseconds=min(age, 10**12))
