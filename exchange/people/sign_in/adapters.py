"""Adapts django-allauth to this project: how people are reached, which messages they get, and our own wording."""

import io
import time
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.email_verification_by_code import EmailVerificationProcess
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage as BaseEmailVerificationStage
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.home import home
from exchange.base.sealed import vault
from exchange.messages import consent, mail_limits, mailboxes, outbox
from exchange.messages.phone_numbers import PhoneField
from exchange.models import User
from exchange.people.sign_in import accounts, known_devices, networks
from exchange.people.sign_in import codes as sign_in_codes
from exchange.people.sign_in.forms import CONTACT_SESSION_KEY, SHARED_SESSION_KEY, TEXTS_SESSION_KEY
from exchange.reference import facts
from exchange.web import session_ends
from exchange.web.proofs import HANDLES_RECORDS, SECOND_FACTORS, require_fresh
from exchange.web.shortcuts import set_language_cookie

MAILS = {
    "account/email/login_code": "exchange/sign_in_code",
    "account/email/email_confirmation": "exchange/confirm_code",
    "account/email/email_confirmation_signup": "exchange/confirm_code",
    "account/email/unknown_account": mail_limits.UNKNOWN_ACCOUNT,
    "account/email/account_already_exists": "exchange/account_exists",
}
CHANGES = {
    "account/email/email_changed": _("Your email address was changed."),
    "account/email/email_deleted": _("Your email address was removed."),
    "socialaccount/email/account_connected": _("Signing in with your college account was turned on."),
    "mfa/email/totp_activated": _("An app for sign-in codes was added."),
    "mfa/email/totp_deactivated": _("The app for sign-in codes was removed."),
    "mfa/email/webauthn_added": _("A passkey was added."),
    "mfa/email/webauthn_removed": _("A passkey was removed."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were created."),
}
MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds
PHONE_CHANGED = _("Your phone number was changed.")
# The page already says where the code was sent; a message is needed only when it was sent again.
CODE_SENT = {
    "account/messages/login_code_sent.txt",
    "account/messages/email_confirmation_sent.txt",
    "account/messages/phone_verification_sent.txt",
}
# allauth creates recovery codes with the first passkey; only people with a second step need them
RECOVERY_CODES_MADE = "mfa/messages/recovery_codes_generated.txt"
REAUTHENTICATE_BY_CODE = {
    "id": "reauthenticate",
    "description": _("Get a code by email or text"),
    "url": reverse_lazy("account_reauthenticate"),
}
ERRORS = {
    "account_inactive": _("This account is closed. If that’s a mistake, write to the exchange team."),
    "cannot_remove_primary_email": _("You need at least one address to sign in with. Add another one first."),
    "duplicate_email": _("That’s already your email address."),
    "email_taken": _("Another account uses this email address."),
    "incorrect_code": _("That code doesn’t match. Use the newest one we sent you."),
    "invalid_login": _("Enter an email address or a phone number."),
    "phone_taken": _("Another account uses this phone number."),
    "rate_limited": _("That was fast. Wait a minute, then try again."),
    "same_as_current": _("That’s the one you already have."),
    "too_many_login_attempts": _("Too many tries. Wait a few minutes, then ask for a new code."),
    "unverified_primary_email": _("Confirm your email address first."),
}


class EmailVerificationStage(BaseEmailVerificationStage):
    """One confirmed address is enough: a person who signed up by phone is not asked to confirm an email."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user and (user.phone_verified_at or not user.email):
            return None, True
        handled: tuple[HttpResponse | None, bool] = super().handle()
        return handled


def has_second_step(user: roles.Person) -> bool:
    """Whether sign-in has two steps: for staff and readers, and for people who set up an authenticator app.

    For others a passkey is a quicker way to sign in, not a second factor: a student who has lost their phone can still
    sign in with a code.
    """
    return roles.handles_records(user) or is_mfa_enabled(user, [Authenticator.Type.TOTP])


class SecondStepStage(AuthenticateStage):
    def _should_handle(self, request: HttpRequest) -> bool:
        return bool(super()._should_handle(request)) and has_second_step(self.login.user)


STAGES = {
    "allauth.account.stages.EmailVerificationStage": "exchange.people.sign_in.adapters.EmailVerificationStage",
    "allauth.mfa.stages.AuthenticateStage": "exchange.people.sign_in.adapters.SecondStepStage",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {**DefaultAccountAdapter.error_messages, **ERRORS}

    def get_login_stages(self) -> list[str]:
        return [STAGES.get(stage, stage) for stage in super().get_login_stages()]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """False if the session is fresh, else raises ReauthenticationRequired, as every caller would.

        It raises because allauth, after True, takes everyone without a password or a second factor as proved.
        """
        require_fresh(self.request)
        return False

    def get_reauthentication_methods(self, user: roles.Person) -> list[dict[str, Any]]:
        """The second step of those who have one; for others a code to their address, or a passkey."""
        if not isinstance(user, User):
            return []
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if has_second_step(user) and is_mfa_enabled(user, SECOND_FACTORS):
            return ways
        passkeys = [way for way in ways if way["id"] == "mfa_reauthenticate:webauthn"]
        return [REAUTHENTICATE_BY_CODE, *passkeys]

    # --- Signing up and in -------------------------------------------------------------------------
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        data = form.cleaned_data
        return accounts.sign_up(
            user,
            email=data["email"],
            phone=data["phone"],
            preferred_name=data["preferred_name"],
            language=data["language"],
        )

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if response is None and user.email and kwargs["email"] == user.email and proved_by_code(request, user):
            mailboxes.reached(kwargs["email"])
            # An account created by the office has no EmailAddress row; the code has just confirmed the address.
            EmailAddress.objects.get_or_create(
                user=user, email=user.email, defaults={"verified": True, "primary": True}
            )
        return response

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        set_language_cookie(response, user.language)
        request.session.pop(CONTACT_SESSION_KEY, None)
        if not limit_session(request, user):
            known_devices.remember(request, response, user)
        if proved_by_code(request, user) and not Authenticator.objects.filter(user=user).exists():
            offer_passkey(request, user)
        return response

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        return bool(email_address.user.phone_verified_at) or super().can_delete_email(email_address)

    # --- Phones ------------------------------------------------------------------------------------
    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        return PhoneField(**kwargs)

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        accounts.set_phone(user, phone, is_verified=verified)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """The number and whether it is confirmed. An unconfirmed one counts only for a person without an email."""
        if not user.phone or (user.email and not user.phone_verified_at):
            return None
        return user.phone.as_e164, bool(user.phone_verified_at)

    def set_phone_verified(self, user: User, phone: str) -> None:
        is_changed = bool(user.phone_verified_at) and user.phone.as_e164 != phone
        with transaction.atomic():
            accounts.set_phone(user, phone, is_verified=True)
            if is_changed and user.email:
                self.tell("exchange/account_changed", user.email, to=user, context={"what": PHONE_CHANGED})
                offer_to_end_others(self.request)
            # the person agreed to texts on the page where they typed the number
            if self.request.session.pop(TEXTS_SESSION_KEY, "") == phone:
                consent.agree(phone, how=consent.How.PAGE, by=user, user=user)
                self.tell("exchange/texts_started", phone, to=user)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Never a person who typed this number without confirming it: its owner could enter their account."""
        reachable = Q(phone_verified_at__isnull=False) | Q(email__isnull=True)
        return User.objects.filter(reachable, phone=phone).first()

    def generate_phone_verification_code(self, *, user: User, phone: str) -> str:
        return self.granted(phone).code

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        # a code to sign in with was granted before it came here
        is_to_sign_in = not sign_in_codes.is_decided(self.request, phone)
        if (is_to_sign_in or self.is_to_be_sent(phone)) and self.may_text():
            self.tell("exchange/sign_in_code", phone, to=user, context={"code": code}, is_secret=True)

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Nothing: whoever types a number decides where a text goes, and the city pays for it."""

    def send_account_already_exists_sms(self, phone: str) -> None:
        if self.is_to_be_sent(phone) and self.may_text():
            self.tell("exchange/account_exists", phone, to=self.get_user_by_phone(phone))

    def may_text(self) -> bool:
        """Whether this network hasn't asked for too many texts today, which `sign_in_codes.grant` has said already."""
        return networks.may(self.request, "text_code")

    # --- Codes that confirm an address -------------------------------------------------------------
    def granted(self, address: str) -> sign_in_codes.Grant:
        """The code for this address, new or sent already. 429 where no form and no view asked before."""
        granted = sign_in_codes.to_confirm(self.request, address)
        if granted.wait:
            raise ImmediateHttpResponse(ratelimit.respond_429(self.request))
        return granted

    def is_to_be_sent(self, address: str) -> bool:
        if is_new := self.granted(address).is_new:
            return is_new
        sign_in_codes.say_it_was_sent(self.request)
        return False

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: EmailVerificationProcess, signup: bool
    ) -> None:
        granted = self.granted(emailconfirmation.email)
        emailconfirmation.state |= {"code": granted.code, "at": granted.sent_at}
        if self.is_to_be_sent(emailconfirmation.email):
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def send_account_already_exists_mail(self, email: str) -> None:
        if self.is_to_be_sent(email):
            super().send_account_already_exists_mail(email)

    # --- Messages ----------------------------------------------------------------------------------
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        to = context.get("user") or next(iter(filter_users_by_email(email, prefer_verified=True)), None)
        code, template = context.get("code", ""), MAILS[template_prefix]
        if template != mail_limits.UNKNOWN_ACCOUNT:
            self.tell(template, email, to=to, context={"code": code}, is_secret=bool(code))
        elif mail_limits.may_write_to(email) and networks.may(self.request, "unknown_account"):
            self.tell(template, email, to=to, batch=mail_limits.batch_today())

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        if what := CHANGES.get(template_prefix):
            self.tell("exchange/account_changed", email or "", to=user, context={"what": what})
            offer_to_end_others(self.request)

    @transaction.atomic
    def tell(
        self,
        template: str,
        address: str,
        *,
        to: User | None,
        context: dict[str, Any] | None = None,
        is_secret: bool = False,
        batch: str = "",
    ) -> None:
        receiver = to or outbox.Guest(language=(get_language() or "en")[:2])
        # the host name binds a code in a text to this site, so that phones offer it on our pages only
        site = {"site_host": urlsplit(settings.SITE_URL).hostname, "code_minutes": settings.CODE_MINUTES}
        context = {**site, **(context or {})}
        outbox.queue(
            template,
            to=receiver,
            context=context,
            is_secret=is_secret,
            address=address,
            is_answer=True,
            batch=batch,
        )

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        is_needless = message_template in CODE_SENT and request.POST.get("action") != "resend"
        if message_template == RECOVERY_CODES_MADE:
            is_needless = not has_second_step(request.user)
        if not is_needless:
            ours = f"account/messages.txt#{PurePath(message_template or '').stem}"
            super().add_message(request, level, message_template and [ours, message_template], *args, **kwargs)


