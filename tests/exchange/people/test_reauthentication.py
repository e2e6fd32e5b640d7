"""What an older session must prove before it changes how someone signs in, ends sessions, releases or exports."""

from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from exchange.models import Message
from exchange.people.sign_in import accounts
from tests.exchange.people.test_sessions import entered
from tests.factories import UserFactory
from tests.signing import ask_for_code, code_for, minutes_old, newest, type_code
from tests.signing import signed_in as who_is_in

pytestmark = pytest.mark.django_db

NUMBER = "+12135550134"
PROVE = reverse("account_reauthenticate")
NEW_EMAIL = {"action_add": "1", "email": "new@example.com"}


def old(client):
    return minutes_old(client, 16)


def other_than(code):
    return "000000" if code != "000000" else "111111"


def test_students_email_change_after_16_minutes_is_done_only_after_a_code_to_the_address_they_have(sign_in):
    user = UserFactory(email="ana@example.edu")
    client = old(sign_in(user))

    response = client.post(reverse("account_email"), NEW_EMAIL)

    assert response.url == f"{PROVE}?next={quote(reverse('account_email'), safe='')}"
    assert not Message.objects.exists()
    client.post(response.url, {"send": "email"})
    assert newest("ana@example.edu").template == "exchange/reauthentication_code"
    assert not Message.objects.filter(address="new@example.com").exists()

    done = client.post(response.url, {"code": code_for("ana@example.edu")})

    assert done.url == reverse("account_email_verification_sent")
    type_code(client, code_for("new@example.com"), "account_email_verification_sent")  # what was typed is not lost
    user.refresh_from_db()
    assert user.email == "new@example.com"


def test_a_right_code_pressed_twice_goes_on(sign_in):
    client = old(sign_in(UserFactory(email="ana@example.edu")))
    way = client.post(reverse("account_email"), NEW_EMAIL).url
    client.post(way, {"send": "email"})
    code = code_for("ana@example.edu")
    client.post(way, {"code": code})

    again = client.post(way, {"code": code}, follow=True)

    assert again.redirect_chain == [(reverse("account_email"), 302)]
    assert "no longer works" not in again.text


def test_session_has_another_key_after_a_fresh_proof_and_stays_one_device(client):
    user = UserFactory(email="ana@example.edu")
    entered(client, user)
    old(client)
    before = client.session.session_key
    client.get(reverse("account-detail"))
    client.post(PROVE, {"send": "email"})
    client.post(PROVE, {"code": code_for("ana@example.edu")})

    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    assert client.get(reverse("account-detail")).status_code == 200
    assert [each.session_key for each in UserSession.objects.filter(user=user)] == [client.session.session_key]


@pytest.mark.parametrize("devices", [1, 2])
def test_after_a_change_of_address_the_other_sessions_can_be_ended_in_one_step(devices):
    user = UserFactory(email="ana@example.edu")
    clients = [entered(Client(), user) for _device in range(devices)]
    clients[0].post(reverse("account_email"), NEW_EMAIL)
    answer = type_code(clients[0], code_for("new@example.com"), "account_email_verification_sent")
    page = clients[0].get(answer.url, follow=True).text

    assert ("You’re also signed in somewhere else." in page) is (devices == 2)
    assert (reverse("usersessions_list") in page) or devices == 1


def test_fresh_session_is_not_asked_again(sign_in):
    client = minutes_old(sign_in(UserFactory()), 14)

    assert client.post(reverse("account_email"), NEW_EMAIL).url == reverse("account_email_verification_sent")


def test_code_by_text_for_a_student_without_an_email(sign_in):
    client = old(sign_in(UserFactory(by_phone=True, phone=NUMBER)))
    way = client.post(reverse("account_change_phone"), {"phone": "213 555 0177"}).url
    assert "+1 213-555-0134" in client.get(way).text

    client.post(way, {"send": "phone"})
    assert newest(NUMBER).body.endswith(f"@localhost #{code_for(NUMBER)}")
    assert newest(NUMBER).is_secret and newest(NUMBER).template == "exchange/reauthentication_code"
    assert client.post(way, {"code": code_for(NUMBER)}).url == reverse("account_verify_phone")
    assert newest("+12135550177").template == "exchange/sign_in_code"


