"""A page that was open while the person signed in elsewhere: its token is old, its words are not."""

from contextlib import suppress
from urllib.parse import urlsplit

from allauth.account.utils import passthrough_next_redirect_url
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from exchange.people.forms import CONTACT_SESSION_KEY, split_contact

# the pages on the way in, and where each begins anew
ENTRANCE = {
    "account_login": "account_login",
    "account_confirm_login_code": "account_login",
    "account_email_verification_sent": "account_login",
    "account_verify_phone": "account_login",
    "account_signup": "account_signup",
}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Says so, and offers to send the same once more with a new token. Files cannot be offered again.

    Only where the browser itself says that our own page sent it: its origin was right, and the cookie came along,
    which no other site's post brings. On the way in it leads to the beginning of that, and on from there.
    """
    is_ours = reason.startswith("CSRF token") and "csrftoken" in request.COOKIES
    entrance = ENTRANCE.get(_name_of(request))
    context: dict[str, object] = {"href": request.get_full_path()}
    if entrance and not request.user.is_authenticated:
        _remember_contact(request, reason)
        context["entrance_href"] = passthrough_next_redirect_url(request, reverse(entrance), "next")
    elif is_ours:
        lists = request.POST.lists()
        context["fields"] = [
            (name, value) for name, values in lists if name != "csrfmiddlewaretoken" for value in values
        ]
    else:
        context["page_href"] = _page_of(request)
    return render(request, "403_csrf.html", context, status=403)


def _name_of(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _remember_contact(request: HttpRequest, reason: str) -> None:
    """The address that was typed is there again; not one that another site's page sent."""
    if reason.startswith("Origin"):
        return
    typed = request.POST.get("login") or request.POST.get("contact") or ""
    with suppress(ValidationError):
        email, phone = split_contact(typed)
        request.session[CONTACT_SESSION_KEY] = email or phone


def _page_of(request: HttpRequest) -> str:
    """The page that sent it, where the browser names it and it is one of ours."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
