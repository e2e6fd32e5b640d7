"""Whose scores a person must not see yet: still to be read or heard by them, or their own.

`comparing.uncovered` leaves them out of a list; here they are named, for pages and files that show their rows.
"""

from collections.abc import Iterable

from applications.models import Application, Assignment
from exchange.models import User


def to_read(user: User, applications: Iterable[Application] | None = None) -> frozenset[int]:
    """Keys of those with a reading of this person that is not locked; of these applications, or of all. One query."""
    readings = Assignment.objects.filter(reader=user, review__locked_at__isnull=True)
    if applications is not None:
        readings = readings.filter(application__in=[each.pk for each in applications])
    return frozenset(readings.values_list("application_id", flat=True))
