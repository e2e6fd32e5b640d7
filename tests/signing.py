"""The steps of signing in, for tests that sign in as people do."""

import re
import time

from django.urls import reverse

from exchange.models import Message
from exchange.web import proofs

# Pages in the middle of signing in or of a second factor: they answer only to a session that is at that step, or ask
# for reauthentication; tests/exchange/people/test_sign_in.py tests them. There are no passwords.
# or ask to confirm oneself again; tests/exchange/people/test_sign_in.py walks them. Passwords do not exist here.
MIDDLE_OF_SIGNING_IN = {
    "account_request_login_code",
    "account_confirm_login_code",
    "account_no_password",
    "account_reauthenticate",
    "account_email_verification_sent",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_verify_phone",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    "mfa_login_webauthn",
}


def newest(address):
    return Message.objects.filter(address=address).first()


def code_for(address):
    return re.search(r"\b\d{6}(\d\d)?\b", newest(address).body)[0]


def ask_for_code(client, login, **extra):
    return client.post(reverse("account_login"), {"login": login, **extra})


def type_code(client, code, page="account_confirm_login_code"):
    return client.post(reverse(page), {"code": code})


def sign_up(client, contact, name="Nadia", language="en", **extra):
    data = {"contact": contact, "preferred_name": name, "language": language, **extra}
    return client.post(reverse("account_signup"), data)


def minutes_old(client, minutes):
    """The same client, as if its person had signed in this many minutes ago and proved nothing since."""
    session = client.session
    session[proofs.SIGNED_IN_AT] = time.time() - minutes * 60
    session.save()
    return client


def signed_in(client):
    return client.session.get("_auth_user_id")
