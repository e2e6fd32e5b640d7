"""Events of sign-ins, wrong codes, second factors, addresses and ended sessions: heard from Django and allauth.

Each is about the account (`target`), with the method and the device, never with a code, an address or where the device
was. `exchange.people.account.history` says them in words.
"""

import ipaddress
import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import (
    email_changed,
    email_verification_code_rejected,
    login_code_rejected,
    user_logged_in,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from exchange.base import audit
from exchange.models import SignInAttempt, User
from exchange.people.sign_in import attempts
from exchange.templatetags import devices
from exchange.web import session_ends

SIGNED_IN = "account.signed_in"
SIGNED_OUT = "account.signed_out"
OTHERS_ENDED = "account.others_signed_out"
SESSION_EXTENDED = "account.session_extended"
WRONG_CODE = "account.wrong_code"
FACTOR_ADDED = "account.factor_added"
FACTOR_REMOVED = "account.factor_removed"
CODES_RENEWED = "account.codes_renewed"
EMAIL_CHANGED = "account.email_changed"


@transaction.atomic
def record(request: HttpRequest, action: str, user: User, *, by: User | None, **changes: Any) -> None:
    browser, system = devices.parts(request.headers.get("User-Agent", ""))
    audit.record(action, user, by=by, changes={"browser": browser, "system": system, **changes})


def methods_of(request: HttpRequest, user: User) -> list[str]:
    """How the person has just signed in, in order: "email", "text", "college", "totp", "webauthn", "recovery_codes"."""
    found = []
    for each in get_authentication_records(request, user):
        if each["at"] > time.time() - settings.ACCOUNT_LOGIN_TIMEOUT:
            by_code = "text" if each.get("phone") else "email"
            by_college = "college" if each["method"] == "socialaccount" else ""
            found.append(str(each.get("type") or by_college or by_code))
    return list(dict.fromkeys(found))


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(request, SIGNED_IN, user, by=user, methods=methods_of(request, user))
    for each in get_authentication_records(request, user):
        if address := each.get("email") or each.get("phone"):
            attempts.note(request, SignInAttempt.Kind.DONE, address, user)


@receiver(user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user:
        why = session_ends.why_over(request.session, time.time())
        record(request, SIGNED_OUT, user, by=None if why else user, why=why)


@receiver(login_code_rejected)
def wrong_sign_in_code(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(request, WRONG_CODE, user, by=None, method="code")


@receiver(email_verification_code_rejected)
def wrong_confirmation_code(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(request, WRONG_CODE, user, by=None, method="email")


@receiver(authentication_failed)
def wrong_second_factor(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    record(request, WRONG_CODE, user, by=None, method=authenticator.type)


@receiver(authenticator_added)
def factor_added(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record(request, FACTOR_ADDED, user, by=user, method=authenticator.type)


@receiver(authenticator_removed)
def factor_removed(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record(request, FACTOR_REMOVED, user, by=user, method=authenticator.type)


@receiver(authenticator_reset)
def codes_renewed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(request, CODES_RENEWED, user, by=user)


@receiver(email_changed)
def address_changed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(request, EMAIL_CHANGED, user, by=user)


@receiver(pre_save, sender=UserSession)
def keep_only_the_network(sender: Any, instance: UserSession, **kwargs: Any) -> None:
    """Store no more of where a session came from than the network: /24, for IPv6 /48."""
    bits = 24 if ipaddress.ip_address(instance.ip).version == 4 else 48  # noqa: PLR2004 -- the version's name
    instance.ip = str(ipaddress.ip_network(f"{instance.ip}/{bits}", strict=False).network_address)
