"""Years from before the portal are imported and undone; names of their travelers go after a time."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.figures import releases
from exchange.models import User
from travel.models import EarlierCount, EarlierImport, EarlierTraveler
from travel.models.earlier import code_of
from travel.outcomes import earlier
from travel.outcomes.population import Stage, stage_key

Kind = EarlierImport.Kind


@transaction.atomic
def import_file(text: str, kind: str, *, by: User) -> EarlierImport:
    """Import what `earlier.read_counts` or `read_people` reads of it; all of it or nothing.

    RuleViolation: wrong (see the problems), published.
    """
    list(User.objects.select_for_update(of=("self",)).filter(pk=by.pk))  # a second press waits, and finds the rows
    read = earlier.read_counts(text) if kind == Kind.COUNTS else earlier.read_people(text)
    if not read.can_be_saved:
        raise RuleViolation("wrong", _("Something in this file isn’t right. Nothing was imported."))
    _refuse_published({row.year for row in read.rows})
    file = EarlierImport.objects.create(kind=kind, imported_by=by)
    for row in read.rows:
        row.file = file
    rows: Any = read.rows
    (EarlierCount if kind == Kind.COUNTS else EarlierTraveler)._default_manager.bulk_create(rows, batch_size=500)
    audit.record("earlier.import", file, by=by, changes={"kind": str(kind), "rows": len(read.rows)})
    return file


@transaction.atomic
def undo(file: EarlierImport, *, by: User) -> None:
    """Delete what it brought. Safe to repeat. RuleViolation: published."""
    locked = EarlierImport.objects.select_for_update(of=("self",)).filter(pk=file.pk).first()
    if locked is None:
        return
    years = {*locked.counts.values_list("year", flat=True), *locked.travelers.values_list("year", flat=True)}
    _refuse_published(years)
    audit.record("earlier.undo", locked, by=by, changes={"years": sorted(years)})
    locked.delete()


def _refuse_published(years: Collection[int]) -> None:
    told = releases.told(*(code_of(year) for year in years)) if years else {}
    for year in sorted(years):
        if stage_key(code_of(year), Stage.TRAVELED) in told:
            text = _("The figures of %(year)s are published, and stay as they are. Nothing was changed.")
            raise RuleViolation("published", text % {"year": year})


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Take the names of travelers who were imported longer ago than this. They stay counted. Returns how many."""
    due = EarlierTraveler.objects.exclude(name="").filter(added_at__lt=timezone.now() - timedelta(days=days))
    return due.count() if dry_run else due.update(name="")
