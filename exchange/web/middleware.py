"""Our middleware: private pages, unreadable input, language, sign-in and its end, second factor, rate limits."""

import json
import logging
import time
import traceback
from http import HTTPStatus
from typing import Any

from allauth.core.exceptions import RateLimited
from allauth.core.ratelimit import respond_429
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext as _
from django.views.defaults import bad_request

from exchange.base.outage import AwayError
from exchange.web import proofs, session_ends
from exchange.web.shortcuts import permissions_policy, signed_out_with_words

logger = logging.getLogger(__name__)


class InTheClearMiddleware(MiddlewareMixin):
    """Refuses what is sent without TLS, where a redirect would hide from a program that it gave its data away.

    Somebody who types the address is led to the secure one, by SecurityMiddleware, which comes next.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not settings.SECURE_SSL_REDIRECT or request.is_secure() or request.method in ("GET", "HEAD"):
            return None
        text = f"Send this to {settings.SITE_URL}: what you sent could be read on its way here.\n"
        return HttpResponse(text, status=HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")


class PrivatePagesMiddleware(MiddlewareMixin):
    """Forbids caching of pages made for one person, so that "back" shows nothing after signing out on a shared phone.

    Looks at the session's cookie, so that a health check needs no database.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES or settings.SESSION_COOKIE_NAME in response.cookies:
            add_never_cache_headers(response)
        response.headers.setdefault("Permissions-Policy", permissions_policy())
        return response


class ReadableInputMiddleware(MiddlewareMixin):
    """404 for an address with a NUL character, which PostgreSQL rejects; 400 for other input with one, and for JSON
    nested deeper than Python reads.

    Our forms report a NUL in words, so such other input does not come from our pages.
    """

    def process_request(self, request: HttpRequest) -> None:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        has_nul = isinstance(exception, DataError) and "NUL" in str(exception)
        return bad_request(request, exception) if has_nul or _is_too_deep(exception) else None


def _is_too_deep(exception: Exception) -> bool:
    """Whether reading JSON ended this, ours or a library's."""
    places = [frame.filename for frame in traceback.extract_tb(exception.__traceback__)[-1:]]
    return isinstance(exception, RecursionError) and places == [json.decoder.__file__]


class RefusalMiddleware(MiddlewareMixin):
    """Logs whom a page was refused. Django's own line has the address only.

    Most refusals answer 404, as for a row that isn't there; a wrong address, which no view answers, is none.

    A form that came back with errors stands at an address that only takes what a button sends. Whoever changes the
    language there, or whose phone opens the tab again, gets a page that says so, and not an empty one.

    A page from before may send what it holds to a row that a colleague has removed since: its person gets their words
    back. Whether the row ever was is not said.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET":
            page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        is_hidden = response.status_code == HTTPStatus.NOT_FOUND and request.resolver_match is not None
        if not request.user.is_authenticated or not (is_hidden or response.status_code == HTTPStatus.FORBIDDEN):
            return response
        address = escape_uri_path(request.path)
        logger.warning("refused to person %s with %s: %s", request.user.pk, response.status_code, address)
        if is_hidden and request.method == "POST":
            return render(request, "gone.html", {"words": _words(request)}, status=HTTPStatus.NOT_FOUND)
        return response


def _words(request: HttpRequest) -> list[str]:
    """What somebody wrote, of all that their form sent: what has more than one word and is no secret."""
    sent = [(name, value) for name, values in request.POST.lists() if "password" not in name for value in values]
    return [value for _name, value in sent if len(value.split()) > 1]


class LanguageMiddleware(MiddlewareMixin):
    """Activates the language of the cookie, else of the browser. Signing in sets the cookie from the account."""

    def process_request(self, request: HttpRequest) -> None:
        language = translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response


class SessionEndMiddleware(MiddlewareMixin):
    """Signs out a session that has reached its end; a form that was sent is then kept as for any other that ended.

    A signed-in session in which no sign-in is noted began before sessions had ends, and is over. What a page asks for
    by itself, without its person, is no use of the session.
    """

    BY_ITSELF = "X-By-Itself"  # header, set by our scripts

    def process_request(self, request: HttpRequest) -> None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
            return
        session, now = request.session, time.time()
        if proofs.SIGNED_IN_AT not in session or session_ends.is_over(session, now):
            logout(request)
            messages.info(request, _("You were signed out to keep your account safe. Sign in again to continue."))
        elif self.BY_ITSELF not in request.headers:
            session_ends.note_use(session, now)


class SignInMiddleware(LoginRequiredMiddleware):
    """Redirects to sign-in. If the request sent a form, shows a page that keeps its content to send it again."""

    # Any: the stubs promise a redirect, Django accepts any response
    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        return signed_out_with_words(request) or super().handle_no_permission(request, view_func)


class StaffSecondFactorMiddleware(MiddlewareMixin):
    """Asks staff and readers for their second factor in every session that has not used it, however that session began.

    Until then they can only prove it and sign out; without one, set one up, change the language or sign out.
    """

    ALWAYS = ("account_logout", "account_reauthenticate", "mfa_reauthenticate", "set-language", "healthz", "readyz")
    TO_SET_UP = ("mfa_", "account_", "account-", "usersessions_")

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not settings.STAFF_SECOND_FACTOR or not proofs.needs_second_factor(request):
            return None
        match = request.resolver_match
        name = (match.url_name or "") if match and not match.namespaces else ""
        if name.startswith(self.ALWAYS) or proofs.used_second_factor(request):
            return None
        if is_mfa_enabled(request.user, proofs.SECOND_FACTORS):
            return proofs.ask_for_proof(request)
        if name.startswith(self.TO_SET_UP):
            return None
        messages.warning(
            request, _("You work with students’ records, so we ask for a second step when you sign in. Set it up now.")
        )
        return redirect("mfa_index")


class BusyMiddleware(MiddlewareMixin):
    """503 where PostgreSQL ended a page's statement, or its wait for a row, after the limits of `exchange.postgresql`;
    and where a service is away that this page can't do without.

    The transaction was rolled back, so the same form can be sent again.
    """

    ENDED = ("57014", "55P03")  # query_canceled, lock_not_available

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if getattr(exception.__cause__, "sqlstate", None) in self.ENDED:
            logger.error("The database took too long at %r", request.path, exc_info=exception)
        elif not isinstance(exception, AwayError):  # of which `Outage` has told
            return None
        response = render(request, "503.html", status=503)
        response.headers["Retry-After"] = "30"
        return response


class RateLimitMiddleware(MiddlewareMixin):
    """Answers with 429 if a rate limit is reached in a view that does not handle it."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return respond_429(request) if isinstance(exception, RateLimited) else None
