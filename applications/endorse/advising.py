"""Which advisors see everything that is in some students' accounts. Reads only."""

from collections.abc import Sequence

from applications.models import Application
from exchange.base import roles
from exchange.models import User


def advisors_of(students: Sequence[User]) -> list[User]:
    """Those of the one college that all their applications are at, if each was submitted to it; none otherwise."""
    rows = Application.objects.filter(student__in=students).values_list("college", "submitted_at")
    colleges = {college for college, _at in rows}
    if len(colleges) != 1 or None in colleges or any(at is None for _college, at in rows):
        return []
    return list(roles.advisors_at(colleges.pop()))
