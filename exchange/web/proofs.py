"""What this session has proved about the person: a second factor, and how recently they signed in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    record_authentication,
)
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.usersessions.models import UserSession
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from exchange.models import User
from exchange.web.shortcuts import me

FRESH = timedelta(minutes=15)
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def used_second_factor(request: HttpRequest) -> bool:
    """Whether the person used an authenticator or a recovery code in this session. No query."""
    return any(each["method"] == "mfa" for each in get_authentication_records(request, me(request)))


def ask_for_proof(request: HttpRequest) -> HttpResponse:
    """Redirect to the person's first way to reauthenticate; the form that was sent is kept and goes on afterwards."""
    ways = get_adapter(request).get_reauthentication_methods(me(request))
    response: HttpResponse = suspend_request(request, ways[0]["url"])
    return response


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


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person signed in or reauthenticated in this session within FRESH."""
    user = me(request)
    moments = [datetime.fromtimestamp(each["at"], UTC) for each in get_authentication_records(request, user)]
    session = UserSession.objects.filter(user=user, session_key=request.session.session_key or "").first()
    if session:
        moments.append(session.created_at)
    return any(timezone.now() - moment < FRESH for moment in moments)
