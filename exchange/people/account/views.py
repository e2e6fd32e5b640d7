"""The account page, and those of allauth's views that must end on another page."""

import copy
import time
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from allauth.account import views as allauth
from allauth.account.internal.flows.phone_verification import PhoneVerificationProcess
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core import ratelimit
from allauth.mfa.base.views import ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, ReauthenticateWebAuthnView
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from exchange.base import roles
from exchange.messages import consent
from exchange.models import SignInAttempt, User
from exchange.people.account import events as account_events
from exchange.people.sign_in import accounts, attempts, known_devices, reauthentication
from exchange.people.sign_in import codes as sign_in_codes
from exchange.people.sign_in.adapters import ERRORS, extend_session
from exchange.people.sign_in.forms import SHARED_SESSION_KEY, ProfileForm, SignInCodeForm
from exchange.web import session_ends
from exchange.web.middleware import SessionEndMiddleware
from exchange.web.proofs import is_fresh, renew_key, require_fresh
from exchange.web.shortcuts import me, set_language_cookie

AGAIN = 60  # seconds that a session must gain for its log to say so: pressed twice, once is said


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One line of a summary list."""

    label: str
    value: str
    change_href: str
    change_label: str = ""


def account_detail(request: HttpRequest) -> HttpResponse:
    user = me(request)
    context = {
        "person": _person_rows(user),
        "ways": _way_rows(user),
    }
    return render(request, "account/account_detail.html", context)


def _person_rows(user: User) -> list[AccountRow]:
    edit = reverse("account-edit")
    return [
        AccountRow(_("Full name"), user.full_name, edit),
        AccountRow(_("What we call you"), user.preferred_name, edit),
        AccountRow(_("Language"), user.get_language_display(), edit),
    ]


def _way_rows(user: User) -> list[AccountRow]:
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    passkeys = kinds.count(Authenticator.Type.WEBAUTHN)
    has_app = Authenticator.Type.TOTP in kinds
    sessions = UserSession.objects.filter(user=user).count()
    devices = ngettext("%(count)s device", "%(count)s devices", sessions) % {"count": sessions}
    phone = user.phone.as_international if user.phone else ""
    add, change = _("Add"), _("Change")
    texts = [AccountRow(_("Texts from us"), texts_state(user), reverse("account-texts"))] if phone else []
    return [
        AccountRow(_("Email"), user.email or "", reverse("account_email"), change if user.email else add),
        AccountRow(_("Phone"), phone, reverse("account_change_phone"), change if phone else add),
        *texts,
        AccountRow(
            _("Passkeys"),
            str(passkeys or _("None yet")),
            reverse("mfa_list_webauthn" if passkeys else "mfa_add_webauthn"),
            change if passkeys else add,
        ),
        AccountRow(
            _("App for sign-in codes"),
            _("Set up") if has_app else _("Not set up"),
            reverse("mfa_index"),
            change if has_app else _("Set it up"),
        ),
        AccountRow(_("Where you’re signed in"), devices, reverse("usersessions_list"), _("See")),
        AccountRow(_("What happened"), _("Sign-ins and changes"), reverse("account-history"), _("See")),
    ]


def texts_state(user: User) -> str:
    agreed = bool(user.phone) and consent.allows(user.phone.as_e164, user)
    return _("You get them") if agreed else _("Only codes you ask for")


def account_edit(request: HttpRequest) -> HttpResponse:
    # a copy: the form changes its instance, and the action compares the account with the new values
    form = ProfileForm(request.POST or None, instance=copy.copy(me(request)))
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/account_edit.html", {"form": form})
    user = accounts.update_profile(me(request), **form.cleaned_data)
    messages.success(request, _("Saved."))
    response = redirect("account-detail")
    set_language_cookie(response, user.language)
    return response


@login_not_required
def code_over(request: HttpRequest) -> HttpResponse:
    """allauth's target for a person whose code has expired; the sign-in page can send a new one."""
    if not len(messages.get_messages(request)):  # unless "too many tries" has just been said
        messages.warning(request, _("That code no longer works. We can send you a new one."))
    return redirect(passthrough_next_redirect_url(request, reverse("account_login"), "next"))


