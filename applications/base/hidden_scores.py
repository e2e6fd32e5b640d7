"""Applications whose scores this person may not see yet: ones they must still read or interview, and their own.

This module finds them for pages and files that show their rows; `comparing` leaves them out of its lists.
"""

from collections.abc import Iterable

from applications.models import Application, Assignment
from exchange.models import User


def to_read(user: User, applications: Iterable[Application] | None = None) -> frozenset[int]:
    """Primary keys of applications that this person has yet to review: of these, or of all. One query."""
    readings = Assignment.objects.filter(reader=user, review__locked_at__isnull=True)
    if applications is not None:
        readings = readings.filter(application__in=[each.pk for each in applications])
    return frozenset(readings.values_list("application_id", flat=True))
