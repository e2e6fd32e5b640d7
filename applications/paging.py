"""Long lists in two halves, each of which an index already holds in order. For `Paginator`.

Ordering both at once ("nulls last", "done last") would make the database sort every row for each page.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet


class Halves:
    """`first`, then `second`. `dress` adds joins and annotations to the page's rows only, not to those skipped."""

    def __init__(
        self,
        first: QuerySet[Any],
        second: QuerySet[Any],
        *,
        dress: Callable[[QuerySet[Any]], QuerySet[Any]],
        count: int | None = None,
    ):
        self.first, self.second, self.dress, self._count = first, second, dress, count

    def count(self) -> int:
        if self._count is None:
            self._count = self.first.order_by().count() + self.second.order_by().count()
        return self._count

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Any]:
        keys = list(self.first.values_list("pk", flat=True)[part])
        missing = part.stop - part.start - len(keys)
        if missing:
            skipped = 0 if keys else max(0, part.start - self.first.order_by().count())
            keys += self.second.values_list("pk", flat=True)[skipped : skipped + missing]
        rows = {row.pk: row for row in self.dress(self.first.model._default_manager.filter(pk__in=keys).order_by())}
        return [rows[key] for key in keys if key in rows]