class ConfirmsAddress:
    """Mixin for allauth's pages that ask for the code of a new address: guesses and new codes by `sign_in_codes`."""

    request: HttpRequest
    _action: str

    @property
    def address(self) -> str:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self._action == "verify" and not sign_in_codes.may_guess(request, self.address, None):
            messages.error(request, ERRORS["too_many_login_attempts"])
            return redirect(request.get_full_path())
        response: HttpResponse = super().post(request, *args, **kwargs)  # type: ignore[misc]
        return response

    def _verify_form_invalid(self, form: Any) -> HttpResponse:
        attempts.note(self.request, SignInAttempt.Kind.FAILED, self.address, None)
        response: HttpResponse = super()._verify_form_invalid(form)  # type: ignore[misc]
        return response

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        granted = sign_in_codes.to_confirm(self.request, self.address)
        if granted.wait:
            messages.error(self.request, granted.refusal)
            return redirect(self.request.get_full_path())
        response: HttpResponse = super()._resend_form_valid(form)  # type: ignore[misc]
        return response


class ConfirmEmail(ConfirmsAddress, allauth.ConfirmEmailVerificationCodeView):
    @property
    def address(self) -> str:
        email: str = self._process.email
        return email


class ConfirmPhone(ConfirmsAddress):
    process: PhoneVerificationProcess

    @property
    def address(self) -> str:
        phone: str = self.process.phone
        return phone


class ConfirmFirstPhone(ConfirmPhone, allauth._VerifyPhoneSignupView):
    """At sign-up."""


class ConfirmNewPhone(ConfirmPhone, allauth._VerifyPhoneChangeView):
    """In an account."""


@login_not_required
def confirm_phone(request: HttpRequest) -> HttpResponse:
    page = ConfirmNewPhone if request.user.is_authenticated else ConfirmFirstPhone
    response: HttpResponse = page.as_view()(request)
    return response


@login_not_required
def confirm_address(request: HttpRequest) -> HttpResponse:
    """The page for the code of a new address. Once that has expired, allauth redirects to sign-in without a word."""
    response = ConfirmEmail.as_view()(request)
    if _leads_to(response, reverse("account_login")):
        messages.warning(request, _("This page was open too long. Sign in again to get a new code."))
    return _keep_the_way(request, response)


