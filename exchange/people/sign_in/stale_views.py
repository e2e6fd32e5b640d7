"""The CSRF failure page: a form whose token is out of date, because the person signed in from another tab meanwhile."""

from contextlib import suppress
from urllib.parse import urlsplit

from allauth.account.utils import passthrough_next_redirect_url
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from exchange.people.sign_in.forms import CONTACT_SESSION_KEY, split_contact

# the pages of sign-in and sign-up, and the page where each starts again
ENTRANCE = {
    "account_login": "account_login",
    "account_confirm_login_code": "account_login",
    "account_email_verification_sent": "account_login",
    "account_verify_phone": "account_login",
    "account_signup": "account_signup",
}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 with an offer to send the same form again with a new token. Files cannot be sent again.

    Offers it only if our own page sent the form: the Origin header was right and the CSRF cookie was sent, which it
    is not from another site. During sign-in, the page leads back to its start instead, and keeps `next`.
    """
    is_ours = reason.startswith("CSRF token") and settings.CSRF_COOKIE_NAME in request.COOKIES
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
    """Fill in the typed address again at sign-in, unless another site sent it."""
    if reason.startswith("Origin"):
        return
    typed = request.POST.get("login") or request.POST.get("contact") or ""
    with suppress(ValidationError):
        email, phone = split_contact(typed)
        request.session[CONTACT_SESSION_KEY] = email or phone


def _page_of(request: HttpRequest) -> str:
    """The page that sent the form, if the browser names it and it is one of ours; else ""."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
