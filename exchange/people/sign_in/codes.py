"""Which codes are sent, so that nobody can keep somebody else from signing in or up (docs/adr/0005).

A device that signed in to the account before has limits of its own and gets a new code each time. All other devices
are counted together, per address: after the first codes of a day, the next ones are sent with a growing delay, have
eight digits and are shared. Whoever asks meanwhile can use the newest one for as long as it works, because only the
owner of the address can read it. Codes that confirm an address, at sign-up or in an account, follow the same rules
and are counted apart from those.
"""

import secrets
import time
from dataclasses import dataclass, replace
from datetime import timedelta

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.models import SignInAttempt, User
from exchange.people.sign_in import attempts, delays, known_devices, networks
from exchange.reference import facts

DAY = timedelta(days=1)
DIGITS, SHARED_DIGITS = 6, 8
# Before an address whose codes confirm it: they are counted apart from those that sign in
CONFIRMS = "confirm "


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody who asks for a code gets: a code to send, one that was sent already, or a time to wait."""

    code: str = ""
    sent_at: float = 0.0  # seconds since the epoch
    is_new: bool = False
    wait: float = 0.0  # seconds; there is no code
    confirms: bool = False  # it confirms an address, and signs nobody in
    is_crowded: bool = False  # nothing was sent: this network has asked for too many
    is_without_texts: bool = False  # nothing was sent: this network has had its texts of today

    @property
    def refusal(self) -> str:
        minutes = max(1, round(self.wait / 60))
        if self.is_crowded:
            return _(
                "So many people on this network are asking for codes that we haven’t sent you one. Try again in a"
                " minute, or use your phone’s own connection instead of the Wi-Fi."
            )
        if self.is_without_texts:
            return _(
                "We haven’t sent you a text, because this network has had all of its texts for today. Use your email"
                " address, or your phone’s own connection instead of the Wi-Fi."
            )
        if self.confirms:
            said = ngettext(
                "We’ve sent this address several codes. Try again in %(count)s minute.",
                "We’ve sent this address several codes. Try again in %(count)s minutes.",
                minutes,
            )
        else:
            said = ngettext(
                "We’ve sent this address several codes. Try again in %(count)s minute. On a phone or computer where"
                " you’ve signed in before, you don’t need to wait.",
                "We’ve sent this address several codes. Try again in %(count)s minutes. On a phone or computer where"
                " you’ve signed in before, you don’t need to wait.",
                minutes,
            )
        return said % {"count": minutes}


def grant(request: HttpRequest, address: str, user: User | None) -> Grant:
    """Decide, and note the attempt. The same for an address without an account: who has one must not show."""
    if "@" not in address and not networks.may(request, "text_code", dry_run=True):
        return Grant(wait=60, is_without_texts=True)
    device = known_devices.name_for(request, user)
    if device and ratelimit.consume(request, action="request_code_known_device", key=device):
        attempts.note(request, SignInAttempt.Kind.ASKED, address, user, is_known_device=True)
        return Grant(_random_code(DIGITS), time.time(), is_new=True)
    # a known device that asks too often is counted with the others
    if not networks.may(request, "request_login_code"):
        return Grant(wait=60, is_crowded=True)
    return _for_strangers(request, address, user)


def to_confirm(request: HttpRequest, address: str) -> Grant:
    """As `grant`, for a code that confirms an address: decided once in a request, by its form or view.

    What is told to an address that has an account already counts the same.
    """
    decided = _decided(request)
    if address not in decided:
        user = request.user if isinstance(request.user, User) else None
        granted = grant(request, f"{CONFIRMS}{address}", user)
        decided[address] = replace(granted, confirms=True)
    return decided[address]


def is_decided(request: HttpRequest, address: str) -> bool:
    """Whether this request is about a code that confirms the address."""
    return address in _decided(request)


def _decided(request: HttpRequest) -> dict[str, Grant]:
    decided: dict[str, Grant] = request.__dict__.setdefault("codes_to_confirm", {})
    return decided


def say_it_was_sent(request: HttpRequest) -> None:
    text = _("We sent this address a code a few minutes ago, and it still works. Use the newest one.")
    messages.info(request, text)


def _for_strangers(request: HttpRequest, address: str, user: User | None) -> Grant:
    limits = facts.numbers("sign_in.codes_free", "sign_in.delay_first_seconds", "sign_in.delay_longest_minutes")
    free = int(limits["sign_in.codes_free"])
    now = timezone.now()
    sent = list(
        SignInAttempt.objects.by_strangers(now - DAY)
        .filter(address=attempts.hash_of(address, "address"), digits__gt=0)
        .order_by("-at")
    )
    asked = attempts.note(request, SignInAttempt.Kind.ASKED, address, user)
    newest = sent[0] if sent else None
    since = (now - newest.at).total_seconds() if newest else 0.0
    wait = delays.wait(
        len(sent),
        since,
        free=free,
        first=float(limits["sign_in.delay_first_seconds"]),
        longest=60 * float(limits["sign_in.delay_longest_minutes"]),
    )
    if not wait:
        asked.digits = DIGITS if len(sent) < free else SHARED_DIGITS
        asked.save(update_fields=["digits"])
        return Grant(_code_of(asked), asked.at.timestamp(), is_new=True)
    if newest and newest.digits == SHARED_DIGITS and since < settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT:
        return Grant(_code_of(newest), newest.at.timestamp())
    return Grant(wait=wait)


def _random_code(digits: int) -> str:
    return "".join(secrets.choice("0123456789") for _digit in range(digits))


def _code_of(attempt: SignInAttempt) -> str:
    """The code that this attempt sent: computed from its random seed with our key, so that none is stored."""
    digest = salted_hmac("exchange.sign_in.code", f"{attempt.address}:{attempt.seed}", algorithm="sha256").digest()
    return str(int.from_bytes(digest) % 10**attempt.digits).zfill(attempt.digits)


def may_guess(request: HttpRequest, address: str, user: User | None) -> bool:
    """Whether one more code may be typed: counted per device if it's known, else per address and place.

    In addition, allauth ends a session's code after some wrong ones, which others can't use up.
    """
    device = known_devices.name_for(request, user)
    action = "confirm_code_known_device" if device else "confirm_login_code"
    is_allowed: bool = ratelimit.consume(
        request, action=action, key=device or f"{address}:{attempts.place_of(request)}"
    )
    return is_allowed


class SignInCodeProcess(LoginCodeVerificationProcess):
    """allauth's process, with a code that was granted instead of one for each request."""

    granted = Grant()

    @classmethod
    def begin(
        cls, request: HttpRequest, *, user: User | None, email: str | None, phone: str | None, granted: Grant
    ) -> None:
        login = Login(user=user, email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=user, email=email, phone=phone), initiated_by_user=True)
        cls(stage).use(granted)

    @property
    def address(self) -> str:
        return self.state.get("email") or self.state.get("phone") or ""

    def use(self, granted: Grant, *, is_again: bool = False) -> None:
        """Send the code that was granted, or take the one that was sent already, and keep it in the session."""
        self.granted = granted
        self.state["at"] = granted.sent_at
        if granted.is_new:
            self.send(skip_enumeration_mails=is_again)
        else:
            if self.user:
                self.state["code"] = granted.code
            say_it_was_sent(self.request)
        self.persist()

    def generate_code(self) -> str:
        self.state["code"] = self.granted.code
        return self.granted.code

    def send_again(self, granted: Grant) -> None:
        self.record_resend()
        self.use(granted, is_again=True)
