"""Finds dated rows that are due to be checked again, in every model of every app. Reads only.

A model may define `current()` on its manager, to leave out superseded rows, and `correction_href()` on the row: the
address of the page on which the office corrects it. Without the latter, the link leads to the admin.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from exchange.models import DatedReference


@dataclass(frozen=True, slots=True)
class Overdue:
    """One row past its review date. `href`: where to correct it, "" if this person may not."""

    what: str
    review_on: date
    as_of: date
    source_name: str
    source_url: str
    href: str


def overdue_rows(today: date) -> Iterator[QuerySet[Any]]:
    """The overdue rows of each model, unordered, to be counted or listed."""
    for model in apps.get_models():
        if issubclass(model, DatedReference):
            rows: Any = model._default_manager.all()
            rows = rows.current() if hasattr(rows, "current") else rows
            yield rows.filter(review_on__lt=today)


def overdue(*, may_open_admin: bool, today: date | None = None) -> list[Overdue]:
    """Overdue rows of all models, the longest overdue first."""
    today = today or timezone.localdate()
    found = [
        Overdue(
            what=str(getattr(row, "label", "") or getattr(row, "title", "") or row),
            review_on=row.review_on,
            as_of=row.as_of,
            source_name=row.source_name,
            source_url=row.source_url,
            href=_correction(row, may_open_admin=may_open_admin),
        )
        for rows in overdue_rows(today)
        for row in _with_city(rows)
    ]
    return sorted(found, key=lambda row: (row.review_on, row.what))


def _with_city(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Joins the city where there is one, so that naming it needs no further query."""
    names = {field.name for field in rows.model._meta.get_fields()}
    return rows.select_related("city") if "city" in names else rows


def _correction(row: DatedReference, *, may_open_admin: bool) -> str:
    if hasattr(row, "correction_href"):
        href: str = row.correction_href()
        return href
    meta = row._meta
    if may_open_admin and admin.site.is_registered(type(row)):
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return ""
