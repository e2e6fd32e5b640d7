"""Signing up and in by a code through email or phone, and the second step of those who work here."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import translation

from exchange import messages, people
from exchange.models import Event, Message, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NUMBER = "+12135550134"
PASSWORD_PAGES = [
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
]


def newest(address):
    return Message.objects.filter(address=address).first()


def code_for(address):
    return re.search(r"\b\d{6}\b", newest(address).body)[0]


def ask_for_code(client, login, **extra):
    return client.post(reverse("account_login"), {"login": login, **extra})


def type_code(client, code, page="account_confirm_login_code"):
    return client.post(reverse(page), {"code": code})


def sign_up(client, contact, name="Nadia", language="en"):
    data = {"contact": contact, "preferred_name": name, "language": language}
    return client.post(reverse("account_signup"), data)


def signed_in(client):
    return client.session.get("_auth_user_id")


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
    people.set_phone(user, NUMBER, is_verified=True)

    ask_for_code(client, "213-555-0134")
    type_code(client, code_for(NUMBER))

    assert signed_in(client) == str(user.pk)
    assert [m.channel for m in Message.objects.all()] == ["text"]


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
    response = ask_for_code(client, contact)

    assert response.url == reverse("account_confirm_login_code")
    message = newest(contact)
    assert (message.template, message.recipient) == ("exchange/unknown_account", None)
    assert reverse("account_signup") in message.body
    assert client.post(response.url, {"action": "resend"}).status_code == 302
    assert Message.objects.count() == 1

    page = client.get(response.url)
    assert f'href="{reverse("account_signup")}"'.encode() in page.content
    page = client.get(reverse("account_signup"))
    assert f'value="{contact}"'.encode() in page.content


def test_unconfirmed_number_does_not_open_the_account(client):
    UserFactory(phone=NUMBER)

    ask_for_code(client, NUMBER)

    assert newest(NUMBER).template == "exchange/unknown_account"


def test_closed_account_does_not_open(client):
    UserFactory(by_phone=True, phone=NUMBER, is_active=False)

    ask_for_code(client, NUMBER)
    response = type_code(client, code_for(NUMBER))

    assert response.url == reverse("account_inactive")
    assert not signed_in(client)


def test_fourth_code_in_a_minute_is_refused(client):
    UserFactory(email="ana@example.edu")

    for _attempt in range(3):
        assert ask_for_code(Client(), "ana@example.edu").status_code == 302
    response = ask_for_code(client, "ana@example.edu")

    assert "Too many tries" in response.context["form"].errors["login"][0]
    assert Message.objects.count() == 3


def test_reached_limit_is_a_page_and_not_an_error(client):
    sign_up(client, NUMBER)

    response = sign_up(Client(), NUMBER)

    assert response.status_code == 429
    assert b"Too many tries" in response.content


@pytest.mark.parametrize("name", PASSWORD_PAGES)
def test_no_page_asks_for_a_password(client, sign_in, name):
    assert client.get(reverse(name)).status_code == 404
    assert sign_in(UserFactory()).get(reverse(name)).status_code == 404


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_confirm_login_code"])
def test_pages_on_the_way_in_hold_no_password_field_and_no_inline_script(client, name):
    ask_for_code(client, "ana@example.edu")
    page = client.get(reverse(name)) if name == "account_confirm_login_code" else Client().get(reverse(name))
    scripts = re.findall(r"<script[^>]*>", page.text)

    assert 'type="password"' not in page.text
    assert scripts
    assert all("src=" in script or 'type="application/json"' in script for script in scripts)


# --- Passkeys and the second step --------------------------------------------------------------------


def test_passkey_is_offered_after_a_code(client):
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")

    response = type_code(client, code_for("ana@example.edu"))

    offers = [str(m) for m in get_messages(response.wsgi_request)]
    assert len(offers) == 1
    assert reverse("mfa_add_webauthn") in offers[0]


def test_student_with_a_passkey_still_gets_in_by_a_code(client):
    user = UserFactory(email="ana@example.edu")
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "old phone"})
    ask_for_code(client, "ana@example.edu")

    response = type_code(client, code_for("ana@example.edu"))

    assert response.url == reverse("home")
    assert signed_in(client)


def set_up_app(client):
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    return client.post(reverse("mfa_activate_totp"), {"code": code})


@pytest.mark.parametrize("role", ["advisor", "coordinator", "director"])
def test_staff_without_a_second_step_can_only_set_one_up(sign_in, settings, role):
    settings.STAFF_SECOND_FACTOR = True
    client = sign_in(UserFactory(**{role: True}))

    response = client.get(reverse("home"))

    assert response.url == reverse("mfa_index")
    assert client.get(reverse("admin:index")).url == reverse("mfa_index")
    assert client.get(response.url).status_code == 200
    assert client.post(reverse("set-language"), {"language": "es"}).url != reverse("mfa_index")


def test_staff_who_set_up_an_app_get_on_and_are_asked_for_it_next_time(client, sign_in, settings):
    settings.STAFF_SECOND_FACTOR = True
    user = UserFactory(email="ines@example.gov", coordinator=True)
    first = sign_in(user)
    assert set_up_app(first).status_code == 302
    assert first.get(reverse("account-detail")).status_code == 200
    assert getattr(first.get(reverse("home")), "url", "") != reverse("mfa_index")

    ask_for_code(client, "ines@example.gov")
    response = type_code(client, code_for("ines@example.gov"))

    assert response.url == reverse("mfa_authenticate")
    assert client.get(response.url).status_code == 200
    assert not signed_in(client)
    recovery = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()[0]
    client.post(response.url, {"code": recovery})
    assert signed_in(client) == str(user.pk)


def test_students_and_the_demo_need_no_second_step(sign_in, settings):
    settings.STAFF_SECOND_FACTOR = True
    assert sign_in(UserFactory()).get(reverse("account-detail")).status_code == 200
    settings.STAFF_SECOND_FACTOR = False
    staff = sign_in(UserFactory(coordinator=True))
    assert getattr(staff.get(reverse("home")), "url", "") != reverse("mfa_index")


def test_secret_of_the_app_is_not_kept_in_the_clear(sign_in, settings):
    client = sign_in(UserFactory())
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    set_up_app(client)
    kept = Authenticator.objects.get(type="totp")

    assert secret not in str(kept.data)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the key of next year" * 3
    assert kept.wrap().validate_code("000000") is False  # readable with the older key, so no error


def test_change_of_the_account_is_told_to_its_owner(sign_in, django_capture_on_commit_callbacks):
    user = UserFactory(email="ana@example.edu")

    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(sign_in(user))

    bodies = [message.body for message in Message.objects.filter(template="exchange/account_changed")]
    assert any("An app for sign-in codes was added." in body for body in bodies)


# --- The account page --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["account_email", "account_change_phone", "account-edit", "mfa_index", "mfa_add_webauthn"]
)
def test_pages_of_the_account_open_without_proving_again(sign_in, name):
    page = sign_in(UserFactory()).get(reverse(name))

    assert page.status_code == 200
    assert 'type="password"' not in page.text


def test_account_page_shows_the_ways_in(sign_in):
    page = sign_in(UserFactory(email="ana@example.edu", full_name="Ana Ruiz")).get(reverse("account-detail"))

    for text in ("Ana Ruiz", "ana@example.edu", "English", "Passkeys", "Where you are signed in", "Sign out"):
        assert text in page.text


def test_account_edit_saves_and_records(sign_in):
    user = UserFactory(full_name="Ana Ruiz", preferred_name="Ana")
    new = {"full_name": "Ana Ruiz Vega", "preferred_name": "Anita", "language": "es"}

    response = sign_in(user).post(reverse("account-edit"), new)

    user.refresh_from_db()
    assert (user.full_name, user.preferred_name, user.language) == ("Ana Ruiz Vega", "Anita", "es")
    assert response.cookies["language"].value == "es"
    event = Event.objects.get(action="person.update_profile")
    assert (event.by, event.changes) == (user, {"fields": ["full_name", "preferred_name", "language"]})


def test_new_email_counts_only_after_its_code(sign_in):
    user = UserFactory(email="ana@example.edu")
    client = sign_in(user)

    client.post(reverse("account_email"), {"action_add": "1", "email": "new@example.com"})
    user.refresh_from_db()
    assert user.email == "ana@example.edu"
    type_code(client, code_for("new@example.com"), "account_email_verification_sent")

    user.refresh_from_db()
    assert user.email == "new@example.com"
    assert [a.email for a in EmailAddress.objects.filter(user=user)] == ["new@example.com"]
    assert newest("ana@example.edu").template == "exchange/account_changed"


def test_new_phone_counts_only_after_its_code(sign_in):
    user = UserFactory()
    client = sign_in(user)

    client.post(reverse("account_change_phone"), {"phone": "213 555 0134"})
    user.refresh_from_db()
    assert user.phone is None
    type_code(client, code_for(NUMBER), "account_verify_phone")

    user.refresh_from_db()
    assert user.phone.as_e164 == NUMBER
    assert user.phone_verified_at


def test_other_sessions_can_be_ended(client):
    UserFactory(email="ana@example.edu")
    other = Client()
    for one in (other, client):
        ask_for_code(one, "ana@example.edu")
        type_code(one, code_for("ana@example.edu"))
    assert UserSession.objects.count() == 2

    client.post(reverse("usersessions_list"))

    assert signed_in(client)
    assert other.get(reverse("account-detail")).status_code == 302


def test_secret_is_emptied_once_sent_outside_demo(settings, client):
    settings.DEMO = False
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}

    messages.deliver(newest("ana@example.edu").pk)

    assert (newest("ana@example.edu").body, newest("ana@example.edu").html) == ("", "")


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("curl/8.11", "A device we do not know"),
    ],
)
def test_session_is_named_by_its_device(client, user_agent, name):
    UserFactory(email="ana@example.edu")
    client.defaults["HTTP_USER_AGENT"] = user_agent
    ask_for_code(client, "ana@example.edu")
    type_code(client, code_for("ana@example.edu"))

    assert name in client.get(reverse("usersessions_list")).text