def _keep_the_way(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep `next` in a redirect to the start of sign-in, so that people still get to where they were going."""
    for name in ("account_request_login_code", "account_login"):
        if _leads_to(response, reverse(name)):
            return redirect(passthrough_next_redirect_url(request, response.headers["Location"], "next"))
    return response


def _leads_to(response: HttpResponse, address: str) -> bool:
    return response.status_code == HTTPStatus.FOUND and response.headers["Location"] == address


@login_not_required
def no_password(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """404 for allauth's pages about passwords, which the portal does not have."""
    raise Http404


class ConfirmSignInCode(allauth.ConfirmLoginCodeView):
    """Counts codes that are typed, and asks for new ones, by the rules of `sign_in_codes`."""

    @method_decorator(login_not_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _keep_the_way(request, super().dispatch(request, *args, **kwargs))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`is_invited`: the code was sent, also to somebody who had no account."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        then = context["redirect_field_value"] or ""
        return context | {"is_invited": then.startswith(reverse("invitation", args=["-"]).removesuffix("-/"))}

    @property
    def _address(self) -> str:
        state = self._process.state
        return state.get("email") or state.get("phone") or ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_guess = self._action == "verify"
        if is_guess and not sign_in_codes.may_guess(request, self._address, self._process.user):
            messages.error(request, ERRORS["too_many_login_attempts"])
            return redirect(self.passthrough_next_url(reverse("account_confirm_login_code")))
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        user = self._process.user
        is_known = bool(known_devices.name_for(self.request, user))
        attempts.note(self.request, SignInAttempt.Kind.FAILED, self._address, user, is_known_device=is_known)
        response: HttpResponse = super().form_invalid(form)
        return response

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        granted = sign_in_codes.grant(self.request, self._address, self._process.user)
        if granted.wait:
            messages.error(self.request, granted.refusal)
        else:
            sign_in_codes.SignInCodeProcess(self.stage).send_again(granted)
        return redirect(self.passthrough_next_url(reverse("account_confirm_login_code")))


class RenewsKey:
    """Mixin for pages that ask for a fresh proof: afterwards the session has another key."""

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        if self.request.user.is_authenticated:  # unless what was repeated signed the person out
            renew_key(self.request)
        return response


class ReauthenticateByApp(RenewsKey, ReauthenticateView):
    """With the app's code or a recovery code."""


class ReauthenticateByPasskey(RenewsKey, ReauthenticateWebAuthnView):
    """With a passkey."""


class Reauthenticate(RenewsKey, allauth.BaseReauthenticateView):
    """Sends a code to an address of the account and asks for it; then goes on with what the person was doing."""

    template_name = "account/reauthenticate.html"
    form_class = SignInCodeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        self.process = reauthentication.CodeProcess.resume(self.request)
        kwargs: dict[str, Any] = super().get_form_kwargs()
        return {**kwargs, "code": self.process.code if self.process else ""}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        here = self.passthrough_next_url(reverse("account_reauthenticate"))
        kind = request.POST.get("send")
        action = "send_reauthentication_code" if kind else "confirm_reauthentication_code"
        if not ratelimit.consume(request, action=action, user=me(request)):
            messages.error(request, ERRORS["too_many_login_attempts"])
            return redirect(here)
        if kind:
            reauthentication.CodeProcess.begin(request, kind)
            return redirect(here)
        if not reauthentication.CodeProcess.resume(request):
            if is_fresh(request):  # pressed twice: the first press has proved it
                return redirect(self.get_success_url())
            messages.warning(request, _("That code no longer works. We can send you a new one."))
            return redirect(here)
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        if self.process:
            self.process.finish()
        response: HttpResponse = super().form_valid(form)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        account_events.record(self.request, account_events.WRONG_CODE, me(self.request), by=None, method="code")
        if self.process and not self.process.record_invalid_attempt():
            messages.error(self.request, ERRORS["too_many_login_attempts"])
            return redirect(self.passthrough_next_url(reverse("account_reauthenticate")))
        response: HttpResponse = super().form_invalid(form)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user = me(self.request)
        addresses = reauthentication.addresses_of(user)
        shown = {"phone": user.phone.as_international} if "phone" in addresses and user.phone else {}
        sent_to = next((kind for kind in addresses if self.process and self.process.state.get(kind)), "")
        return context | {"addresses": addresses | shown, "sent_to": sent_to}


class Sessions(ListUserSessionsView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require_fresh(request)
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        count = UserSession.objects.filter(user=me(self.request)).count() - 1
        response: HttpResponse = super().form_valid(form)
        user = me(self.request)
        account_events.record(self.request, account_events.OTHERS_ENDED, user, by=user, count=count)
        return response


@require_http_methods(["GET", "HEAD", "POST"])
def stay_signed_in(request: HttpRequest) -> HttpResponse:
    """GET: how long the session has left, for the warning on a page. POST: keep it.

    The end after no use is moved by one press, from a script; a fixed end only after a fresh proof, in another tab.
    """
    if request.method != "POST" and SessionEndMiddleware.BY_ITSELF not in request.headers:
        return redirect("account-detail")  # somebody who pressed too late, and signed in again
    session, now = request.session, time.time()
    why, left = session_ends.next_end(session, now) or ("", session_ends.FAR)
    if request.method == "POST" and why == "time":
        require_fresh(request)
        extend_session(request)
        if session[session_ends.ENDS]["at"] - now - left > AGAIN:
            account_events.record(request, account_events.SESSION_EXTENDED, me(request), by=me(request))
        return render(request, "account/stayed_signed_in.html", {"until": _moment(session[session_ends.ENDS]["at"])})
    if request.method == "POST":
        session_ends.keep(session, now)
        _why, left = session_ends.next_end(session, now) or ("", session_ends.FAR)
    return JsonResponse({"why": why, "seconds": int(left)})


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.get_current_timezone())


class SignOut(allauth.LogoutView):
    """Tells the browser to forget what it has of us.

    That includes its storage only if the page's script has sent everything that was written there (docs/adr/0009): text
    that waits for a connection may be another person's.
    """

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        is_sent = "is_sent" in self.request.POST
        response: HttpResponse = super().post(*args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache", "storage"' if is_sent else '"cache"'
        return response


class SignInByPasskey(LoginWebAuthnView):
    @method_decorator(login_not_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        self.request.session[SHARED_SESSION_KEY] = self.request.POST.get("shared") == "on"
        response: HttpResponse = super().form_valid(form)
        return response


class AddPasskey(AddWebAuthnView):
    def get_success_url(self) -> str:
        # recovery codes are for a second step, which students do not have
        if not roles.handles_records(self.request.user):
            return reverse("account-detail")
        url: str = super().get_success_url()
        return url
