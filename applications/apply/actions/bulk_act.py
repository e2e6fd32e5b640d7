"""One act on many students: the list is stored as it was shown, confirmed, done by a worker, and undone once.

Confirming looks at each student again. If something has changed, nothing is done: the new list is stored and shown,
with what differs. Each student is a transaction of their own, so a worker that dies repeats nobody, and beat takes up
what is left.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from applications.base import bulk_acts, edit_lock
from applications.base.bulk_acts import Act, Draft
from applications.models import Application, BulkAct, BulkRow, GroupMessage
from exchange.background import dispatch
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.base.sentences import Words, in_each
from exchange.models import Language, User

MOST = 2000  # students in one act, as in one message
KEPT = timedelta(days=30)
WHY_MAX = 300
WENT_WRONG = gettext_lazy("Something went wrong on our side. Do this one on the student’s page.")
Outcome = BulkRow.Outcome
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """What has changed since the list was shown: who can't be on it any more, and who can now.

    `gone`: how many its author may no longer see, who aren't named. `warnings`: sentences that weren't shown yet.
    `previews`: messages that weren't, without their words.
    """

    gone: int = 0
    can: list[Application] = field(default_factory=list)
    refused: list[Application] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    previews: list[Draft] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.gone or self.can or self.refused or self.warnings or self.previews)


@transaction.atomic
def draft(kind: str, *, place: str, query: str, codes: Iterable[str], takes_all: bool, by: User) -> BulkAct:
    """Store the list of those who were chosen; nothing happens to them yet.

    `codes`: of applications; with `takes_all`, everyone whom the filters of `query` find.
    RuleViolation: unknown, nobody, too_many.
    """
    known = bulk_acts.place_of(place)
    act = bulk_acts.act_of(kind)
    if known is None or not (kind == bulk_acts.MESSAGE or (act and act.allowed(by) and kind in known.acts)):
        raise RuleViolation("unknown", _("This can’t be done on this list. Nothing was changed."))
    chosen = Application.objects.visible_to(by).exclude(student=by)
    if takes_all:
        chosen = chosen.filter(pk__in=known.found(QueryDict(query), by).order_by().values("pk"))
    else:
        chosen = chosen.filter(code__in=list(codes)[: MOST + 1])
    rows = list(chosen.with_people().order_by("pk")[: MOST + 1])
    if not rows:
        raise RuleViolation("nobody", _("Check at least one student."))
    if len(rows) > MOST:
        raise RuleViolation("too_many", _("That’s more than 2,000 students. Narrow the list down."))
    made = BulkAct.objects.create(kind=kind, place=place, query=query[:500], by=by)
    _store(made, rows, act.refusals(rows, by) if act else {})
    return made


def applications_of(bulk: BulkAct) -> list[Application]:
    """Those on the list whom its author still may see."""
    rows = Application.objects.visible_to(bulk.by).filter(pk__in=bulk.rows.order_by().values("application"))
    return list(rows.with_people().order_by("student__full_name", "pk"))


def mark_of(bulk: BulkAct) -> str:
    """A fingerprint of the list as it is stored."""
    rows = bulk.rows.order_by("application_id").values_list("application_id", "refusal")
    return edit_lock.fingerprint(bulk, ("kind",), *rows)


def mark_of_warnings(bulk: BulkAct, lines: Iterable[str], previews: Sequence[Draft] = ()) -> str:
    """A fingerprint of what was said beforehand, and of each message, also of those that no page has shown."""
    return edit_lock.fingerprint(bulk, ("kind",), *lines, *bulk_acts.marks_of(previews))


@transaction.atomic
def look(bulk: BulkAct, *, said: Mapping[str, Any], seen: str) -> Difference:
    """What there is to read before it's confirmed, again: for another page of the messages. A list that has changed is
    stored. RuleViolation: not_allowed, changed_meanwhile."""
    locked = _locked(bulk)
    if locked.confirmed_at is not None:
        return Difference()
    act = _allowed(locked)
    edit_lock.check(seen, mark_of(locked))
    return _looked_at(locked, act, said).difference


@transaction.atomic
def confirm(bulk: BulkAct, *, said: Mapping[str, Any], seen: str, warned: str = "") -> Difference:
    """Have it done. If the list has changed, store the new one, do nothing, and say who differs.

    `warned`: `mark_of_warnings` of what the page said; if there's more to say now, nothing is done either.
    A second call changes nothing. RuleViolation: not_allowed, changed_meanwhile, nobody.
    """
    locked = _locked(bulk)
    nothing = Difference()
    if locked.confirmed_at is not None:  # a double tap
        return nothing
    act = _allowed(locked)
    edit_lock.check(seen, mark_of(locked))
    now = _looked_at(locked, act, said)
    lines, previews = now.difference.warnings, now.difference.previews
    if now.is_other or ((lines or previews) and not (warned and warned == mark_of_warnings(locked, lines, previews))):
        return now.difference
    if now.is_nobody:
        raise RuleViolation("nobody", _("None of these students can be changed this way. Nothing was done."))
    locked.confirmed_at, locked.said = timezone.now(), dict(said)
    locked.save(update_fields=["confirmed_at", "said"])
    locked.rows.exclude(refusal="").update(outcome=Outcome.LEFT_OUT, why=F("refusal"), why_es=F("refusal_es"))
    audit.record("bulk_act.confirm", locked, by=locked.by, changes={"kind": locked.kind, "count": now.count})
    dispatch.send_after_commit("applications.do_bulk_acts")  # beat does it if this is lost
    return nothing


@transaction.atomic
def undo(bulk: BulkAct) -> None:
    """Have it undone for everyone who hasn't gone on since. A second call changes nothing.

    RuleViolation: not_allowed, not_done.
    """
    locked = _locked(bulk)
    if locked.undo_at is not None:
        return
    _allowed(locked)
    if locked.done_at is None:
        raise RuleViolation("not_done", _("It isn’t done yet. Wait until it is, then undo it."))
    locked.undo_at = timezone.now()
    locked.save(update_fields=["undo_at"])
    audit.record("bulk_act.undo", locked, by=locked.by, changes={"kind": locked.kind})
    dispatch.send_after_commit("applications.do_bulk_acts")


@transaction.atomic
def discard(bulk: BulkAct) -> None:
    """Of a draft. A second call changes nothing."""
    BulkAct.objects.filter(pk=bulk.pk, confirmed_at=None).delete()


def forget() -> int:
    """Delete the lists of acts that were begun so long ago: no undo makes sense by then. Returns how many.

    A list stays that a message may still be waiting for.
    """
    waiting = GroupMessage.objects.filter(finished_at=None, called_off_at=None)
    old = BulkAct.objects.filter(Q(confirmed_at=None) | Q(done_at__isnull=False), begun_at__lt=timezone.now() - KEPT)
    keys = list(old.exclude(kind=bulk_acts.MESSAGE, by__in=waiting.values("author")).values_list("pk", flat=True))
    BulkAct.objects.filter(pk__in=keys).delete()
    return len(keys)


# --- In the worker ----------------------------------------------------------------------------------


def do_all() -> int:
    """Do and undo what waits. Returns with how many students. Safe to run twice, and at once."""
    to_do = BulkAct.objects.filter(confirmed_at__isnull=False, done_at=None)
    to_undo = BulkAct.objects.filter(undo_at__isnull=False, undone_at=None)
    count = 0
    for bulk in [*to_do.select_related("by"), *to_undo.select_related("by")]:
        with override(bulk.by.language):
            count += _work(bulk)
    return count


def _work(bulk: BulkAct) -> int:
    is_undo = bulk.undo_at is not None
    each = _undo_one if is_undo else _do_one
    waiting = bulk.rows.filter(outcome=Outcome.DONE if is_undo else "").order_by("pk").values_list("pk", flat=True)
    count = sum(each(bulk, pk) for pk in list(waiting))
    now = timezone.now()
    if is_undo:
        BulkAct.objects.filter(pk=bulk.pk, undone_at=None).update(undone_at=now)
    else:
        BulkAct.objects.filter(pk=bulk.pk, done_at=None).update(done_at=now, said={})
    return count


def _do_one(bulk: BulkAct, pk: int) -> bool:
    return _one(bulk, pk, waits="", ends=Outcome.DONE, fails=Outcome.LEFT_OUT)


def _undo_one(bulk: BulkAct, pk: int) -> bool:
    return _one(bulk, pk, waits=Outcome.DONE, ends=Outcome.UNDONE, fails=Outcome.STAYS)


@transaction.atomic
def _one(bulk: BulkAct, pk: int, *, waits: str, ends: str, fails: str) -> bool:
    rows = BulkRow.objects.select_for_update(of=("self",)).filter(pk=pk, outcome=waits)
    row = rows.first()
    if row is None:  # another worker has it
        return False
    why: dict[str, str] = {}
    try:
        try:
            row.kept = _act_on(bulk, row, ends)
        except RuleViolation as violation:
            why = _why_in_each(bulk, row, ends, violation)
    except Exception:  # the others are still done; tried again each minute, this one would stop them for good
        logger.exception("%s failed for application %s", bulk, row.application_id)
        why = in_each(WENT_WRONG, WHY_MAX)
    row.outcome = fails if why else ends
    row.why, row.why_es = why.get(Language.ENGLISH, ""), why.get(Language.SPANISH, "")
    row.save(update_fields=["outcome", "why", "why_es", "kept"])
    return row.outcome == ends


@transaction.atomic
def _act_on(bulk: BulkAct, row: BulkRow, ends: str) -> dict[str, Any]:
    """Do it to this student, or undo it, and return what an undo needs. Whatever stops it leaves nothing behind."""
    act = _allowed(bulk)
    seen = Application.objects.visible_to(bulk.by).exclude(student=bulk.by).with_people()
    application = seen.filter(pk=row.application_id).first()
    if application is None:
        raise RuleViolation("not_allowed", _("You may no longer see this student."))
    if ends == Outcome.UNDONE:
        act.undo(application, row.kept, bulk.by)
        return dict(row.kept)
    return act.do(application, bulk.said, bulk.by)


def _why_in_each(bulk: BulkAct, row: BulkRow, ends: str, violation: RuleViolation) -> dict[str, str]:
    """An action says what stops it in the language of the moment. So it's tried in the other one, too, and taken back
    whatever comes of it: nothing can have changed meanwhile but the language."""
    said = {(get_language() or Language.ENGLISH)[:2]: str(violation.message)[:WHY_MAX]}
    for language in Language.values:
        if language in said:
            continue
        with override(language):
            try:
                with transaction.atomic():
                    _act_on(bulk, row, ends)
                    transaction.set_rollback(True)
            except RuleViolation as same:
                said[language] = str(same.message)[:WHY_MAX]
    return said


# --- The list ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Now:
    """`is_other`: than the list that was shown. `is_nobody`: it can't be done to any of the `count`."""

    difference: Difference
    is_other: bool
    is_nobody: bool
    count: int


