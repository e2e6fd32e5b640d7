"""Reading dated facts. Nothing is cached over requests: a changed row counts at once."""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured

from exchange.models import Fact, User
from exchange.models.reference import whole


def current(*keys: str) -> dict[str, Fact]:
    """The current rows of these keys in one query; ImproperlyConfigured names any that is missing."""
    return _all_there(keys, {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys)})


def numbers(*keys: str) -> Mapping[str, int | Decimal]:
    """As `current`, without sources and words: many pages ask for a number or two."""
    rows = Fact.objects.current().filter(key__in=keys).order_by()
    return {key: whole(value) for key, value in _all_there(keys, dict(rows.values_list("key", "value"))).items()}


def number(key: str) -> int | Decimal:
    return numbers(key)[key]


def _all_there[Found](keys: Collection[str], found: dict[str, Found]) -> dict[str, Found]:
    if missing := set(keys) - set(found):
        raise ImproperlyConfigured(
            f"No current Fact row for {', '.join(sorted(missing))}. Run `manage.py load_reference`."
        )
    return found


# --- When one changes -------------------------------------------------------------------------------

_listeners: list[Callable[[str, User | None], None]] = []


def on_change(listener: Callable[[str, User | None], None]) -> None:
    """An app says in AppConfig.ready what follows from a changed fact: `listener(key, by)`, in the transaction."""
    _listeners.append(listener)


def changed(key: str, *, by: User | None) -> None:
    """Whoever writes a fact says so here."""
    for listener in _listeners:
        listener(key, by)
