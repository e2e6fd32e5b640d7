"""What signing out leaves on a device, and the choice of a shared device with a passkey."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from django.test import Client
from django.urls import reverse

from exchange.models import Event
from exchange.web import session_ends
from tests.exchange.people.test_sessions import DAY, MINUTE, entered
from tests.factories import UserFactory
from tests.signing import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("posted", "header"),
    [({}, '"cache"'), ({"is_sent": "on"}, '"cache", "storage"')],
)
def test_sign_out_empties_the_browser_but_not_what_still_waits_there(client, posted, header):
    entered(client, UserFactory())

    response = client.post(reverse("account_logout"), posted)

    assert response.headers["Clear-Site-Data"] == header
    assert not signed_in(client)


def test_page_of_the_account_sends_what_waits_before_it_signs_out(client):
    page = entered(client, UserFactory()).get(reverse("account-detail")).text

    assert page.count("data-sign-out=") == page.count(f'action="{reverse("account_logout")}"') == 2


@pytest.fixture
def passkey(monkeypatch):
    user = UserFactory()
    key = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "phone"})
    monkeypatch.setattr(LoginWebAuthnForm, "clean_credential", lambda form: key)
    return key


@pytest.mark.parametrize(("shared", "idle"), [("on", 15 * MINUTE), ("", 14 * DAY)])
def test_passkey_takes_the_choice_of_a_shared_device(client, passkey, settings, shared, idle):
    client.post(reverse("mfa_login_webauthn"), {"credential": '{"id": "x"}', "shared": shared})

    assert signed_in(client) == str(passkey.user.pk)
    assert client.session[session_ends.ENDS]["idle"] == idle
    assert (settings.DEVICE_COOKIE_NAME in client.cookies) == (not shared)
    assert Event.objects.get(action="account.signed_in").changes["methods"] == ["webauthn"]


def test_page_of_sign_in_has_the_field_that_the_script_fills():
    assert '<input type="hidden" name="shared">' in Client().get(reverse("account_login")).text