def _looked_at(bulk: BulkAct, act: Act, said: Mapping[str, Any]) -> _Now:
    """The list as it is now; stored, if it's another than the one that was shown."""
    found = applications_of(bulk)
    refusals = _refusals(act, found, said, bulk.by)
    difference = _difference(bulk, found, refusals)
    lines, previews = _warnings(act, found, refusals, said, bulk.by), _previews(act, found, refusals, said, bulk.by)
    if difference or _is_worded_anew(bulk, refusals):
        _store(bulk, found, refusals)
    to_read = replace(difference, warnings=lines, previews=previews)
    return _Now(to_read, bool(difference), len(refusals) == len(found), len(found))


def _store(bulk: BulkAct, found: list[Application], refusals: Mapping[int, Words]) -> None:
    bulk.rows.all().delete()
    rows = []
    for each in found:
        row = BulkRow(act=bulk, application=each)
        if each.pk in refusals:
            said = in_each(refusals[each.pk], WHY_MAX)
            row.refusal, row.refusal_es = said[Language.ENGLISH], said[Language.SPANISH]
        rows.append(row)
    BulkRow.objects.bulk_create(rows, batch_size=500)


def _is_worded_anew(bulk: BulkAct, refusals: Mapping[int, Words]) -> bool:
    """Whether somebody is left out for another reason than the list showed."""
    shown = dict(bulk.rows.exclude(refusal="").values_list("application_id", "refusal"))
    return shown != {pk: in_each(text, WHY_MAX)[Language.ENGLISH] for pk, text in refusals.items()}


