"""Reads dated facts. Nothing is cached between requests, so a changed row takes effect at once."""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Subquery

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

_listeners: list[Callable[[str, User | None], None]] = []


def on_change(listener: Callable[[str, User | None], None]) -> None:
    """Register `listener(key, by)`, called in the transaction that changes a fact. For an app's AppConfig.ready."""
    _listeners.append(listener)


def changed(key: str, *, by: User | None) -> None:
    """Call the listeners. Everything that writes a fact must call this, in the same transaction."""
    for listener in _listeners:
        listener(key, by)
