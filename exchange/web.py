"""What every view needs at its edge: a permission, and a broken rule told as a message."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from exchange.errors import RuleViolation


def require(allowed: bool) -> None:
    """403 unless allowed."""
    if not allowed:
        raise PermissionDenied


@contextmanager
def rule_message(request: HttpRequest, success: str = "") -> Iterator[None]:
    """Turn a RuleViolation into an error message for the person; with none, say `success`."""
    try:
        yield
    except RuleViolation as violation:
        messages.error(request, violation.message)
    else:
        if success:
            messages.success(request, success)
