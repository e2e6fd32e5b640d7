"""Releases that wait for their time: set, canceled until the first message is sent, and carried out by beat.

What a release checks when it is started by hand is checked again at its time. Where it no longer holds, nothing goes
out, the office gets a task, and whoever set it gets a message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from applications.models import Cycle, ScheduledRelease
from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Language, OfficeTask, User
from exchange.templatetags.ui import deadline

TASK = "applications.release_refused"
REFUSAL_MAX = 500
Kind = ScheduledRelease.Kind


@dataclass(frozen=True, slots=True)
class KindOfRelease:
    """`start`: begins it, or raises a RuleViolation, in the caller's transaction. `allowed`: who may set and cancel it.
    `page`: where the office sees it."""

    start: Callable[[ScheduledRelease], None]
    allowed: Callable[[User], bool]
    page: Callable[[ScheduledRelease], str]


_kinds: dict[str, KindOfRelease] = {}


def register(
    kind: str,
    start: Callable[[ScheduledRelease], None],
    *,
    allowed: Callable[[User], bool],
    page: Callable[[ScheduledRelease], str],
) -> None:
    """Called in AppConfig.ready. `travel` registers placement, because this app cannot import `travel`."""
    _kinds[kind] = KindOfRelease(start, allowed, page)


def is_allowed(user: User, kind: str) -> bool:
    return user.is_active and _kinds[kind].allowed(user)


def page_of(scheduled: ScheduledRelease) -> str:
    return _kinds[scheduled.kind].page(scheduled)


# --- Setting and canceling --------------------------------------------------------------------------


def waiting_of(cycle: Cycle, kind: str) -> ScheduledRelease | None:
    """The one that waits, of which there is never more than one."""
    return ScheduledRelease.objects.waiting().filter(cycle=cycle, kind=kind).select_related("set_by", "cycle").first()


def add(
    kind: str, cycle: Cycle, *, due_at: datetime, about: str = "", details: Mapping[str, Any] | None = None, by: User
) -> ScheduledRelease:
    """Confirm a release for later. In the caller's transaction, which has locked the cycle. The same again by the same
    person returns the first.

    RuleViolation: already_scheduled.
    """
    other = waiting_of(cycle, kind)
    if other:
        same = (by.pk, about, dict(details or {}), due_at)
        if (other.set_by_id, other.about, other.details, other.due_at) == same:
            return other
        refuse_while_waiting(cycle, kind)
    made = ScheduledRelease.objects.create(
        kind=kind, cycle=cycle, about=about, details=dict(details or {}), due_at=due_at, set_by=by
    )
    office_tasks.drop(source_of(cycle, kind), by=by)  # an earlier one that was refused has been looked at
    changes = {"kind": str(kind), "about": about, "due_at": due_at.isoformat()}
    audit.record("release.schedule", made, by=by, changes=changes)
    return made


def check_time(due_at: datetime) -> None:
    """RuleViolation: in_the_past; quiet_hours, because texts would come hours after the emails."""
    if due_at <= timezone.now():
        raise RuleViolation("in_the_past", _("That time has passed. Choose a later one, or release it now."))
    first = outbox.by_day(due_at)
    if first:
        said = {"when": deadline(first)}
        raise RuleViolation(
            "quiet_hours",
            _("Texts aren’t sent at that hour, so some students would hear later. Choose %(when)s or later.") % said,
        )


def refuse_while_waiting(cycle: Cycle, kind: str) -> None:
    """RuleViolation("already_scheduled") if one waits. The caller has locked the cycle."""
    other = waiting_of(cycle, kind)
    if other:
        said = {"name": other.set_by, "when": deadline(other.due_at)}
        raise RuleViolation(
            "already_scheduled",
            _("%(name)s has already set this for %(when)s. Cancel that first, if it isn’t right.") % said,
        )


def newest_of(cycle: Cycle, kind: str) -> ScheduledRelease | None:
    """The one that waits, or the last one if it was refused and its task is still open; for the pages."""
    found = ScheduledRelease.objects.filter(cycle=cycle, kind=kind).select_related("set_by", "cycle", "canceled_by")
    newest = found.first()
    if newest is None or newest.is_waiting:
        return newest
    return newest if OfficeTask.objects.open().filter(key=_key_of(newest)).exists() else None


def _key_of(scheduled: ScheduledRelease) -> str:
    """Of the task about one that was refused."""
    return f"{TASK}:{scheduled.code}"


def settle(cycle: Cycle, kind: str, *, by: User) -> None:
    """It was released by hand: the task about one that was refused isn't needed. In the caller's transaction."""
    office_tasks.drop(source_of(cycle, kind), by=by)


def source_of(cycle: Cycle, kind: str) -> str:
    return f"{key_of(cycle)}:{kind}"


@transaction.atomic
def cancel(scheduled: ScheduledRelease, *, by: User) -> ScheduledRelease:
    """Take it back before anything has happened. A second call changes nothing. RuleViolation: gone_out, refused."""
    locked = ScheduledRelease.objects.select_for_update(of=("self",)).get(pk=scheduled.pk)
    if locked.canceled_at:
        return locked
    if locked.started_at:
        said = {"when": deadline(locked.started_at)}
        raise RuleViolation(
            "gone_out",
            _("This went out on %(when)s, so it can’t be undone. Correct a result on the student’s own page.") % said,
        )
    if locked.refused_at:
        raise RuleViolation("refused", _("This didn’t go out, so there’s nothing to cancel."))
    locked.canceled_at, locked.canceled_by = timezone.now(), by
    locked.save(update_fields=["canceled_at", "canceled_by"])
    audit.record("release.cancel", locked, by=by)
    return locked


# --- At its time ------------------------------------------------------------------------------------


def carry_out_due() -> dict[str, int]:
    """Run by beat: start what is due. Safe to run twice and at once. Returns how many were started and refused."""
    done = [_carry_out(pk) for pk in ScheduledRelease.objects.due().order_by("due_at").values_list("pk", flat=True)]
    return {"started": done.count(True), "refused": done.count(False)}


@transaction.atomic
def _carry_out(pk: int) -> bool | None:
    """Whether it was started; None if it isn't due any longer."""
    cycle = ScheduledRelease.objects.values_list("cycle", flat=True).get(pk=pk)
    Cycle.objects.select_for_update(of=("self",)).get(pk=cycle)  # first, as wherever one is set
    rows = ScheduledRelease.objects.select_for_update(of=("self",)).due().filter(pk=pk)
    scheduled = rows.select_related("set_by", "cycle").first()
    if scheduled is None:
        return None
    own = scheduled.set_by.language
    if (why := _start(scheduled, own)) is not None:
        # what stops it is said in the language of the moment, so it's tried in the others, too, and taken back
        rest = [language for language in Language.values if language != own]
        refuse(scheduled, {own: why, **{language: _start(scheduled, language, keep=False) or "" for language in rest}})
        return False
    audit.record("release.start", scheduled, by=None, changes={"kind": scheduled.kind})
    return True


