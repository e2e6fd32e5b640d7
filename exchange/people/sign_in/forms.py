"""Forms of sign-in, sign-up and the account page. No form here asks for a password."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from exchange.base.names import validate_name
from exchange.messages import text_limits
from exchange.messages.phone_numbers import to_e164
from exchange.models import Language, User
from exchange.people.sign_in import codes as sign_in_codes

# Session key of what was typed at sign-in, so that a new person need not type it again to sign up.
CONTACT_SESSION_KEY = "contact"
# Session key of a number that wants texts, until it is confirmed.
TEXTS_SESSION_KEY = "texts"

# Session key of whether the person signs in on a device that others use.
SHARED_SESSION_KEY = "shared_device"


def contact_field() -> forms.CharField:
    return forms.CharField(
        label=_("Email or phone number"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username webauthn", "autocapitalize": "none"}),
    )


def split_contact(value: str) -> tuple[str, str]:
    """(email, "") or ("", number in E.164); ValidationError if it is neither."""
    value = value.strip()
    if "@" in value:
        try:
            validate_email(value)
        except forms.ValidationError:
            message = _("Check the email address. It should look like name@example.com.")
            raise forms.ValidationError(message, code="email") from None
        return value.lower(), ""
    if not text_limits.are_on():
        raise forms.ValidationError(_("We don’t send texts. Enter your email address."), code="texts_are_off")
    if phone := to_e164(value):
        check_texts(phone)
        return "", phone
    message = _("Enter an email address, or a phone number with its area code, like 213 555 0134.")
    raise forms.ValidationError(message, code="contact")


def check_texts(phone: str) -> None:
    """ValidationError if we send no texts to this number: then no code can reach it."""
    if not text_limits.takes(phone, text_limits.countries()):
        message = _("We can’t text this number. Use your email address, or a cell phone number from the U.S.")
        raise forms.ValidationError(message, code="cannot_be_texted")


def texts_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Text me about my application and my trip"),
        help_text=_(
            "A few texts a month: reminders and news, each with a link and nothing private. Reply STOP to any of"
            " them to stop. Message and data rates may apply. If you don’t check this, we’ll only text the codes"
            " you ask for."
        ),
        required=False,
    )


def shared_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Other people use this phone or computer"),
        help_text=_("We’ll sign you out soon after you stop using it, and when you close the browser."),
        required=False,
    )


def check_code(form: forms.BaseForm, address: str, field: str) -> None:
    """Add the wait to the field if no code may be sent to this address yet."""
    if context.request and address and not form.errors:
        granted = sign_in_codes.to_confirm(context.request, address)
        if granted.wait:
            form.add_error(field, forms.ValidationError(granted.refusal, code="rate_limited"))


def remember_wish(phone: str, wants_texts: bool) -> None:
    """Remember in the session that the number wants texts. Consent counts only once the number is confirmed."""
    if context.request:
        context.request.session[TEXTS_SESSION_KEY] = phone if wants_texts else ""


def remembered_contact() -> str:
    contact: str = context.request.session.get(CONTACT_SESSION_KEY, "") if context.request else ""
    return contact


class SignInForm(account.LoginForm):
    shared = shared_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = contact_field()
        if not text_limits.are_on():
            self.fields["login"].label = _("Email address")
        self.initial.setdefault("login", remembered_contact())

    def clean_login(self) -> str:
        email, phone = split_contact(self.cleaned_data["login"])
        self.request.session[CONTACT_SESSION_KEY] = email or phone
        return email or phone

    def clean_shared(self) -> bool:
        is_shared: bool = self.cleaned_data["shared"]
        self.request.session[SHARED_SESSION_KEY] = is_shared
        return is_shared

    def _clean_without_password(self, email: str | None, phone: str | None) -> dict[str, Any]:
        """allauth's limits per address would let strangers use up a person's codes: see `sign_in_codes`."""
        self.user = self._owner_of(email, phone)
        if address := email or phone:
            self.granted = sign_in_codes.grant(self.request, address, self.user)
            if self.granted.wait:
                self.add_error("login", forms.ValidationError(self.granted.refusal, code="too_many_login_attempts"))
        else:
            self.add_error("login", get_adapter().validation_error("invalid_login"))
        cleaned: dict[str, Any] = self.cleaned_data
        return cleaned

    @staticmethod
    def _owner_of(email: str | None, phone: str | None) -> User | None:
        if email:
            found: list[User] = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
            return found[0] if found else None
        owner: User | None = get_adapter().get_user_by_phone(phone) if phone else None
        return owner

    def _login_by_code(
        self, request: HttpRequest, redirect_url: str | None, credentials: dict[str, Any]
    ) -> HttpResponse:
        sign_in_codes.SignInCodeProcess.begin(
            request,
            user=self.user,
            email=credentials.get("email"),
            phone=credentials.get("phone"),
            granted=self.granted,
        )
        page = reverse("account_confirm_login_code")
        return redirect(f"{page}?{urlencode({REDIRECT_FIELD_NAME: redirect_url})}" if redirect_url else page)


class SignUpForm(account.SignupForm):
    """Sign-up by one address, email or phone. Whether an account has it is never shown, only told to the address."""

    contact = contact_field()
    texts = texts_field()
    preferred_name = forms.CharField(
        label=_("What should we call you?"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        validators=[validate_name],
        error_messages={"required": _("Enter the name you go by.")},
    )
    language = forms.ChoiceField(label=_("Which language should we use?"), choices=Language, widget=forms.RadioSelect)
    shared = shared_field()
    field_order = ("contact", "texts", "preferred_name", "language", "shared")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["email"], self.fields["phone"]  # `contact` takes either
        if not text_limits.are_on():
            self.fields["contact"].label = _("Email address")
        self.initial.setdefault("contact", self.initial.get("email") or remembered_contact())
        self.initial.setdefault("language", get_language())
        self.fields["texts"].label = _("If this is a phone number: text me about my application and my trip")
        if not text_limits.are_on():
            del self.fields["texts"]

    def clean_contact(self) -> str:
        email, phone = split_contact(self.cleaned_data["contact"])
        if email:
            email = self.validate_unique_email(get_adapter().clean_email(email))
        self.cleaned_data |= {"email": email, "phone": phone}
        return email or phone

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        remember_wish(self.cleaned_data.get("phone") or "", bool(self.cleaned_data.get("texts")))
        if context.request:
            context.request.session[SHARED_SESSION_KEY] = bool(self.cleaned_data.get("shared"))
        check_code(self, self.cleaned_data.get("contact", ""), "contact")
        return data

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        try:
            with transaction.atomic():
                return self._try_save(request)
        except IntegrityError:  # the same form was sent twice at once: the second finds the account of the first
            self.account_already_exists = True
            return self._try_save(request)

    def _try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved


class CodeForm:
    """Mixin for a form with a `code` field, which a phone can fill in from the message."""

    code_label = _("The code we sent you")  # six digits, or eight: `sign_in_codes`
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = self.code_label
        self.fields["code"].error_messages["required"] = _("Enter the code.")
        self.fields["code"].widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12, "size": 12}
        )


class SignInCodeForm(CodeForm, account.ConfirmLoginCodeForm):
    pass


class EmailCodeForm(CodeForm, account.ConfirmEmailVerificationCodeForm):
    pass


class PhoneCodeForm(CodeForm, account.VerifyPhoneForm):
    pass


class ActivateAppForm(CodeForm, totp.ActivateTOTPForm):
    code_label = _("Six-digit code from the app")


class SecondStepForm(CodeForm, mfa.AuthenticateForm):
    code_label = _("Code from your app, or one of your recovery codes")


class ReauthenticateForm(CodeForm, mfa.ReauthenticateForm):
    code_label = _("Code from your app, or one of your recovery codes")


class ChangeEmailForm(account.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New email address")
        self.fields["email"].widget.attrs.pop("placeholder", None)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        check_code(self, self.cleaned_data.get("email", ""), "email")
        return data


class MistypedEmailForm(account.ChangeEmailForm):
    """On the page that asks for the code: another address instead."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        check_code(self, self.cleaned_data.get("email", ""), "email")
        return data


class ChangePhoneForm(account.ChangePhoneForm):
    texts = texts_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = _("New phone number")

    def clean_phone(self) -> str:
        phone: str = super().clean_phone()
        check_texts(phone)
        return phone

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        remember_wish(self.cleaned_data.get("phone") or "", bool(self.cleaned_data.get("texts")))
        check_code(self, self.cleaned_data.get("phone", ""), "phone")
        return data


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """Every passkey added here can sign in by itself, so that choice of allauth's form is preset and hidden."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name for this passkey")
        self.fields["name"].widget.attrs["maxlength"] = 60
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].widget.attrs["hidden"] = True


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name for this passkey")
        self.fields["name"].widget.attrs["maxlength"] = 60


if TYPE_CHECKING:  # generic in the stubs, but not at runtime
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


class ProfileForm(UserForm):
    class Meta:
        model = User
        fields = ("full_name", "preferred_name", "language")
        labels = {
            "full_name": _("Full name"),
            "preferred_name": _("What should we call you?"),
            "language": _("Which language should we use?"),
        }
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "preferred_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "language": forms.RadioSelect,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["preferred_name"].required = True
        for name in ("full_name", "preferred_name"):
            self.fields[name].validators.append(validate_name)
