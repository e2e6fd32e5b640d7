"""What every view needs at its edge: a permission, and a broken rule told as a message."""

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
# What a page must ask for by name. A form that takes a photo opens the phone's own camera app, which needs none of it.
FEATURES = ("camera", "geolocation", "microphone", "payment", "usb")


def me(request: HttpRequest) -> User:
    """The signed-in person, where the view is not open to strangers."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def require(allowed: bool) -> None:
    """403 unless allowed."""
    if not allowed:
        raise PermissionDenied


def too_much_text() -> str:
    """For what is sent as data; a form gets the page 400.html."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1024**2
    return _("That is more text than we can take at once. The limit is %(limit)g MB.") % {"limit": limit}


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
    """For a page whose session ended before it was sent: to sign in beside it, and to send it from there.

    What it held is kept nowhere else, so whoever signs in finds nothing of it. None where there is nothing to keep, or
    a file that could not be sent again from here.
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
    """The header's value: none of FEATURES but those named, and these for our own pages alone."""
    return ", ".join(f"{name}=({'self' if name in allowed else ''})" for name in FEATURES)


def set_language_cookie(response: HttpResponse, language: str) -> None:
    """Every later page, also the ones before the next sign-in, comes in this language."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=LANGUAGE_COOKIE_LASTS,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
    )


def page_of(rows: Any, request: HttpRequest, per_page: int = 50, *, count: int | None = None) -> Page:
    """The page of `rows` that the address asks for; a number that does not exist gives the nearest one.

    `count`: of all rows, where it is known already.
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
