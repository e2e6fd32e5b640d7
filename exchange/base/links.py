"""Links that open one thing to whoever holds them: a referee, a host. No account, one purpose, no act on reading.

A row carries a random token; the address carries the token and our signature for that one purpose, so that a copy
of the rows opens nothing, and a link made for one purpose does nothing at another. How long a link lasts, and who
stopped it, is the row's to say.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods


def _signer(purpose: str) -> Signer:
    return Signer(salt=purpose, sep=".")


def sign(purpose: str, token: str) -> str:
    """What an address carries. `purpose`, such as applications.recommendation, keeps kinds of links apart."""
    return _signer(purpose).sign(token)


def token_of(purpose: str, link: str) -> str | None:
    """The token inside a link that we signed, None for anything else; compared in constant time, no row is read."""
    try:
        return _signer(purpose).unsign(link)
    except BadSignature:
        return None


def for_guests(*sensitive: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """What every page behind such a link has: kept by no browser, found by no search, its words in no error report."""

    def decorated(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @login_not_required
        @never_cache
        @sensitive_post_parameters(*sensitive)
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def opened(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = view(request, *args, **kwargs)
            response.headers["X-Robots-Tag"] = "noindex"
            return response

        return opened

    return decorated
