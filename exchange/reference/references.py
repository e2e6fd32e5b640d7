"""Finds dated rows that are due to be checked again, in every model of every app. Reads only.

A model may define `current()` on its manager, to leave out superseded rows, and `correction_href()` on the row: the
address of the page on which the office corrects it; an app may register that of a model it builds on. Without
either, the link leads to the admin.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from exchange.models import DatedReference

_pages: dict[type[DatedReference], Callable[[Any], str]] = {}


def register_page(model: type[DatedReference], href: Callable[[Any], str]) -> None:
    """`href(row)`: the address of the page on which the office corrects a row of this model."""
    _pages[model] = href


@dataclass(frozen=True, slots=True)
class ToCheck:
    """One row that somebody has to check. `href`: where to correct it, "" if this person may not."""

    what: str
    review_on: date
    as_of: date
    source_name: str
    source_url: str
    href: str


def overdue_rows(today: date) -> Iterator[QuerySet[Any]]:
    """The overdue rows of each model, unordered, to be counted or listed."""
    return (rows.filter(review_on__lt=today) for rows in _current_rows())


def _current_rows() -> Iterator[QuerySet[Any]]:
    for model in apps.get_models():
        if issubclass(model, DatedReference):
            rows: Any = model._default_manager.all()
            yield rows.current() if hasattr(rows, "current") else rows


def to_check(*, may_open_admin: bool, today: date | None = None) -> tuple[list[ToCheck], list[ToCheck]]:
    """Rows of all models past their review date, and the other ones that no one has confirmed. One query a model."""
    today = today or timezone.localdate()
    late: list[ToCheck] = []
    unconfirmed: list[ToCheck] = []
    for rows in _current_rows():
        for row in _with_city(rows.filter(Q(review_on__lt=today) | Q(is_confirmed=False))):
            found = ToCheck(
                what=_name(row),
                review_on=row.review_on,
                as_of=row.as_of,
                source_name=row.source_name,
                source_url=row.source_url,
                href=_correction(row, may_open_admin=may_open_admin),
            )
            (late if row.review_on < today else unconfirmed).append(found)
    for each in (late, unconfirmed):
        each.sort(key=lambda row: (row.review_on, row.what))
    return late, unconfirmed


def overdue(*, may_open_admin: bool, today: date | None = None) -> list[ToCheck]:
    """Rows of all models past their review date, the longest overdue first."""
    return to_check(may_open_admin=may_open_admin, today=today)[0]


def _name(row: Any) -> str:
    """With the city in front: "Ambulance" alone could be anywhere."""
    name = str(getattr(row, "label", "") or getattr(row, "title", "") or row)
    city = str(getattr(row, "city", None) or "")
    return f"{city}: {name}" if city and not name.startswith(city) else name


def _with_city(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Joins the city where there is one, so that naming it needs no further query."""
    names = {field.name for field in rows.model._meta.get_fields()}
    return rows.select_related("city") if "city" in names else rows


def _correction(row: DatedReference, *, may_open_admin: bool) -> str:
    if page := _pages.get(type(row)):
        return page(row)
    if hasattr(row, "correction_href"):
        href: str = row.correction_href()
        return href
    meta = row._meta
    if may_open_admin and admin.site.is_registered(type(row)):
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return ""