def _refusals(act: Act, found: list[Application], said: Mapping[str, Any], by: User) -> dict[int, Words]:
    of_form = act.refusals_for(found, said, by) if act.refusals_for else {}
    return {**of_form, **act.refusals(found, by)}


def _warnings(
    act: Act, found: list[Application], refusals: Mapping[int, Words], said: Mapping[str, Any], by: User
) -> list[str]:
    return list(act.warnings([each for each in found if each.pk not in refusals], said, by)) if act.warnings else []


def _previews(
    act: Act, found: list[Application], refusals: Mapping[int, Words], said: Mapping[str, Any], by: User
) -> list[Draft]:
    if act.previews is None:
        return []
    return bulk_acts.addressed(act.previews([row for row in found if row.pk not in refusals], said, by))


def _difference(bulk: BulkAct, found: list[Application], refusals: Mapping[int, Words]) -> Difference:
    seen = dict(bulk.rows.order_by().values_list("application_id", "refusal"))
    now = {each.pk: each for each in found}
    return Difference(
        gone=len(seen.keys() - now.keys()),
        can=[each for pk, each in now.items() if seen[pk] and pk not in refusals],
        refused=[each for pk, each in now.items() if not seen[pk] and pk in refusals],
    )


def _allowed(bulk: BulkAct) -> Act:
    act = bulk_acts.act_of(bulk.kind)
    if act is None or not act.allowed(bulk.by):
        raise RuleViolation("not_allowed", _("Your role no longer includes this."))
    return act


def _locked(bulk: BulkAct) -> BulkAct:
    return BulkAct.objects.select_for_update(of=("self",)).select_related("by").get(pk=bulk.pk)
