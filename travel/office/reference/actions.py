"""What the office does with one dated row: finds it right, changes it, undoes that, goes back to the files' words.

Each act is an event with what was and what is, so that the page of the row can tell its history and undo the last one.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from applications.base import edit_lock
from exchange.base import audit
from exchange.base.codes import new_code
from exchange.base.errors import RuleViolation
from exchange.models import Event, Fact, User
from exchange.reference import facts
from travel.base import actions as rows
from travel.models import EntryRule
from travel.office.reference import files as reference_files
from travel.office.reference import loading as reference
from travel.office.reference import shipped
from travel.office.reference.kinds import Kind
from travel.passport.case.replan import replan_later

ADD, CHANGE, REMOVE = "add", "change", "remove"
STILL_RIGHT, UNDO, BACK, RESTORE = "reference.still_right", "reference.undo", "reference.back", "reference.restore"
KEY_MAX = 60


def seen_of(kind: Kind, row: Any) -> str:
    """Fingerprint of everything the page of a row shows."""
    return edit_lock.fingerprint(row, sorted(columns(kind)))


def columns(kind: Kind) -> list[str]:
    return [field.name for field in kind.model._meta.concrete_fields if field.name not in ("id", "superseded_by")]


@transaction.atomic
def still_right(kind: Kind, row: Any, *, seen: str, by: User) -> Any:
    """Somebody compared the row with its source today, and it holds. Twice on a day is the same as once.

    RuleViolation: changed_meanwhile.
    """
    row = _locked(row)
    today = timezone.localdate()
    if row.as_of == today and row.is_confirmed and row.review_on > today:
        return row
    edit_lock.check(seen or "nothing", seen_of(kind, row))
    ahead = today + timedelta(days=int(facts.number(kind.review_fact)))
    values = {"as_of": today, "review_on": ahead, "is_confirmed": True, "checked_by": _name(by)}
    return _write(kind, row, values, STILL_RIGHT, by=by)


@transaction.atomic
def change(kind: Kind, row: Any, values: Mapping[str, Any], *, seen: str, by: User) -> Any:
    """Write what the office typed. Another value of a fact is a new version, and the old one stays as history.

    RuleViolation: changed_meanwhile, not_possible.
    """
    row = _locked(row)
    values = dict(values)
    if values.get("is_confirmed"):
        values["checked_by"] = _name(by)
    if not rows.differing(row, {name: value for name, value in values.items() if name != "checked_by"}):
        return row
    shown = [name for name in values if name not in ("is_confirmed", "checked_by")]
    edit_lock.check(seen or "nothing", rows.fingerprint(row, shown))
    return _write(kind, row, values, f"{row._meta.model_name}.{CHANGE}", by=by)


@transaction.atomic
def undo(kind: Kind, row: Any, *, event: int, by: User) -> Any:
    """Undo the last act of a person on this row: `event`, which the page showed. RuleViolation: changed_meanwhile."""
    row = _locked(row)
    last = last_act(row)
    if last is None or last.pk != event:
        raise RuleViolation(
            "changed_meanwhile",
            _("Something else has been changed here since. Nothing was undone. Look at the history."),
        )
    fields = {name: row._meta.get_field(name) for name in last.changes["before"]}
    return _write(
        kind, row, {name: fields[name].to_python(last.changes["before"][name]) for name in fields}, UNDO, by=by
    )


@transaction.atomic
def back(kind: Kind, row: Any, *, seen: str, by: User) -> Any:
    """What the reference files say replaces what the office wrote, and updates apply again.

    RuleViolation: changed_meanwhile, no_default.
    """
    row = _locked(row)
    edit_lock.check(seen or "nothing", seen_of(kind, row))
    files = kind.shipped().get(kind.address(row))
    if files is None:
        raise RuleViolation("no_default", _("Your office added this, so there’s no default to go back to."))
    return _write(kind, row, reference_files.wanted(row, files[1]), BACK, by=by)


@transaction.atomic
def add(kind: Kind, values: Mapping[str, Any], *, by: User) -> Any:
    """A row of the office's own. RuleViolation: not_possible, such as a second rule for one city."""
    values = dict(values)
    if "key" not in values and any(field.name == "key" for field in kind.model._meta.concrete_fields):
        values["key"] = f"{slugify(values['title_en'])[: KEY_MAX - 9]}-{new_code().lower()}"
    if values.get("is_confirmed"):
        values["checked_by"] = _name(by)
    row = kind.model(**values)
    rows.check(row)
    row.save()
    audit.record(f"{row._meta.model_name}.{ADD}", row, by=by)
    _follow(row, set(values), by=by)
    return row


