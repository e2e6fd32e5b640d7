"""Reading dated facts. Nothing is cached over requests: a changed row counts at once."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured

from exchange.models import Fact, User


def current(*keys: str) -> dict[str, Fact]:
    """The current rows of these keys in one query; ImproperlyConfigured names any that is missing."""
    found = {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys)}
    if missing := set(keys) - set(found):
        raise ImproperlyConfigured(
            f"No current Fact row for {', '.join(sorted(missing))}. Run `manage.py load_reference`."
        )
    return found


def numbers(*keys: str) -> Mapping[str, int | Decimal]:
    return {key: fact.number for key, fact in current(*keys).items()}


def number(key: str) -> int | Decimal:
    return current(key)[key].number


# --- When one changes -------------------------------------------------------------------------------

_listeners: list[Callable[[str, User | None], None]] = []


def on_change(listener: Callable[[str, User | None], None]) -> None:
    """An app says in AppConfig.ready what follows from a changed fact: `listener(key, by)`, in the transaction."""
    _listeners.append(listener)


def changed(key: str, *, by: User | None) -> None:
    """Whoever writes a fact says so here."""
    for listener in _listeners:
        listener(key, by)
