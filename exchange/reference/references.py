"""Finds dated rows that are due to be checked again, in every model of every app. Reads only.

A model may define `current()` on its manager, to leave out superseded rows, and `correction_href()` on the row: the
address of the page on which the office corrects it; an app may register that of a model it builds on.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils import timezone

from exchange.models import DatedReference

_pages: dict[type[DatedReference], Callable[[Any], str]] = {}


def register_page(model: type[DatedReference], href: Callable[[Any], str]) -> None:
    """`href(row)`: the address of the page on which the office corrects a row of this model."""
    _pages[model] = href


@dataclass(frozen=True, slots=True)
class ToCheck:
    """One row that somebody has to check. `href`: where the office corrects it."""

    what: str
    review_on: date
    as_of: date
    source_name: str
    source_url: str
    href: str


def rows_to_check(
    *, today: date | None = None, models: Collection[type[DatedReference]] = ()
) -> Iterator[QuerySet[Any]]:
    """The rows of these models, or of all, that somebody has to look at: late, or confirmed by no one. Unordered."""
    wanted = Q(review_on__lt=today or timezone.localdate()) | Q(is_confirmed=False)
    return (rows.filter(wanted) for rows in _current_rows(models))


def how_many(*, today: date | None = None, models: Collection[type[DatedReference]] = ()) -> int:
    """How many `rows_to_check` there are. One query."""
    first, *others = (rows.order_by().values_list("pk") for rows in rows_to_check(today=today, models=models))
    return first.union(*others, all=True).count()


def _current_rows(models: Collection[type[DatedReference]] = ()) -> Iterator[QuerySet[Any]]:
    for model in apps.get_models():
        if issubclass(model, DatedReference) and (not models or model in models):
            rows: Any = model._default_manager.all()
            yield rows.current() if hasattr(rows, "current") else rows


def to_check(
    *, today: date | None = None, models: Collection[type[DatedReference]] = ()
) -> tuple[list[ToCheck], list[ToCheck]]:
    """Rows of these models, or of all, past their review date, and the other ones that no one has confirmed.

    One query a model.
    """
    today = today or timezone.localdate()
    late: list[ToCheck] = []
    unconfirmed: list[ToCheck] = []
    for rows in _current_rows(models):
        for row in _with_city(rows.filter(Q(review_on__lt=today) | Q(is_confirmed=False))):
            found = ToCheck(
                what=_name(row),
                review_on=row.review_on,
                as_of=row.as_of,
                source_name=row.source_name,
                source_url=row.source_url,
                href=_correction(row),
            )
            (late if row.review_on < today else unconfirmed).append(found)
    for each in (late, unconfirmed):
        each.sort(key=lambda row: (row.review_on, row.what))
    return late, unconfirmed


def overdue(*, today: date | None = None) -> list[ToCheck]:
    """Rows of all models past their review date, the longest overdue first."""
    return to_check(today=today)[0]


def _name(row: Any) -> str:
    """With the city in front: "Ambulance" alone could be anywhere."""
    name = str(getattr(row, "label", "") or getattr(row, "title", "") or row)
    city = str(getattr(row, "city", None) or "")
    return f"{city}: {name}" if city and not name.startswith(city) else name


def _with_city(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Joins the city where there is one, so that naming it needs no further query."""
    names = {field.name for field in rows.model._meta.get_fields()}
    return rows.select_related("city") if "city" in names else rows


def _correction(row: DatedReference) -> str:
    if page := _pages.get(type(row)):
        return page(row)
    href: str = row.correction_href() if hasattr(row, "correction_href") else ""
    return href
