"""Reads dated facts. Nothing is cached between requests, so a changed row takes effect at once."""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Subquery

from exchange.base.slots import Slot
from exchange.models import Fact, User
from exchange.models.reference import whole


def current(*keys: str) -> dict[str, Fact]:
    """The current rows of these keys in one query; ImproperlyConfigured names any that is missing."""
    return _all_there(keys, {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys)})


def numbers(*keys: str) -> Mapping[str, int | Decimal]:
    """Like `current`, but only the values: many pages need no more."""
    rows = Fact.objects.current().filter(key__in=keys).order_by()
    return {key: whole(value) for key, value in _all_there(keys, dict(rows.values_list("key", "value"))).items()}


def number(key: str) -> int | Decimal:
    return numbers(key)[key]


def within(key: str) -> Subquery:
    """The value for a query that is asked anyway; None there without a current row, which `numbers` would name."""
    return Subquery(Fact.objects.current().filter(key=key).order_by().values("value")[:1])


def _all_there[Found](keys: Collection[str], found: dict[str, Found]) -> dict[str, Found]:
    if missing := set(keys) - set(found):
        raise ImproperlyConfigured(
            f"No current Fact row for {', '.join(sorted(missing))}. Run `manage.py load_reference`."
        )
    return found


# --- When one changes -------------------------------------------------------------------------------

FACT_CHANGED: Slot[Callable[[str, User | None], object]] = Slot("fact changed")


def changed(key: str, *, by: User | None) -> None:
    """Call what follows. Everything that writes a fact must call this, in the same transaction."""
    for follow in FACT_CHANGED:
        follow(key, by)