@pytest.mark.parametrize("kind", ["phone", "fax"])
def test_no_code_goes_to_an_address_that_the_account_does_not_have(sign_in, kind):
    user = UserFactory()
    accounts.set_phone(user, NUMBER, is_verified=False)  # typed once, never confirmed
    client = old(sign_in(user))

    page = client.post(PROVE, {"send": kind}, follow=True)

    assert "555-0134" not in page.text
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("account_email", NEW_EMAIL),
        ("account_change_phone", {"phone": "213 555 0177"}),
        ("mfa_add_webauthn", None),
        ("mfa_activate_totp", None),
        ("usersessions_list", {}),
        ("travel:export", {}),
    ],
)
def test_older_session_of_a_student_must_prove_it(sign_in, name, data):
    client, page = old(sign_in(UserFactory(email="ana@example.edu"))), reverse(name)

    answer = client.get(page) if data is None else client.post(page, data)

    assert answer.url == f"{PROVE}?next={quote(page, safe='')}"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("method", "page", "then"),
    [
        ("post", "applications:application-export", "applications:application-list"),
        ("get", "travel:voucher-ledger", "travel:voucher-list"),
    ],
)
def test_older_session_of_staff_must_prove_it_before_an_export(sign_in, method, page, then):
    client = old(sign_in(UserFactory(coordinator=True)))

    way = getattr(client, method)(reverse(page), {"format": "csv", "query": ""}).url

    assert way.startswith(f"{PROVE}?next={quote(reverse(then), safe='')}")


def test_ended_sessions_stay_until_it_is_proved(client, sign_in):
    user = UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")
    type_code(client, code_for("ana@example.edu"))
    thief = old(sign_in(user))

    way = thief.post(reverse("usersessions_list")).url
    assert who_is_in(client)

    thief.post(way, {"send": "email"})
    thief.post(way, {"code": code_for("ana@example.edu")})
    assert not who_is_in(client)


def test_wrong_codes_change_nothing_and_the_fifth_ends_the_code(sign_in):
    client = old(sign_in(UserFactory(email="ana@example.edu")))
    way = client.post(reverse("account_email"), NEW_EMAIL).url
    client.post(way, {"send": "email"})
    right = code_for("ana@example.edu")

    first = client.post(way, {"code": other_than(right)})
    for _attempt in range(4):
        client.post(way, {"code": other_than(right)})
    late = client.post(way, {"code": right}, follow=True)

    assert first.context["form"].has_error("code", "incorrect_code")
    assert "no longer works" in late.text
    assert not Message.objects.filter(address="new@example.com").exists()


def test_code_ends_with_the_address_it_went_to(sign_in):
    user = UserFactory(email="ana@example.edu")
    client = old(sign_in(user))
    client.post(PROVE, {"send": "email"})
    code = code_for("ana@example.edu")
    user.email = "ana@example.com"
    user.save()

    client.post(PROVE, {"code": code})

    assert client.post(reverse("account_email"), NEW_EMAIL).url.startswith(PROVE)


def test_expired_code_proves_nothing(sign_in, settings):
    client = old(sign_in(UserFactory(email="ana@example.edu")))
    client.post(PROVE, {"send": "email"})
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1

    client.post(PROVE, {"code": code_for("ana@example.edu")})

    assert client.post(reverse("account_email"), NEW_EMAIL).url.startswith(PROVE)


def test_fourth_code_in_a_minute_is_not_sent(sign_in):
    client = old(sign_in(UserFactory(email="ana@example.edu")))

    for _attempt in range(3):
        client.post(PROVE, {"send": "email"})
    page = client.post(PROVE, {"send": "email"}, follow=True)

    assert "Too many tries" in page.text
    assert Message.objects.count() == 3


def test_codes_asked_for_by_strangers_do_not_use_up_the_persons_own(sign_in, client):
    owner = old(sign_in(UserFactory(email="ana@example.edu")))
    for _attempt in range(4):
        ask_for_code(client, "ana@example.edu")

    owner.post(PROVE, {"send": "email"})

    assert newest("ana@example.edu").template == "exchange/reauthentication_code"


@pytest.mark.parametrize("traits", [{"coordinator": True}, {}])
def test_person_with_an_app_is_asked_for_that_and_no_code_helps(sign_in, traits):
    user = UserFactory(email="ines@example.gov", **traits)
    client = old(sign_in(user))
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "not used"})

    assert client.post(reverse("account_email"), NEW_EMAIL).url.startswith(reverse("mfa_reauthenticate"))
    assert client.post(PROVE, {"send": "email"}).url == reverse("mfa_reauthenticate")
    assert not Message.objects.exists()


def test_student_with_a_passkey_may_use_it_or_a_code(sign_in):
    user = UserFactory(email="ana@example.edu")
    client = old(sign_in(user))
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "phone"})

    page = client.get(PROVE).text

    assert "Email a code to ana@example.edu" in page
    assert f'href="{reverse("mfa_reauthenticate_webauthn")}"' in page


def test_page_says_how_long_its_code_works_and_who_helps(sign_in):
    client = old(sign_in(UserFactory(email="ana@example.edu")))
    page = client.post(PROVE, {"send": "email"}, follow=True).text

    assert "We’re sending a code to ana@example.edu. It works for 10 minutes." in page
    assert f'href="{reverse("contact")}"' in page
