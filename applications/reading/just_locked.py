"""The reading that this browser locked last, while that can be undone; kept in the session."""

from django.http import HttpRequest
from django.utils import timezone

from applications.models import Assignment
from exchange.web.shortcuts import me

KEY = "review_locked"


def remember(request: HttpRequest, assignment: Assignment) -> None:
    request.session[KEY] = assignment.code


def just_locked(request: HttpRequest) -> Assignment | None:
    """One query if something was locked, none else."""
    if not (code := request.session.get(KEY)):
        return None
    can_undo = Assignment.objects.visible_to(me(request)).filter(review__undo_until__gt=timezone.now())
    found = can_undo.filter(code=code).select_related("application__student", "review").first()
    if found is None:
        del request.session[KEY]
    return found
