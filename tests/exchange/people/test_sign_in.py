"""Signing up and in by a code through email or phone."""

import re
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.messages import get_messages
from django.template.defaulttags import PartialDefNode
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from django.utils import translation

from exchange.models import Event, Message, User
from exchange.people.sign_in import accounts
from exchange.web import first_script
from tests.factories import UserFactory
from tests.signing import ask_for_code, code_for, newest, sign_up, signed_in, type_code

pytestmark = pytest.mark.django_db

NUMBER = "+12135550134"
PASSWORD_PAGES = [
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
]


# --- Signing up --------------------------------------------------------------------------------------


def test_sign_up_by_email(client):
    response = sign_up(client, "Nadia@Example.edu", language="es")

    assert response.url == reverse("account_email_verification_sent")
    user = User.objects.get()
    assert (user.email, user.phone, user.preferred_name, user.language) == ("nadia@example.edu", None, "Nadia", "es")
    assert not user.has_usable_password()
    assert not signed_in(client)

    response = type_code(client, code_for("nadia@example.edu"), "account_email_verification_sent")

    assert response.url == reverse("home")
    assert signed_in(client) == str(user.pk)
    assert EmailAddress.objects.get(user=user).verified
    assert Event.objects.get(action="person.sign_up").by == user


def test_sign_up_by_phone(client):
    response = sign_up(client, "(213) 555-0134")

    assert response.url == reverse("account_verify_phone")
    user = User.objects.get()
    assert (user.email, user.phone.as_e164, user.phone_verified_at) == (None, NUMBER, None)

    response = type_code(client, code_for(NUMBER), "account_verify_phone")

    assert response.url == reverse("home")
    assert signed_in(client) == str(user.pk)
    user.refresh_from_db()
    assert user.phone_verified_at


def test_sign_up_keeps_what_was_typed_and_names_the_problem(client):
    response = sign_up(client, "213", name="Nadia")

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["contact"]
    assert b'value="Nadia"' in response.content
    assert b'value="213"' in response.content
    assert not User.objects.exists()


@pytest.mark.parametrize(("traits", "contact"), [({}, "ana@example.edu"), ({"by_phone": True}, NUMBER)])
def test_sign_up_with_a_known_address_tells_only_its_owner(client, traits, contact):
    owner = UserFactory(**traits, **{"phone" if traits else "email": contact})
    stranger = Client()

    known = sign_up(client, contact)
    fresh = sign_up(stranger, "new@example.edu" if "@" in contact else "+12135550177")

    assert known.url == fresh.url
    assert client.get(known.url).status_code == 200
    assert User.objects.count() == 2
    assert newest(contact).template == "exchange/account_exists"
    assert newest(contact).recipient == owner
    assert not newest(contact).is_secret


def test_sign_up_twice_at_once_makes_one_account(client, monkeypatch):
    UserFactory(email="nadia@example.edu")
    monkeypatch.setattr("allauth.account.internal.flows.manage_email.assess_unique_email", lambda *a, **k: True)

    response = sign_up(client, "nadia@example.edu")

    assert response.url == reverse("account_email_verification_sent")
    assert User.objects.filter(email="nadia@example.edu").count() == 1


def test_sign_up_takes_over_a_number_that_nobody_confirmed(client):
    careless = UserFactory(phone=NUMBER)

    sign_up(client, NUMBER)
    type_code(client, code_for(NUMBER), "account_verify_phone")

    careless.refresh_from_db()
    assert careless.phone is None
    assert User.objects.get(phone=NUMBER).phone_verified_at


# --- Signing in --------------------------------------------------------------------------------------


def test_sign_in_by_email(client):
    user = UserFactory(email="ana@example.edu")

    response = ask_for_code(client, "ANA@example.edu")
    assert response.url == reverse("account_confirm_login_code")
    message = newest("ana@example.edu")
    assert (message.channel, message.recipient, message.is_secret) == ("email", user, True)

    response = type_code(client, code_for("ana@example.edu"))

    assert response.url == reverse("home")
    assert signed_in(client) == str(user.pk)
    assert UserSession.objects.get().user == user


def test_sign_in_by_phone_sends_a_text_only(client):
    user = UserFactory(email="ana@example.edu", phone=NUMBER)
    accounts.set_phone(user, NUMBER, is_verified=True)

    ask_for_code(client, "213-555-0134")
    type_code(client, code_for(NUMBER))

    assert signed_in(client) == str(user.pk)
    assert [m.channel for m in Message.objects.all()] == ["text"]


def test_sign_in_of_somebody_who_has_only_a_phone(client):
    user = UserFactory(by_phone=True, phone=NUMBER)

    ask_for_code(client, NUMBER)
    type_code(client, code_for(NUMBER))

    assert signed_in(client) == str(user.pk)


def test_text_with_a_code_is_bound_to_our_site(client):
    UserFactory(by_phone=True, phone=NUMBER)

    ask_for_code(client, NUMBER)

    assert newest(NUMBER).body.endswith(f"@localhost #{code_for(NUMBER)}")


def test_sign_in_leads_on_to_the_page_that_was_asked_for(client):
    UserFactory(email="ana@example.edu")

    response = ask_for_code(client, "ana@example.edu", next="/account/edit/")
    response = client.post(response.url, {"code": code_for("ana@example.edu")})

    assert response.url == "/account/edit/"


