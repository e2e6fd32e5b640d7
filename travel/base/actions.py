"""Writing the plain rows that the office keeps: added once however often it is sent, changed only as it was seen."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from applications.base import edit_lock
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User


@transaction.atomic
def add[Row: models.Model](model: type[Row], values: Mapping[str, Any], *, under: models.Model | None, by: User) -> Row:
    """A new row; the same values a second time give the row that is there.

    `under`: the row that it belongs to; it is locked, so that a double tap waits. RuleViolation: not_possible.
    """
    if under is not None:
        lock(under)
    if same := model._default_manager.filter(**values).first():
        return same
    row = model(**values)
    _check(row)
    row.save()
    audit.record(f"{model._meta.model_name}.add", row, by=by)
    return row


@transaction.atomic
def change[Row: models.Model](row: Row, values: Mapping[str, Any], *, seen: str, by: User) -> Row:
    """The row with these values. RuleViolation: changed_meanwhile, not_possible."""
    row = lock(row)
    if changed := differing(row, values):
        edit_lock.check(seen, stamp(row, values))
        for name in changed:
            setattr(row, name, values[name])
        _check(row)
        row.save(update_fields=changed)
        audit.record(f"{row._meta.model_name}.change", row, by=by, changes={"fields": sorted(changed)})
    return row


@transaction.atomic
def remove(row: models.Model, *, by: User) -> None:
    """For good; what it was, is on record by its name alone. A second call finds nothing."""
    there = type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
    if there is None:
        return
    audit.record(f"{row._meta.model_name}.remove", there, by=by)
    there.delete()


def lock[Row: models.Model](row: Row) -> Row:
    return type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)


def differing(row: models.Model, values: Mapping[str, Any]) -> list[str]:
    return [name for name, value in values.items() if getattr(row, name) != value]


def stamp(row: models.Model, names: Iterable[str]) -> str:
    """What a page showed of the row, to be compared when it comes back."""
    return edit_lock.fingerprint(row, sorted(names))


def _check(row: models.Model) -> None:
    try:
        row.validate_unique()
        row.validate_constraints()
    except ValidationError as error:
        raise RuleViolation("not_possible", " ".join(error.messages)) from error
