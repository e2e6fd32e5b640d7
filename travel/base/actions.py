"""Generic actions for rows that the office edits: added once however often sent, changed only under an edit lock."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import ProtectedError

from applications.base import edit_lock
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User


@transaction.atomic
def add[Row: models.Model](model: type[Row], values: Mapping[str, Any], *, under: models.Model | None, by: User) -> Row:
    """Add a row; the same values a second time return the row that exists.

    `under`: the row it belongs to, which is locked, so that a double tap waits. RuleViolation: not_possible.
    """
    if under is not None:
        lock(under)
    if same := model._default_manager.filter(**values).first():
        return same
    row = model(**values)
    check(row)
    row.save()
    audit.record(f"{model._meta.model_name}.add", row, by=by)
    return row


@transaction.atomic
def change[Row: models.Model](row: Row, values: Mapping[str, Any], *, seen: str, by: User) -> Row:
    """Change the row to these values. RuleViolation: changed_meanwhile, not_possible."""
    row = lock(row)
    if changed := differing(row, values):
        edit_lock.check(seen, fingerprint(row, values))
        for name in changed:
            setattr(row, name, values[name])
        check(row)
        row.save(update_fields=changed)
        audit.record(f"{row._meta.model_name}.change", row, by=by, changes={"fields": sorted(changed)})
    return row


@transaction.atomic
def remove(row: models.Model, *, by: User) -> None:
    """Delete a row for good; the audit log keeps only its name. Does nothing if it's gone already."""
    there = type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
    if there is None:
        return
    changes = {"key": list(there.natural_key())} if hasattr(there, "natural_key") else {}
    audit.record(f"{row._meta.model_name}.remove", there, by=by, changes=changes)
    there.delete()


@transaction.atomic
def remove_unused(row: models.Model, text: str, *, by: User) -> None:
    """Like `remove`. RuleViolation("in_use", text) if other rows need this one."""
    try:
        with transaction.atomic():
            remove(row, by=by)
    except ProtectedError:
        raise RuleViolation("in_use", text) from None


def lock[Row: models.Model](row: Row) -> Row:
    return type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)


def differing(row: models.Model, values: Mapping[str, Any]) -> list[str]:
    return [name for name, value in values.items() if getattr(row, name) != value]


def fingerprint(row: models.Model, names: Iterable[str]) -> str:
    """Fingerprint of what a page showed of the row, to compare when the form comes back (edit lock)."""
    return edit_lock.fingerprint(row, sorted(names))


def check_shown(row: models.Model, names: Iterable[str], seen: str) -> None:
    """For a button: RuleViolation("changed_meanwhile") if the row isn't as the page with the button showed it.

    `seen`: that page's fingerprint of these columns. If it's empty, nothing is checked.
    """
    edit_lock.check_button(seen, fingerprint(row, names))


def check(row: models.Model) -> None:
    """RuleViolation("not_possible") with the words of the constraints that this row would break."""
    try:
        row.validate_unique()
        row.validate_constraints()
    except ValidationError as error:
        raise RuleViolation("not_possible", " ".join(error.messages)) from error
