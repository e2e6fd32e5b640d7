"""Forms of sign-in, sign-up and the account page. No form here asks for a password."""

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from exchange.base.names import validate_name
from exchange.messages.phone_numbers import to_e164
from exchange.models import Language, User

# What was typed at sign-in is kept here, so that a new person need not type it again to sign up.
CONTACT_SESSION_KEY = "contact"
# The number that wants texts, until it is confirmed.
TEXTS_SESSION_KEY = "texts"


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
    if phone := to_e164(value):
        return "", phone
    message = _("Enter an email address, or a phone number with its area code, like 213 555 0134.")
    raise forms.ValidationError(message, code="contact")


def texts_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Text me about my application and my trip"),
        help_text=_(
            "A few texts a month: reminders and news, each with a link and nothing private. Reply STOP to any of "
            "them to stop. The rates of your phone plan apply. Without this, a number gets only the codes you ask for."
        ),
        required=False,
    )


def remember_wish(phone: str, wants_texts: bool) -> None:
    """Kept until the number is confirmed: before that, anyone could agree for anyone."""
    if context.request:
        context.request.session[TEXTS_SESSION_KEY] = phone if wants_texts else ""


def remembered_contact() -> str:
    return context.request.session.get(CONTACT_SESSION_KEY, "") if context.request else ""


class SignInForm(account.LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"] = contact_field()
        self.initial.setdefault("login", remembered_contact())

    def clean_login(self):
        email, phone = split_contact(self.cleaned_data["login"])
        self.request.session[CONTACT_SESSION_KEY] = email or phone
        return email or phone


class SignUpForm(account.SignupForm):
    """One address, email or phone. Whether somebody has it already is never shown, only told to the address."""

    contact = contact_field()
    texts = texts_field()
    preferred_name = forms.CharField(
        label=_("What should we call you?"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        validators=[validate_name],
    )
    language = forms.ChoiceField(
        label=_("Which language should we use with you?"), choices=Language, widget=forms.RadioSelect
    )
    field_order = ("contact", "texts", "preferred_name", "language")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["email"], self.fields["phone"]  # the one field takes either
        self.initial.setdefault("contact", self.initial.get("email") or remembered_contact())
        self.initial.setdefault("language", get_language())
        self.fields["texts"].label = _("If this is a phone number: text me about my application and my trip")

    def clean_contact(self):
        email, phone = split_contact(self.cleaned_data["contact"])
        if email:
            email = self.validate_unique_email(get_adapter().clean_email(email))
        self.cleaned_data |= {"email": email, "phone": phone}
        return email or phone

    def clean(self):
        data = super().clean()
        remember_wish(self.cleaned_data.get("phone") or "", bool(self.cleaned_data.get("texts")))
        return data

    def try_save(self, request):
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:  # the same form came twice at once: the second finds the account of the first
            self.account_already_exists = True
            return super().try_save(request)


class CodeForm:
    """For a form with a `code` field: six digits that the phone may fill in by itself."""

    code_label = _("Six-digit code")
    fields: dict[str, forms.Field]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].label = self.code_label
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
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New email address")
        self.fields["email"].widget.attrs.pop("placeholder", None)


class ChangePhoneForm(account.ChangePhoneForm):
    texts = texts_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = _("New phone number")

    def clean(self):
        data = super().clean()
        remember_wish(self.cleaned_data.get("phone") or "", bool(self.cleaned_data.get("texts")))
        return data


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """Every key we add can sign in by itself, so the choice is made for the person and stays out of sight."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].widget.attrs["maxlength"] = 60
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].widget.attrs["hidden"] = True


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].widget.attrs["maxlength"] = 60


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("full_name", "preferred_name", "language")
        labels = {
            "full_name": _("Full name"),
            "preferred_name": _("What should we call you?"),
            "language": _("Which language should we use with you?"),
        }
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "preferred_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "language": forms.RadioSelect,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["preferred_name"].required = True
        for name in ("full_name", "preferred_name"):
            self.fields[name].validators.append(validate_name)
