"""Helpers for views: permissions, rule violations as messages, pagination, language cookie."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation
from exchange.models import User

LANGUAGE_COOKIE_LASTS = 60 * 60 * 24 * 365
# Browser features that are off unless a page allows them. The form's photo button opens the camera app: it needs none.
FEATURES = ("camera", "geolocation", "microphone", "payment", "usb")


def me(request: HttpRequest) -> User:
    """The signed-in person. PermissionDenied for anyone else, in views that require sign-in anyway."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def require(allowed: bool) -> None:
    """Raise PermissionDenied (403) unless allowed."""
    if not allowed:
        raise PermissionDenied


def too_much_text(most: int = 0) -> str:
    """The message for too large a request by script; after a form is sent, the page 400.html says it. `most`: bytes."""
    limit = (most or settings.DATA_UPLOAD_MAX_MEMORY_SIZE) / 1024**2
    return _("That’s more text than we can take at once. The limit is %(limit)g MB.") % {"limit": limit}


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


def signed_out_with_words(request: HttpRequest) -> HttpResponse | None:
    """For a form that was sent after its session ended: a page (401) to sign in from another tab and send it again.

    The typed text is in that page only and is not stored, so another person who signs in does not see it. None if
    there is nothing to keep, or a file, which could not be sent again.
    """
    lists = request.POST.lists()
    fields = [(name, value) for name, values in lists if name != "csrfmiddlewaretoken" for value in values]
    if not fields or request.FILES:
        return None
    context = {"fields": fields, "href": request.get_full_path()}
    response = render(request, "exchange/people/signed_out.html", context, status=401)
    add_never_cache_headers(response)
    return response


def permissions_policy(*allowed: str) -> str:
    """The Permissions-Policy header: `allowed` for our own pages, all other FEATURES off."""
    return ", ".join(f"{name}=({'self' if name in allowed else ''})" for name in FEATURES)


def set_language_cookie(response: HttpResponse, language: str) -> None:
    """Show later pages in this language, also before the next sign-in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=LANGUAGE_COOKIE_LASTS,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
    )


def page_of(rows: Any, request: HttpRequest, per_page: int = 50, *, count: int | None = None) -> Page[Any]:
    """The page of `rows` that the address asks for; a number that does not exist gives the nearest one.

    `count`: of all rows, if it is already known.
    """
    paginator = Paginator(rows, per_page)
    if count is not None:
        paginator.count = count
    return paginator.get_page(request.GET.get("page"))


def query_without_page(request: HttpRequest) -> str:
    """The filters of the address, for the links to other pages of the list."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
