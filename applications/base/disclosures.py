"""Writes down which applications left the portal in a file (docs/adr/ 59)."""

from collections.abc import Iterable
from itertools import batched

from applications.models import Disclosure
from exchange.models import User

AT_ONCE = 5000


def record(keys: Iterable[int], kind: str, *, by: User) -> None:
    """`keys`: primary keys of the applications. Safe to repeat: one row a day."""
    for some in batched(keys, AT_ONCE):
        rows = (Disclosure(application_id=key, kind=kind, by=by) for key in some)
        Disclosure.objects.bulk_create(rows, ignore_conflicts=True)
