"""Private links for people without an account, such as a referee or a host. Anyone who has the link can use it.

The row holds a random token; the address holds the token and our signature for one purpose. A copy of the database
therefore opens nothing, and a link made for one purpose doesn't work for another. The row says how long the link works
and whether it was revoked. Opening a link changes nothing; only a POST does.

A model with such links names the field with their last moment, `SIGNED_UNTIL = "expires_at"`: until then the key that
signed them has to stay in SECRET_KEY_FALLBACKS (`last_end`).
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, Signer
from django.db.models import Max
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


def last_end(now: datetime) -> datetime | None:
    """The last moment of all links that still work, whichever key signed them; None if there are none."""
    ends = [
        model._base_manager.filter(**{f"{name}__gt": now}).aggregate(end=Max(name))["end"]
        for model in apps.get_models()
        if (name := getattr(model, "SIGNED_UNTIL", ""))
    ]
    return max((end for end in ends if end), default=None)


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
