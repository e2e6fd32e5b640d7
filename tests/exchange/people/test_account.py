"""The account page: passkeys, the second factor of staff, addresses, sessions."""

from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.reading.actions import reader_profile
from exchange.messages import outbox
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_facts import review_facts
from tests.signing import ask_for_code, code_for, newest, signed_in, type_code

pytestmark = pytest.mark.django_db

NUMBER = "+12135550134"


# --- Passkeys and the second factor ------------------------------------------------------------------


def test_passkey_is_offered_after_a_code(client):
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")

    response = type_code(client, code_for("ana@example.edu"))

    offers = [str(m) for m in get_messages(response.wsgi_request)]
    assert len(offers) == 1
    link = f'<a href="{reverse("mfa_add_webauthn")}">Set up a passkey</a>.'
    assert offers[0] == f"You’re signed in. Next time, sign in with your face, fingerprint or screen lock. {link}"


def test_student_with_a_passkey_still_gets_in_by_a_code(client):
    user = UserFactory(email="ana@example.edu")
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "old phone"})
    ask_for_code(client, "ana@example.edu")

    response = type_code(client, code_for("ana@example.edu"))

    assert response.url == reverse("home")
    assert signed_in(client)


@pytest.mark.parametrize("role", ["advisor", "coordinator", "director"])
def test_staff_with_a_passkey_are_asked_for_it_after_a_code(client, role):
    user = UserFactory(email="ines@example.gov", **{role: True})
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "desk"})
    ask_for_code(client, "ines@example.gov")

    response = type_code(client, code_for("ines@example.gov"))

    assert response.url == reverse("mfa_authenticate")
    assert not signed_in(client)


def entered(client, user):
    ask_for_code(client, user.email)
    type_code(client, code_for(user.email))
    return client


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


@pytest.mark.django_db(transaction=True)  # the set-up goes on record once it is committed
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


def with_app(user):
    """The person's authenticator app, and the code that it shows now."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))


def test_session_that_did_not_use_the_second_step_is_asked_for_it(sign_in, settings):
    settings.STAFF_SECOND_FACTOR = True
    user = UserFactory(coordinator=True)
    client = sign_in(user)
    code = with_app(user)
    prove = reverse("mfa_reauthenticate")

    for name in ("account_email", "account-edit", "usersessions_list", "mfa_index", "travel:pipeline"):
        page = reverse(name)
        assert client.get(page).url == f"{prove}?next={quote(page, safe='')}"
    assert client.get(prove).status_code == 200
    assert client.post(f"{prove}?next={reverse('travel:pipeline')}", {"code": code}).url == reverse("travel:pipeline")

    assert client.get(reverse("travel:pipeline")).status_code == 200
    assert sign_in(user).get(reverse("travel:pipeline")).url.startswith(prove)  # each session for itself


def test_what_was_sent_before_the_second_step_is_done_after_it(sign_in, settings):
    settings.STAFF_SECOND_FACTOR = True
    user = UserFactory(coordinator=True, full_name="Ines Vega")
    client, new = sign_in(user), {"full_name": "Ines Vega Ruiz", "preferred_name": "Ines", "language": "en"}
    code = with_app(user)

    way = client.post(reverse("account-edit"), new).url
    user.refresh_from_db()
    assert user.full_name == "Ines Vega"
    client.post(way, {"code": code})

    user.refresh_from_db()
    assert user.full_name == "Ines Vega Ruiz"


def test_removed_app_no_longer_counts_as_used(sign_in, settings):
    settings.STAFF_SECOND_FACTOR = True
    user = UserFactory(coordinator=True)
    client = sign_in(user)
    client.post(reverse("mfa_reauthenticate"), {"code": with_app(user)})
    assert client.get(reverse("account-detail")).status_code == 200

    client.post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.filter(user=user).exists()
    assert client.get(reverse("travel:pipeline")).url == reverse("mfa_index")


@pytest.mark.django_db(transaction=True)  # the set-up goes on record once it is committed
def test_reader_without_a_role_is_signed_out_then_asked_and_has_a_way(client, settings):
    review_facts()
    settings.STAFF_SECOND_FACTOR = True
    user = UserFactory(email="ana@example.edu")
    before = entered(Client(), user)
    reader_profile.add_reader(user.email, by=UserFactory(coordinator=True))
    assert before.get(reverse("account-detail")).url.startswith(reverse("account_login"))

    entered(client, user)
    assert client.get(reverse("applications:review-list")).url == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    set_up_app(client)
    assert client.get(reverse("applications:review-list")).status_code == 200

    ask_for_code(client := Client(), "ana@example.edu")
    assert type_code(client, code_for("ana@example.edu")).url == reverse("mfa_authenticate")


def test_session_of_a_reader_that_did_not_use_the_second_step_is_asked_for_it(client, settings):
    review_facts()
    user = UserFactory(email="ana@example.edu")
    reader_profile.add_reader(user.email, by=UserFactory(coordinator=True))
    entered(client, user)
    settings.STAFF_SECOND_FACTOR = True
    code = with_app(user)

    way = client.get(reverse("applications:review-list")).url
    assert way.startswith(reverse("mfa_reauthenticate"))
    client.post(way, {"code": code})

    assert client.get(reverse("applications:review-list")).status_code == 200


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

    for text in ("Ana Ruiz", "ana@example.edu", "English", "Passkeys", "Where you’re signed in", "Sign out"):
        assert text in page.text


def test_account_page_says_that_texts_are_the_weakest_way(sign_in):
    assert "Codes by text are the weakest" in sign_in(UserFactory()).get(reverse("account-detail")).text


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


def test_another_phone_is_told_to_the_email_address_and_the_first_is_not(sign_in):
    user = UserFactory(phone="+12135550188", phone_verified_at=timezone.now())
    client = sign_in(user)
    client.post(reverse("account_change_phone"), {"phone": "213 555 0134"})
    user.refresh_from_db()
    assert user.phone.as_e164 == "+12135550188"
    assert not Message.objects.filter(address=user.email).exists()
    type_code(client, code_for(NUMBER), "account_verify_phone")
    user.refresh_from_db()
    assert user.phone.as_e164 == NUMBER
    told = newest(user.email)
    assert told.template == "exchange/account_changed" and "phone" in told.body

    first = UserFactory()
    client = sign_in(first)
    client.post(reverse("account_change_phone"), {"phone": "213 555 0135"})
    type_code(client, code_for("+12135550135"), "account_verify_phone")
    assert newest(first.email) is None


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

    outbox.deliver(newest("ana@example.edu").pk)

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
        ("curl/8.11", "A device we don’t recognize"),
    ],
)
def test_session_is_named_by_its_device(client, user_agent, name):
    UserFactory(email="ana@example.edu")
    client.defaults["HTTP_USER_AGENT"] = user_agent
    ask_for_code(client, "ana@example.edu")
    type_code(client, code_for("ana@example.edu"))

    assert name in client.get(reverse("usersessions_list")).text