def _start(scheduled: ScheduledRelease, language: str, *, keep: bool = True) -> str | None:
    """Why it can't be started, in this language; None if it can. `keep=False`: it isn't started either way."""
    with translation.override(language):
        try:
            with transaction.atomic():
                if not is_allowed(scheduled.set_by, scheduled.kind):
                    raise RuleViolation("not_allowed", _("The role of who set this no longer includes it."))
                scheduled.started_at = timezone.now()
                scheduled.save(update_fields=["started_at"])
                _kinds[scheduled.kind].start(scheduled)
                transaction.set_rollback(not keep)
        except RuleViolation as violation:
            return violation.message
    return None


def refuse(scheduled: ScheduledRelease, why: Mapping[str, str]) -> None:
    """It doesn't go out, or what was started did nothing: a task for the office, a message to who set it. In the
    caller's transaction. `why`: by language, in those that it's known in."""
    english, spanish = (why.get(language, "")[:REFUSAL_MAX] for language in (Language.ENGLISH, Language.SPANISH))
    scheduled.started_at, scheduled.refused_at = None, timezone.now()
    scheduled.refusal, scheduled.refusal_es = english or spanish, spanish
    scheduled.save(update_fields=["started_at", "refused_at", "refusal", "refusal_es"])
    audit.record("release.refuse", scheduled, by=None, changes={"kind": scheduled.kind})
    page = page_of(scheduled)
    office_tasks.open(
        _key_of(scheduled),
        TASK,
        due_on=timezone.localdate(),
        path=page,
        params={"what": in_both(scheduled), "cycle": {"en": scheduled.cycle.name_en, "es": scheduled.cycle.name_es}},
        source=source_of(scheduled.cycle, scheduled.kind),
    )
    context = {"scheduled": scheduled, "page": page}
    outbox.queue("applications/release_refused", to=scheduled.set_by, context=context)


def in_both(scheduled: ScheduledRelease) -> dict[str, str]:
    """What kind it is, in each language, for the words of a task."""
    found = {}
    for language in ("en", "es"):
        with translation.override(language):
            found[language] = str(scheduled.get_kind_display())
    return found


@transaction.atomic
def turn_back(kind: str, about: str, why: Mapping[str, str]) -> None:
    """What was started at its time found, in the worker, that it can't be done, and has done nothing. `why`: by
    language."""
    rows = ScheduledRelease.objects.select_for_update(of=("self",)).filter(kind=kind, about=about)
    scheduled = rows.filter(started_at__isnull=False).select_related("set_by", "cycle").first()
    if scheduled:
        refuse(scheduled, why)
