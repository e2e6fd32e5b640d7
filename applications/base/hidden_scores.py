"""Applications whose scores this person may not see yet: ones they must still read or interview, and their own.

This module finds them for pages and files that show their rows; `comparing` leaves them out of its lists.
"""

from collections.abc import Iterable

from applications.models import Application, Assignment
from exchange.models import User


def to_read(user: User, applications: Iterable[Application] | None = None) -> frozenset[int]:
    """Primary keys of applications whose scores this person can still set or change: of these, or of all. One query."""
    readings = Assignment.objects.still_scored_by(user)
    if applications is not None:
        readings = readings.filter(application__in=[each.pk for each in applications])
    return frozenset(readings.values_list("application_id", flat=True))
