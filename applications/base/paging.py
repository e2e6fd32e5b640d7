"""Long lists in two halves, each of which an index already holds in order. For `Paginator`.

Ordering both at once ("nulls last", "done last") would make the database sort every row for each page.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet


class Halves:
    """`first`, then `second`. `dress` adds joins and annotations to the page's rows only, not to those skipped.

    `count` of both, `first_count` of the first: where they are known, nothing is counted.
    """

    def __init__(
        self,
        first: QuerySet[Any],
        second: QuerySet[Any],
        *,
        dress: Callable[[QuerySet[Any]], QuerySet[Any]],
        count: int | None = None,
        first_count: int | None = None,
    ):
        self.first, self.second, self.dress = first, second, dress
        self._count, self._first_count = count, first_count

    def count(self) -> int:
        if self._count is None:
            self._count = self.first.order_by().count() + self.second.order_by().count()
        return self._count

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Any]:
        is_past = self._first_count is not None and part.start >= self._first_count
        keys = [] if is_past else list(self.first.values_list("pk", flat=True)[part])
        missing = part.stop - part.start - len(keys)
        if missing:
            skipped = 0 if keys else max(0, part.start - self._counted())
            keys += self.second.values_list("pk", flat=True)[skipped : skipped + missing]
        rows = {row.pk: row for row in self.dress(self.first.model._default_manager.filter(pk__in=keys).order_by())}
        return [rows[key] for key in keys if key in rows]

    def _counted(self) -> int:
        return self.first.order_by().count() if self._first_count is None else self._first_count
