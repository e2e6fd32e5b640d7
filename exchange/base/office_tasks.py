"""Tasks of the office: opened by an action, assigned, done, undone, dropped when the decision behind them is.

    office_tasks.open(f"withdrawal:{code}:ticket", "travel.ticket", due_on=..., about=key_of(trip), path=..., by=by)

opens one task however often it is called, in the caller's transaction. The words of a kind are registered once, in the
app's `ready`, and put together when a page shows them, so that each reader gets their own language.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.models import OfficeTask, User

NOTE_MAX = 500


@dataclass(frozen=True, slots=True)
class TaskWords:
    """`title` and `text` may hold %(person)s and the names of the task's params."""

    title: Promise | str
    text: Promise | str = ""


_words: dict[str, TaskWords] = {}


def register(kind: str, title: Promise | str, text: Promise | str = "") -> None:
    """Say what tasks of this kind are called, and what to do. `kind`: "<app>.<name>"."""
    _words[kind] = TaskWords(title, text)


def kinds() -> Mapping[str, TaskWords]:
    return dict(_words)


def words_of(task: OfficeTask) -> TaskWords:
    """Its title and text in the active language. A kind that no code registers any longer is called by its name.

    A param that holds {"en": ..., "es": ...} is read in the active language; the person's name needs `person`.
    """
    words = _words.get(task.kind, TaskWords(task.kind.replace("%", "%%")))
    language = (get_language() or "en")[:2]
    values = {
        name: value.get(language) or value.get("en", "") if isinstance(value, dict) else value
        for name, value in task.params.items()
    }
    values["person"] = str(task.person) if task.person else ""
    return TaskWords(str(words.title) % values, str(words.text) % values)


def open(  # noqa: A001 -- read as office_tasks.open
    key: str,
    kind: str,
    *,
    due_on: date,
    about: str = "",
    path: str = "",
    person: User | None = None,
    params: Mapping[str, Any] | None = None,
    source: str = "",
    owner: User | None = None,
    by: User | None = None,
) -> OfficeTask:
    """Open a task, or return the one with this key, done or not. In the caller's transaction.

    `about`, `source`: `exchange.base.codes.key_of` of a row. `path`: where it is done. `owner`: None is the office.
    A day that has passed becomes today, because nobody can be late for what was just opened.
    """
    if kind not in _words:
        raise KeyError(f"no words are registered for tasks of the kind {kind}")
    values = {
        "kind": kind,
        "due_on": max(due_on, timezone.localdate()),
        "about": about,
        "path": path,
        "person": person,
        "params": dict(params or {}),
        "source": source,
        "owner": owner,
        "opened_by": by,
    }
    task, is_new = OfficeTask.objects.get_or_create(key=key, defaults=values)
    if is_new:
        audit.record("office_task.open", task, by=by, changes={"kind": kind})
    return task


@transaction.atomic
def assign(task: OfficeTask, owner: User | None, *, by: User) -> OfficeTask:
    """Give it to a coordinator, or back to the office with None. RuleViolation: closed, not_staff."""
    task = _locked(task)
    if not task.is_open:
        raise RuleViolation("closed", _("This task is already closed. Nothing was changed."))
    if owner is not None and not (owner.is_active and roles.is_coordinator(owner)):
        raise RuleViolation("not_staff", _("Choose someone from the office."))
    if task.owner_id != (owner.pk if owner else None):
        task.owner = owner
        task.save(update_fields=["owner"])
        audit.record("office_task.assign", task, by=by, changes={"owner": owner.pk if owner else None})
    return task


@transaction.atomic
def finish(task: OfficeTask, *, note: str = "", by: User) -> OfficeTask:
    """Done. A second call changes nothing. RuleViolation: closed, for a task that isn't needed any longer."""
    task = _locked(task)
    if task.dropped_at:
        raise RuleViolation("closed", _("This task isn’t needed now, because the decision changed."))
    if task.done_at is None:
        task.done_at, task.done_by, task.note = timezone.now(), by, note.strip()[:NOTE_MAX]
        task.save(update_fields=["done_at", "done_by", "note"])
        audit.record("office_task.finish", task, by=by)
    return task


@transaction.atomic
def undo(task: OfficeTask, *, by: User) -> OfficeTask:
    """Not done after all; its note stays. Safe to repeat."""
    task = _locked(task)
    if task.done_at is not None:
        task.done_at = task.done_by = None
        task.save(update_fields=["done_at", "done_by"])
        audit.record("office_task.undo", task, by=by)
    return task


def drop(source: str, *, by: User | None) -> int:
    """Close what this decision opened and nobody has done yet. In the caller's transaction. Returns how many."""
    return len(drop_all(OfficeTask.objects.filter(source=source), by=by))


def drop_all(tasks: QuerySet[OfficeTask], *, by: User | None) -> list[int]:
    """Close those of them that nobody has done yet. In the caller's transaction. Returns what `reopen` needs."""
    rows = list(tasks.filter(done_at=None, dropped_at=None).select_for_update(of=("self",)))
    found = [row.pk for row in rows]
    OfficeTask.objects.filter(pk__in=found).update(dropped_at=timezone.now())
    audit.record_many("office_task.drop", ((row, {}) for row in rows), by=by)
    return found


def reopen(dropped: Collection[int], *, by: User | None) -> None:
    """They're needed after all: the decision that dropped them (`drop_all`) is undone. In the caller's transaction."""
    rows = list(OfficeTask.objects.filter(pk__in=dropped, dropped_at__isnull=False).select_for_update(of=("self",)))
    OfficeTask.objects.filter(pk__in=[row.pk for row in rows]).update(dropped_at=None)
    audit.record_many("office_task.reopen", ((row, {}) for row in rows), by=by)


def _locked(task: OfficeTask) -> OfficeTask:
    return OfficeTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
