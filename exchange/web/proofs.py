"""What this session has proved about the person: a second factor, and how recently they signed in."""

import time
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    record_authentication,
)
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from exchange.base import roles
from exchange.models import User
from exchange.web.shortcuts import me

SIGNED_IN_AT = "signed_in_at"  # session key: seconds since the epoch
HANDLES_RECORDS = "handles_records"  # session key: True if the person opens students' files, known since the sign-in
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def used_second_factor(request: HttpRequest) -> bool:
    """Whether the person used an authenticator or a recovery code in this session. No query."""
    return any(each["method"] == "mfa" for each in get_authentication_records(request, me(request)))


def needs_second_factor(request: HttpRequest) -> bool:
    """Whether this session may go on only with a second factor. No query.

    Becoming a reader, like being granted a role, ends older sessions, so what is known since the sign-in is true.
    """
    user = request.user
    return roles.is_staff_role(user) or (user.is_authenticated and bool(request.session.get(HANDLES_RECORDS)))


def reads_as_guest(request: HttpRequest) -> bool:
    """Whether somebody without a role reads applications (`roles.is_guest_reader`). No query."""
    return needs_second_factor(request) and not roles.is_staff_role(request.user)


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person signed in or reauthenticated in this session within the last quarter of an hour. No query."""
    proved_at = [each["at"] for each in get_authentication_records(request, me(request))]
    newest: float = max([request.session.get(SIGNED_IN_AT, 0), *proved_at])
    return time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def require_fresh(request: HttpRequest) -> None:
    """Raise ReauthenticationRequired unless `is_fresh`: the person proves it, then what they sent is done."""
    if not is_fresh(request):
        raise ReauthenticationRequired


def ask_for_proof(request: HttpRequest, then: str = "") -> HttpResponse:
    """Redirect to the person's first way to reauthenticate.

    Afterwards the request is repeated, with the form that was sent. A download is not: it would leave the person on
    the page of the code. For that, `then` is the page with its button.
    """
    way = get_adapter(request).get_reauthentication_methods(me(request))[0]["url"]
    response: HttpResponse = redirect(f"{way}?{urlencode({'next': then})}") if then else suspend_request(request, way)
    return response


def renew_key(request: HttpRequest) -> None:
    """Give the session another key once the person has proved more in it; it stays the same device in their list."""
    before = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


@receiver(user_logged_in)
def record_sign_in(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    request.session[SIGNED_IN_AT] = time.time()


@receiver(authenticator_added)
def record_set_up(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Setting a factor up takes a code or an answer of the device, so this session has used it."""
    if authenticator.type in SECOND_FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


@receiver(authenticator_removed)
def forget_removed(sender: Any, request: HttpRequest, authenticator: Authenticator, **kwargs: Any) -> None:
    """A factor that the account no longer has proves nothing. Its row is deleted by now, so only its type is known."""
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    kept = [each for each in records if each.get("type") != authenticator.type]
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = kept
