"""Private links for people without an account, such as a referee or a host. Anyone who has the link can use it.

The row holds a random token; the address holds the token and our signature for one purpose. A copy of the database
therefore opens nothing, and a link made for one purpose doesn't work for another. The row says how long the link works
and whether it was revoked. Opening a link changes nothing; only a POST does.
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
    """The signed token for an address. `purpose`, such as applications.recommendation, separates kinds of links."""
    return _signer(purpose).sign(token)


def token_of(purpose: str, link: str) -> str | None:
    """The token in a link that we signed, None for anything else. Compares in constant time and reads no row."""
    try:
        return _signer(purpose).unsign(link)
    except BadSignature:
        return None


def for_guests(*sensitive: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Decorator for views behind such a link: open without sign-in, never cached, not indexed by search engines.

    `sensitive`: names of POST fields to leave out of error reports.
    """

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
