"""Devices that signed in before, by a signed cookie: what strangers try isn't counted with theirs.

The cookie signs nobody in; it only decides whose attempts are counted together (OWASP calls it a device cookie). It
holds a random name of the device and a keyed mark of each account that signed in there. The mark changes when all
sessions of the account are ended (`accounts.end_sessions`). A device that others use gets none.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from exchange.models import User

SALT = "exchange.known_device"
LASTS = 400 * 86_400  # seconds: no browser keeps a cookie longer
ACCOUNTS_MAX = 5  # of one device, the newest


def _mark(user: User) -> str:
    return salted_hmac(SALT, f"{user.pk}:{user.password}", algorithm="sha256").hexdigest()[:16]


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
        found: dict[str, Any] = signing.loads(cookie, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return {"name": "", "accounts": []}
    return found


def name_for(request: HttpRequest, user: User | None) -> str:
    """The name of the device if this account signed in there before, else ""."""
    cookie = _read(request)
    return str(cookie["name"]) if user and _mark(user) in cookie["accounts"] else ""


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    cookie, mark = _read(request), _mark(user)
    accounts = [mark, *(each for each in cookie["accounts"] if each != mark)][:ACCOUNTS_MAX]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps({"name": cookie["name"] or secrets.token_urlsafe(12), "accounts": accounts}, salt=SALT),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
