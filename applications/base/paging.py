"""Long lists for `Paginator` whose pages cost the same however long they are.

The database first finds the keys of one page, along an index, and reads nothing else of the rows before it.
"""

from array import array
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from django.db.models import QuerySet, Value, Window
from django.db.models.functions import RowNumber

AT_ONCE = 2000  # keys: more than a search by name finds, few enough to be read with the page


def _few(*parts: QuerySet[Any]) -> list[Any] | None:
    """The keys of the parts, one after the other, each in its order; None if they aren't few. One query."""
    if parts[1:]:
        in_order = [
            part.order_by()
            .annotate(part=Value(number), place=Window(RowNumber(), order_by=_order(part)))
            .values_list("part", "place", "pk")
            for number, part in enumerate(parts)
        ]
        found = in_order[0].union(*in_order[1:], all=True).order_by("part", "place")
        keys = [key for _part, _place, key in found[: AT_ONCE + 1]]
    else:
        keys = list(parts[0].values_list("pk", flat=True)[: AT_ONCE + 1])
    return keys if len(keys) <= AT_ONCE else None


def _order(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.query.order_by)


class KeysFirst:
    """The rows of `found`, in its order. `dress` adds joins and annotations, to the page's rows only.

    `is_search`: few are expected. Their keys are read at once, which also counts them: asked for one page alone, the
    database may walk all rows in their order until it meets enough of those few. `count`: of all, if it is known.
    """

    def __init__(
        self,
        found: QuerySet[Any],
        *,
        dress: Callable[[QuerySet[Any]], QuerySet[Any]],
        is_search: bool = False,
        count: int | None = None,
    ) -> None:
        self.found, self.dress, self.is_search, self._count = found, dress, is_search, count

    @cached_property
    def _all(self) -> list[Any] | None:
        return _few(self.found) if self.is_search else None

    def count(self) -> int:
        if self._all is not None:
            return len(self._all)
        return self.found.order_by().count() if self._count is None else self._count

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> QuerySet[Any]:
        keys: Any = self.found.values("pk")[part] if self._all is None else self._all[part]
        rows = self.dress(self.found.model._default_manager.filter(pk__in=keys))
        return rows.order_by(*self.found.query.order_by)


def keys_of(found: QuerySet[Any]) -> "array[int]":
    """The primary keys in the order of `found`: what `Kept` needs, small enough to be cached."""
    return array("q", found.values_list("pk", flat=True))


class Kept:
    """The rows of `found` in the order of `keys`, which were read before: for orders that no index has. A row that is
    no longer found is left out."""

    def __init__(
        self, found: QuerySet[Any], keys: Sequence[int], *, dress: Callable[[QuerySet[Any]], QuerySet[Any]]
    ) -> None:
        self.found, self.keys, self.dress = found, keys, dress

    def count(self) -> int:
        return len(self.keys)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Any]:
        keys = list(self.keys[part])
        rows = {row.pk: row for row in self.dress(self.found.order_by().filter(pk__in=keys))}
        return [rows[key] for key in keys if key in rows]


class Halves:
    """The rows of `first`, then those of `second`, each of which an index returns in order: ordering both together
    ("nulls last", "done last") would make the database sort all rows for each page. `dress` and `is_search` are as
    above.

    `count` is the number of rows in both, `first_count` in the first; if given, they are not counted again.
    """

    def __init__(
        self,
        first: QuerySet[Any],
        second: QuerySet[Any],
        *,
        dress: Callable[[QuerySet[Any]], QuerySet[Any]],
        count: int | None = None,
        first_count: int | None = None,
        is_search: bool = False,
    ) -> None:
        self.first, self.second, self.dress, self.is_search = first, second, dress, is_search
        self._count, self._first_count = count, first_count

    @cached_property
    def _all(self) -> list[Any] | None:
        return _few(self.first, self.second) if self.is_search else None

    def count(self) -> int:
        if self._all is not None:
            return len(self._all)
        if self._count is None:
            self._count = self.first.order_by().count() + self.second.order_by().count()
        return self._count

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Any]:
        if self._all is None:
            return self._of_both(part)
        keys = self._all[part]
        rows = {row.pk: row for row in self.dress(self.first.model._default_manager.filter(pk__in=keys).order_by())}
        return [rows[key] for key in keys if key in rows]

    def _of_both(self, part: slice) -> list[Any]:
        """One query for each half that the page has rows of."""
        is_past = self._first_count is not None and part.start >= self._first_count
        found = [] if is_past else list(KeysFirst(self.first, dress=self.dress)[part])
        missing = part.stop - part.start - len(found)
        if missing:
            skipped = 0 if found else max(0, part.start - self._counted())
            found += KeysFirst(self.second, dress=self.dress)[skipped : skipped + missing]
        return found

    def _counted(self) -> int:
        return self.first.order_by().count() if self._first_count is None else self._first_count
