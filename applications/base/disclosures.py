"""Writes down which applications left the portal in a file (docs/adr/0029)."""

from collections.abc import Collection, Iterable
from itertools import batched

from django.db.models import Max

from applications.models import Application, Disclosure
from exchange.models import User

AT_ONCE = 5000


def record(keys: Iterable[int], kind: str, *, by: User) -> None:
    """`keys`: primary keys of the applications. Safe to repeat: one row a day."""
    for some in batched(keys, AT_ONCE):
        rows = (Disclosure(application_id=key, kind=kind, by=by) for key in some)
        Disclosure.objects.bulk_create(rows, ignore_conflicts=True)


def record_people(people: Collection[int], by: User) -> None:
    """A list that knows people and no applications: the newest application of each student among them.

    `people`: primary keys of users. Safe to repeat: one row a day.
    """
    of_each = Application.objects.real().filter(student__in=people).order_by().values("student")
    record(of_each.annotate(newest=Max("pk")).values_list("newest", flat=True), Disclosure.Kind.LIST, by=by)