def limit_session(request: HttpRequest, user: User) -> bool:
    """Store in the session when it ends. Staff pages show many people, so theirs ends the same day.

    Returns whether other people use the device.
    """
    is_shared = request.session.pop(SHARED_SESSION_KEY, False)
    handles_records = roles.handles_records(user)
    lasts, idle = _limits(handles_records, is_shared)
    request.session[HANDLES_RECORDS] = handles_records
    session_ends.begin(request.session, now=time.time(), lasts=lasts, idle=idle)
    request.session.set_expiry(0 if is_shared else lasts)  # 0: until the browser is closed
    return bool(is_shared)


def extend_session(request: HttpRequest) -> None:
    """Keep the session for as long as from a sign-in, after a fresh proof."""
    is_shared = request.session.get_expire_at_browser_close()
    lasts, _idle = _limits(request.session[HANDLES_RECORDS], is_shared)
    session_ends.keep(request.session, time.time(), lasts=lasts)
    request.session.set_expiry(0 if is_shared else lasts)


def keep_signed_in(request: HttpRequest, user: User) -> None:
    """After an act of theirs that ended all of the person's sessions: this one goes on, under another key.

    Its limits are those of what they may do now, and it stays on a shared device what it was.
    """
    person = User.objects.get(pk=user.pk)  # without the roles that were read before
    request.user = person
    update_session_auth_hash(request, person)
    request.session[SHARED_SESSION_KEY] = request.session.get_expire_at_browser_close()
    limit_session(request, person)
    UserSession.objects.create_from_request(request)