@transaction.atomic
def remove(kind: Kind, row: Any, *, seen: str, by: User) -> None:
    """Delete the row for good; updates don't bring it back. RuleViolation: changed_meanwhile, in_use."""
    row = _locked(row)
    edit_lock.check(seen or "nothing", seen_of(kind, row))
    _follow(row, reference.PLANNED_WITH, by=by)
    text = _("This can’t be removed, because the portal uses it, or it has a history.")
    if isinstance(row, Fact) and kind.address(row) in kind.shipped():
        raise RuleViolation("in_use", text)
    rows.remove_unused(row, text, by=by)
    if isinstance(row, Fact):
        facts.changed(row.key, by=by)


@transaction.atomic
def restore(kind: Kind, address: str, *, by: User) -> Any:
    """Add a row as the files have it: one that the office removed, or a country's rule for a new city.

    Safe to repeat. RuleViolation: no_default.
    """
    if there := kind.find(address):
        return there
    files = kind.shipped().get(address)
    if files is None:
        raise RuleViolation("no_default", _("The portal has no such row to put back."))
    row = kind.model(**files[0], **files[1])
    row.clean_fields()
    row.save()
    shipped.take(row, *files)
    audit.record(RESTORE, row, by=by)
    _follow(row, {*files[0], *files[1]}, by=by)
    return row


def last_act(row: Any) -> Event | None:
    """The newest event of a person that can be undone; None if the row's newest event isn't one."""
    events = Event.objects.filter(target_model=row._meta.label_lower, target_id=row.pk)
    last = events.order_by("-pk").first()
    return last if last and last.by_id and last.changes.get("before") and last.action != UNDO else None


def _locked(row: Any) -> Any:
    """The row, or the version of a fact that replaced it meanwhile."""
    row = rows.lock(row)
    return rows.lock(Fact.objects.current().get(key=row.key)) if getattr(row, "superseded_by_id", None) else row


def _write(kind: Kind, row: Any, values: dict[str, Any], act: str, *, by: User) -> Any:
    """Write the values in place, or as a new version of a fact, with the event that tells what was."""
    changed = {name: values[name] for name in rows.differing(row, values)}
    changes = reference.before_and_after(row, changed)
    if isinstance(row, Fact) and "value" in changed:
        row = reference.supersede(row, by=by, **changed)
    else:
        for name, value in changed.items():
            setattr(row, name, value)
        rows.check(row)
        row.save(update_fields=list(changed))
    audit.record(act, row, by=by, changes=changes | {"fields": sorted(changed)})
    files = kind.shipped().get(kind.address(row))
    if files and shipped.says_the_same(row, files[1]):
        shipped.take(row, *files)
    _follow(row, set(changed), by=by)
    return row


def _follow(row: Any, changed: set[str] | frozenset[str], *, by: User) -> None:
    if isinstance(row, Fact) and "key" in changed:  # new: a change of value tells this itself
        facts.changed(row.key, by=by)
    if isinstance(row, EntryRule) and reference.PLANNED_WITH & changed:
        replan_later(by=by)


def _name(by: User) -> str:
    return str(by)[:100]