def test_account_made_by_the_office_is_confirmed_by_its_first_code(client):
    user = UserFactory(email="ana@example.edu", confirmed=False)

    ask_for_code(client, "ana@example.edu")
    response = type_code(client, code_for("ana@example.edu"))

    assert response.url == reverse("home")
    assert EmailAddress.objects.get(user=user).verified


def test_code_comes_in_the_language_of_its_receiver(client):
    UserFactory(email="ana@example.edu", language="es")

    with translation.override("en"):
        ask_for_code(client, "ana@example.edu")

    message = newest("ana@example.edu")
    assert message.language == "es"
    assert 'lang="es"' in message.html


def test_wrong_code_does_not_sign_in(client):
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")
    right = code_for("ana@example.edu")

    response = type_code(client, "000000" if right != "000000" else "111111")

    assert response.status_code == 200
    assert response.context["form"].has_error("code", "incorrect_code")
    assert not signed_in(client)


def test_fifth_wrong_code_ends_the_code(client):
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")
    right = code_for("ana@example.edu")
    wrong = "000000" if right != "000000" else "111111"

    for _attempt in range(5):
        type_code(client, wrong)
    type_code(client, right)

    assert not signed_in(client)


def test_expired_code_says_so_and_keeps_the_address(client, settings):
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")
    code = code_for("ana@example.edu")
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1

    type_code(client, code)
    response = client.get(reverse("account_request_login_code"), follow=True)

    assert not signed_in(client)
    assert b"no longer works" in response.content
    assert b'value="ana@example.edu"' in response.content


def test_what_is_said_after_an_act_has_the_name_of_a_text_of_allauth():
    page = get_template("account/messages.txt").template
    ours = {node.partial_name for node in page.nodelist.get_nodes_by_type(PartialDefNode)}
    theirs = {path.stem for path in Path(allauth.__file__).parent.glob("templates/*/messages/*.txt")}

    without_our_words = {name for name in theirs if name.startswith(("password_", "account_"))}
    assert ours == theirs - without_our_words


def test_new_code_replaces_the_old_one(client):
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")
    old = code_for("ana@example.edu")

    response = client.post(reverse("account_confirm_login_code"), {"action": "resend"})
    new = code_for("ana@example.edu")

    assert [str(m) for m in get_messages(response.wsgi_request)] == ["We sent a new code to ana@example.edu."]
    assert Message.objects.count() == 2
    if old != new:
        type_code(client, old)
        assert not signed_in(client)
    type_code(client, new)
    assert signed_in(client)


@pytest.mark.parametrize("contact", ["nobody@example.edu", NUMBER])
def test_unknown_address_looks_the_same_and_is_told_how_to_sign_up(client, contact):
    """By email and on the page; not by text, which costs, and where it goes a stranger decides."""
    response = ask_for_code(client, contact)

    assert response.url == reverse("account_confirm_login_code")
    assert client.post(response.url, {"action": "resend"}).status_code == 302
    told = list(Message.objects.values_list("address", "template", "recipient"))
    assert told == ([] if contact == NUMBER else [(contact, "exchange/unknown_account", None)])

    page = client.get(response.url)
    assert f'href="{reverse("account_signup")}"'.encode() in page.content
    page = client.get(reverse("account_signup"))
    assert f'value="{contact}"'.encode() in page.content


def test_unconfirmed_number_does_not_open_the_account(client):
    UserFactory(phone=NUMBER)

    ask_for_code(client, NUMBER)

    assert not Message.objects.exists()


def test_closed_account_does_not_open(client):
    UserFactory(by_phone=True, phone=NUMBER, is_active=False)

    ask_for_code(client, NUMBER)
    response = type_code(client, code_for(NUMBER))

    assert response.url == reverse("account_inactive")
    assert not signed_in(client)


def test_fourth_code_in_a_minute_has_to_wait_and_the_page_says_how_long(client):
    UserFactory(email="ana@example.edu")

    for _attempt in range(3):
        assert ask_for_code(Client(), "ana@example.edu").status_code == 302
    response = ask_for_code(client, "ana@example.edu")

    assert "Try again in 1 minute." in response.context["form"].errors["login"][0]
    assert Message.objects.count() == 3


def test_reached_limit_is_a_page_and_not_an_error(settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"signup": "20/m/ip"}
    for number in range(20):
        sign_up(Client(), f"ana{number}@example.edu")

    response = sign_up(Client(), NUMBER)

    assert response.status_code == 429
    assert b"Too many tries" in response.content


@pytest.mark.parametrize("name", PASSWORD_PAGES)
def test_no_page_asks_for_a_password(client, sign_in, name):
    assert client.get(reverse(name)).status_code == 404
    assert sign_in(UserFactory()).get(reverse(name)).status_code == 404


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_confirm_login_code"])
def test_pages_on_the_way_in_hold_no_password_field_and_no_script_but_the_first(client, name):
    ask_for_code(client, "ana@example.edu")
    page = client.get(reverse(name)) if name == "account_confirm_login_code" else Client().get(reverse(name))
    first = f"<script>{first_script.TEXT}</script>"
    scripts = re.findall(r"<script[^>]*>", page.text.replace(first, ""))

    assert 'type="password"' not in page.text
    assert page.text.count(first) == 1
    assert all("src=" in script or 'type="application/json"' in script for script in scripts)