def _limits(handles_records: bool, is_shared: bool) -> tuple[int, int]:
    """Seconds that a session lasts, and that it may be unused: 0 for no limit."""
    number = facts.numbers(
        "session.staff_hours", "session.student_days", "session.student_idle_days", "session.shared_idle_minutes"
    )
    if handles_records:
        lasts, idle = int(number["session.staff_hours"]) * HOUR, 0
    else:
        lasts, idle = int(number["session.student_days"]) * DAY, int(number["session.student_idle_days"]) * DAY
    return lasts, int(number["session.shared_idle_minutes"]) * MINUTE if is_shared else idle


def proved_by_code(request: HttpRequest, user: User) -> bool:
    """Whether the last thing that the person proved in this session was a code."""
    records = get_authentication_records(request, user)
    return bool(records) and records[-1]["method"] == "code"


def offer_passkey(request: HttpRequest, user: User) -> None:
    if roles.handles_records(user) and settings.STAFF_SECOND_FACTOR:
        return  # they have to set one up anyway
    text = _("You’re signed in. Next time, sign in with your face, fingerprint or screen lock.")
    link = format_html('<a href="{}">{}</a>', reverse("mfa_add_webauthn"), gettext("Set up a passkey"))
    flash.success(request, format_html("{} {}.", text, link))


def offer_to_end_others(request: HttpRequest | None) -> None:
    """After a change to how the person signs in: somebody else may be the reason for it."""
    if not request or not isinstance(request.user, User):
        return
    if UserSession.objects.filter(user=request.user).count() > 1:
        text = _("You’re also signed in somewhere else. If that may not be you, end it now.")
        link = format_html('<a href="{}">{}</a>', reverse("usersessions_list"), gettext("See where you’re signed in"))
        flash.info(request, format_html("{} {}.", text, link))


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That didn’t match. Try again with the code your app shows now."),
        "unverified_email": _("Confirm your email address first. Then you can set up a passkey."),
    }

    def encrypt(self, text: str) -> str:
        """The app's secret is stored encrypted: a copy of the database alone cannot generate codes."""
        return vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return vault().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """The QR code on a white background, because the library's own cannot be scanned on a dark page."""
        picture = io.BytesIO()
        segno.make(url, micro=False).save(picture, kind="svg", scale=4, light="#fff", xmldecl=False)
        return picture.getvalue().decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("My passkey") if number == 1 else gettext("Passkey %(number)s") % {"number": number}

    def _get_site_name(self) -> str:
        return home().program
