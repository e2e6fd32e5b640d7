"""Counts the rows of several querysets in one query."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet, Value

type Kind = tuple[str, QuerySet[Any]]


def counted(kinds: Iterable[Kind]) -> Counter[str]:
    """Counts by name; those of a name that is given several times are added up. Rows may be of any model."""
    first, *others = [
        rows.order_by().values_list(Value(name)).annotate(rows_counted=Count("pk")) for name, rows in kinds
    ]
    found: Counter[str] = Counter()
    for name, number in first.union(*others, all=True).order_by():
        found[name] += number
    return found
